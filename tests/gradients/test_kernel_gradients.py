"""The compiled backward kernels against the textbook's gradients, at the edges of their blocks too."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.kernels import reference
from lppn_np.kernels.dense_conv import dense_conv_dinput, dense_conv_dweight
from lppn_np.kernels.depthwise import depthwise_dinput, depthwise_dweight
from lppn_np.kernels.loss import segment_loss
from lppn_np.kernels.phases import split_phases
from lppn_np.kernels.pointwise import mix_channels, pointwise_dweight
from lppn_np.kernels.upsample import interpolation, upsample_linear_dinput, upsample_nearest_dinput

DTYPES = (np.float32, np.float64)
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32 - 1)
channels = st.integers(1, 9)
times = st.integers(1, 2) | st.integers(3, 40)
taps = st.sampled_from([1, 3, 5, 7])
strides = st.integers(1, 2)


@given(dtypes, seeds, channels, channels, times)
@example(np.float32, 0, 1, 1, 1)
@example(np.float64, 0, 5, 3, 2)
@example(np.float32, 0, 4, 9, 513)  # one sample more than a tile
def test_pointwise(filled, rounding, normal, dtype, seed, n_in, n_out, n_times):
    draw = normal(dtype, seed)
    x, weight, dy = draw(1, n_in, n_times), draw(n_out, n_in), draw(1, n_out, n_times)
    dx, dweight = filled((n_in, n_times), dtype), filled((n_out, n_in), dtype)
    mix_channels(dx.array, dy[0], np.ascontiguousarray(weight.T), np.zeros(n_in, dtype))
    pointwise_dweight(dweight.array, dy[0], x[0])
    bound = rounding(n_out, reference.pointwise_dinput(abs(dy), abs(weight))[0])
    dx.assert_close(reference.pointwise_dinput(dy, weight)[0], bound)
    bound = rounding(n_times, reference.pointwise_dweight(abs(dy), abs(x)))
    dweight.assert_close(reference.pointwise_dweight(dy, x), bound)


@given(dtypes, seeds, times, taps, strides)
@example(np.float32, 0, 1, 7, 2)
@example(np.float64, 0, 2, 5, 2)
@example(np.float32, 0, 513, 3, 1)
def test_depthwise(filled, rounding, normal, dtype, seed, n_times, n_taps, stride):
    draw = normal(dtype, seed)
    x, weight, dy = draw(1, 1, n_times), draw(1, n_taps), draw(1, 1, -(-n_times // stride))
    phases = np.zeros((stride, (n_times + n_taps) // stride + 1), dtype)
    split_phases(phases, x[0, 0], n_taps, stride)
    dx, dweight = filled((n_times,), dtype), filled((n_taps,), dtype)
    left_over = filled(phases.shape, dtype)
    depthwise_dinput(dx.array, left_over.array, dy[0, 0], weight[0], stride)
    depthwise_dweight(dweight.array, dy[0, 0], phases, stride)
    bound = rounding(n_taps, reference.depthwise_dinput(abs(dy), abs(weight), stride, n_times)[0, 0])
    dx.assert_close(reference.depthwise_dinput(dy, weight, stride, n_times)[0, 0], bound)
    bound = rounding(n_times, reference.depthwise_dweight(abs(dy), abs(x), n_taps, stride)[0])
    dweight.assert_close(reference.depthwise_dweight(dy, x, n_taps, stride)[0], bound)
    left_over.assert_close(left_over.array.copy(), 0)


@given(dtypes, seeds, channels, channels, times, taps, strides)
@example(np.float32, 0, 1, 1, 1, 5, 2)
@example(np.float64, 0, 3, 5, 2, 5, 1)
@example(np.float32, 0, 2, 3, 1, 7, 1)
@example(np.float32, 0, 3, 2, 257, 5, 2)
def test_dense_conv(filled, rounding, normal, dtype, seed, n_in, n_out, n_times, n_taps, stride):
    draw = normal(dtype, seed)
    x, weight, dy = draw(1, n_in, n_times), draw(n_out, n_in, n_taps), draw(1, n_out, -(-n_times // stride))
    length = (n_times + n_taps) // stride + 1
    phases = np.zeros((n_in, stride, length), dtype)
    for c in range(n_in):
        split_phases(phases[c], x[0, c], n_taps, stride)
    dx, dweight = filled((n_in, n_times), dtype), filled(weight.shape, dtype)
    left_over = filled((n_out if stride == 1 else n_in, stride, length), dtype)
    turned = np.ascontiguousarray(weight.transpose(1, 0, 2)[:, :, ::-1])
    dense_conv_dinput(dx.array, left_over.array, dy[0], turned, np.zeros(n_in, dtype), stride)
    dense_conv_dweight(dweight.array, dy[0], phases, stride)
    magnitude = reference.dense_conv_dinput(abs(dy), abs(weight), stride, n_times)[0]
    bound = rounding(n_out * n_taps, magnitude)
    dx.assert_close(reference.dense_conv_dinput(dy, weight, stride, n_times)[0], bound)
    bound = rounding(n_times, reference.dense_conv_dweight(abs(dy), abs(x), n_taps, stride))
    dweight.assert_close(reference.dense_conv_dweight(dy, x, n_taps, stride), bound)
    left_over.assert_close(left_over.array.copy(), 0)


@given(dtypes, seeds, st.integers(1, 3), channels, times)
@example(np.float32, 0, 1, 1, 1)
@example(np.float64, 0, 1, 1, 2)
@example(np.float32, 0, 2, 3, 200)
def test_upsample_linear(filled, rounding, normal, dtype, seed, n_windows, n_channels, n_times):
    dy = normal(dtype, seed)(n_windows, n_channels, 2 * n_times)
    left, fraction = np.empty(2 * n_times, np.intp), np.empty(2 * n_times, dtype)
    interpolation(left, fraction)
    dx = filled((n_windows, n_channels, n_times), dtype)
    upsample_linear_dinput(dx.array, left, fraction, dy)
    # No more than four outputs stand about an input, and their shares are rounded positions themselves.
    bound = rounding(6, reference.upsample_linear_dinput(abs(dy)) + abs(dy).max(axis=2, keepdims=True))
    dx.assert_close(reference.upsample_linear_dinput(dy), bound)


@given(dtypes, seeds, st.integers(1, 3), channels, times)
@example(np.float32, 0, 1, 1, 1)
def test_upsample_nearest(filled, normal, dtype, seed, n_windows, n_channels, n_times):
    dy = normal(dtype, seed)(n_windows, n_channels, 2 * n_times)
    dx = filled((n_windows, n_channels, n_times), dtype)
    upsample_nearest_dinput(dx.array, dy)
    dx.assert_close(reference.upsample_nearest_dinput(dy), 0)  # one sum, the same


@given(dtypes, seeds, st.integers(1, 3), st.integers(2, 7), times, st.sampled_from([1.0, 30.0, 2e3]))
@example(np.float32, 0, 1, 3, 1, 1.0)
@example(np.float64, 0, 2, 3, 5, 2e3)
def test_segment_loss(filled, normal, dtype, seed, n_windows, n_classes, n_times, size):
    """Down to classes that the network rules out altogether, and with segments that do not count."""
    rng, draw = np.random.default_rng(seed), normal(dtype, seed)
    logits, offsets = draw(n_windows, n_classes, n_times), draw(n_windows, n_times)
    logits *= dtype(size)
    classes = rng.integers(-1, n_classes, (n_windows, n_times))
    targets, weights = 8 * rng.random((n_windows, n_times)), rng.uniform(0, 3, n_classes)
    losses = np.full((n_windows, 2), np.nan)
    dlogits, doffsets = filled(logits.shape, dtype), filled(offsets.shape, dtype)
    given_labels = (classes, targets.astype(dtype), weights, 0.1)
    segment_loss(losses, dlogits.array, doffsets.array, logits, offsets, *given_labels)
    expected, expected_dlogits, expected_doffsets = reference.segment_loss(logits, offsets, *given_labels)
    # Differences of logits are rounded in their dtype, and an exponential passes that on.
    eps = np.finfo(dtype).eps
    wrong = 8 * eps * (1 + abs(logits).max(axis=1))
    weight = np.where(classes >= 0, weights[classes], 0)
    assert abs(losses.sum() - expected) <= (weight * wrong).sum() + 8 * eps * abs(losses).sum()
    dlogits.assert_close(expected_dlogits, (weight * np.minimum(wrong, 1))[:, None])
    doffsets.assert_close(expected_doffsets, 4 * eps * abs(expected_doffsets))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_segment_that_does_not_count_leaves_no_trace(dtype):
    logits, offsets = np.ones((1, 3, 2), dtype), np.full((1, 2), 5, dtype)
    classes, targets, weights = np.array([[-1, -1]]), np.zeros((1, 2), dtype), np.ones(3)
    losses, dlogits, doffsets = (
        np.full((1, 2), np.nan),
        np.full_like(logits, np.nan),
        np.full_like(offsets, 9),
    )
    segment_loss(losses, dlogits, doffsets, logits, offsets, classes, targets, weights, 0.1)
    for array in (losses, dlogits, doffsets):
        np.testing.assert_array_equal(array, 0)

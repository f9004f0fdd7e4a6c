"""ReLU, residual sum, concatenation and what stands behind the heads, against their twins."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.kernels import reference
from lppn_np.kernels.concat import concat
from lppn_np.kernels.output import scale, sigmoid, softmax
from lppn_np.kernels.relu import relu
from lppn_np.kernels.residual_add import residual_add

DTYPES = (np.float32, np.float64)
dtypes = st.sampled_from(DTYPES)
channels = st.integers(1, 9)
shapes = st.tuples(st.integers(1, 3), channels, st.integers(1, 2) | st.integers(3, 70))
holes = st.integers(0, 2)
seeds = st.integers(0, 2**32 - 1)
# Steepness of the input: probabilities near 1/2, near the ends, and beyond what exp can hold.
sizes = st.sampled_from([1.0, 30.0, 1e4])

#: Two exponentials of one argument differ by at most this many eps: NumPy's float32 one is good to 2.52 units
#: in the last place (its release notes), the mathematical library's to 1.
EXP = 4


@given(dtypes, seeds, holes, shapes)
@example(np.float32, 0, 1, (1, 1, 1))
def test_relu(inputs, output, dtype, seed, n_holes, shape):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    got = output(shape, dtype)
    relu(got.array, x)
    got.assert_close(reference.relu(x))


@given(dtypes, seeds, holes, shapes)
@example(np.float32, 0, 1, (1, 1, 1))
def test_residual_add(inputs, output, dtype, seed, n_holes, shape):
    draw = inputs(dtype, seed)
    a, b = draw.with_holes(n_holes, *shape), draw.with_holes(n_holes, *shape)
    got = output(shape, dtype)
    residual_add(got.array, a, b)
    got.assert_close(reference.add(a, b))  # one rounding, the same


@given(dtypes, seeds, holes, shapes, channels)
@example(np.float32, 0, 1, (1, 1, 1), 1)
def test_concat(inputs, output, dtype, seed, n_holes, shape, n_more):
    draw = inputs(dtype, seed)
    n_windows, n_first, n_times = shape
    a, b = draw.with_holes(n_holes, *shape), draw.with_holes(n_holes, n_windows, n_more, n_times)
    got = output((n_windows, n_first + n_more, n_times), dtype)
    concat(got.array, a, b)
    got.assert_close(reference.concat(a, b))


@given(dtypes, seeds, holes, shapes, st.sampled_from([1.0, 8.0, 128.0, 0.1]))
@example(np.float32, 0, 1, (1, 1, 1), 8.0)
def test_scale(inputs, output, dtype, seed, n_holes, shape, factor):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    got = output(shape, dtype)
    scale(got.array, x, factor)
    got.assert_close(reference.scale(x, factor))  # one rounding, the same


@given(dtypes, seeds, holes, shapes, sizes)
@example(np.float32, 0, 1, (1, 1, 1), 1.0)
def test_sigmoid(inputs, output, rounding, dtype, seed, n_holes, shape, size):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    x *= dtype(size)
    got = output(shape, dtype)
    sigmoid(got.array, x)
    expected = reference.sigmoid(x)
    got.assert_close(expected, rounding(EXP + 2, expected))  # then one sum and one division


@given(dtypes, seeds, holes, shapes, sizes)
@example(np.float32, 0, 1, (1, 1, 1), 1.0)
@example(np.float64, 0, 0, (2, 3, 5), 1e4)
def test_softmax(inputs, output, rounding, dtype, seed, n_holes, shape, size):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    x *= dtype(size)
    got = output(shape, dtype)
    softmax(got.array, x)
    expected = reference.softmax(x)
    n_classes = shape[1]
    # An exponential above, and below the line their sum and the division.
    got.assert_close(expected, rounding(2 * EXP + n_classes + 1, expected))
    sums = got.array.sum(axis=1)
    assert (np.isnan(sums) | (abs(sums - 1) <= 2 * n_classes * np.finfo(dtype).eps)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_far_out_neither_overflows_nor_is_cut_off(dtype, output):
    x = np.array([[[-1e4, -80, -1e-30, 0, 1e-30, 80, 1e4]]], dtype)
    got = output(x.shape, dtype)
    sigmoid(got.array, x)
    np.testing.assert_allclose(
        got.array[0, 0], [0, np.exp(-80.0), 0.5, 0.5, 0.5, 1, 1], rtol=8 * np.finfo(dtype).eps
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_of_logits_far_apart(dtype, output):
    x = np.array([[[1e4, -1e4, 1e4, 0], [-1e4, 1e4, 1e4, 0], [0, 1e4, -1e4, -80]]], dtype)
    got = output(x.shape, dtype)
    softmax(got.array, x)
    far = np.exp(-80.0)
    expected = np.array([[1, 0, 0], [0, 0.5, 0.5], [0.5, 0.5, 0], np.array([1, 1, far]) / (2 + far)]).T
    np.testing.assert_allclose(got.array[0], expected, rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_subnormal_numbers_are_not_flushed_to_zero(dtype, output):
    small = np.finfo(dtype).smallest_subnormal
    x = np.array([[[2 * small, -2 * small, 0]]], dtype)
    cut, summed, scaled = (output(x.shape, dtype) for _ in range(3))
    relu(cut.array, x)
    residual_add(summed.array, x, x)
    scale(scaled.array, x, 0.5)
    np.testing.assert_array_equal(cut.array, [[[2 * small, 0, 0]]])
    np.testing.assert_array_equal(summed.array, 2 * x)
    np.testing.assert_array_equal(scaled.array, [[[small, -small, 0]]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_of_infinity_and_of_nothing(dtype, output):
    x = np.array([[[np.inf, -np.inf, np.nan, 0.0, -0.0]]], dtype)
    got = output(x.shape, dtype)
    relu(got.array, x)
    np.testing.assert_array_equal(got.array, [[[np.inf, 0, np.nan, 0, 0]]])

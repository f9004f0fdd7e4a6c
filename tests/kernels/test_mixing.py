"""Whole rows through the register tiles, on the edges of tiles: convolutions and gradients of weights."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.gradients import packing
from lppn_np.kernels import reference
from lppn_np.kernels.mixing import mix_dweight, mix_products, mix_rows
from lppn_np.kernels.packing import pack
from lppn_np.kernels.vectors import vector_width

DTYPES = (np.float32, np.float64)
dtypes = st.sampled_from(DTYPES)
seeds = st.integers(0, 2**32 - 1)
channels = st.integers(1, 9)
times = st.integers(1, 2) | st.integers(3, 70)


@pytest.mark.parametrize("add", [False, True])
@given(dtype=dtypes, seed=seeds, n_in=channels, n_out=channels, n_times=times)
@example(dtype=np.float32, seed=0, n_in=1, n_out=1, n_times=1)
@example(dtype=np.float32, seed=0, n_in=8, n_out=5, n_times=24)
@example(dtype=np.float32, seed=0, n_in=8, n_out=4, n_times=25)
@example(dtype=np.float64, seed=0, n_in=3, n_out=8, n_times=23)
def test_mix_rows(inputs, output, rounding, dtype, seed, n_in, n_out, n_times, add):
    draw = inputs(dtype, seed)
    x, weight, bias = draw.with_holes(1, n_in, n_times), draw.normal(n_out, n_in), draw.normal(n_out)
    got, before = output((n_out, n_times), dtype), draw.normal(n_out, n_times)
    got.array[:] = before
    packed = pack(weight, bias)
    mix_rows(got.array, 0, n_times, n_out, n_times, x, 0, packing.rows(n_in, n_times), packed, add, False)
    expected = reference.pointwise(x[None], weight, bias)[0]
    magnitude = reference.pointwise(abs(x[None]), abs(weight), abs(bias))[0] + abs(before)
    got.assert_close(expected + before if add else expected, rounding(n_in + 2, magnitude))


@given(dtypes, seeds, channels, channels, st.integers(1, 5))
@example(np.float32, 0, 1, 1, 1)
@example(np.float64, 0, 5, 7, 2)
def test_mix_dweight(inputs, output, rounding, dtype, seed, n_in, n_out, n_parts):
    """A window in parts gives what it gives as a whole, bit for bit."""
    draw, width = inputs(dtype, seed), 64 // np.dtype(dtype).itemsize
    n_times = n_parts * width
    dout = np.zeros((packing.rounded_up(n_out, 4), n_times), dtype)
    dout[:n_out] = draw.normal(n_out, n_times)
    x = draw.normal(n_in, n_times)
    aside = output((packing.sums_aside(len(dout), n_in, np.dtype(dtype)),), dtype)
    whole, parted = output((n_out, n_in), dtype), output((n_out, n_in), dtype)
    per_part = width // vector_width(x)
    terms = packing.whole_tiles(packing.rows(n_in, n_times))
    mix_dweight(
        whole.array, 0, n_out, n_in, n_parts * per_part, dout, 0, n_times, x, terms, aside.array, True, True
    )
    for part in range(n_parts):
        shifted = terms + part * width
        ends = (part == 0, part == n_parts - 1)
        at = part * width
        mix_dweight(parted.array, 0, n_out, n_in, per_part, dout, at, n_times, x, shifted, aside.array, *ends)
    aside.assert_fence_stands()
    bound = rounding(n_times, reference.pointwise_dweight(abs(dout[None, :n_out]), abs(x[None])))
    whole.assert_close(reference.pointwise_dweight(dout[None, :n_out], x[None]), bound)
    parted.assert_close(whole.array, 0 if _compiled() else bound)


@given(dtypes, seeds, channels, st.integers(1, 3))
@example(np.float32, 0, 1, 1)
@example(np.float64, 0, 5, 2)
def test_mix_products(inputs, output, rounding, dtype, seed, n_rows, n_vectors):
    draw, n_times = inputs(dtype, seed), n_vectors * vector_width(np.empty(1, dtype))
    x = np.zeros((packing.rounded_up(n_rows, 4), n_times), dtype)
    x[:n_rows] = draw.normal(n_rows, n_times)
    aside = output((packing.sums_aside(len(x), n_rows, np.dtype(dtype)),), dtype)
    got = output((n_rows, n_rows), dtype)
    terms = packing.tile_rows(n_rows, n_times)
    mix_products(got.array, 0, n_rows, n_vectors, x, terms, aside.array, True, True)
    aside.assert_fence_stands()
    expected = x[:n_rows] @ x[:n_rows].T
    got.array[:] = np.tril(got.array)  # above the diagonal it may hold anything
    got.assert_close(np.tril(expected), rounding(n_times, abs(x[:n_rows]) @ abs(x[:n_rows]).T))


def test_a_rectified_mixture_is_added_after_its_relu():
    x, weight = np.array([[-1.0, 2.0]]), np.array([[1.0]])
    got = np.array([[10.0, 10.0]])
    mix_rows(got, 0, 2, 1, 2, x, 0, packing.rows(1, 2), pack(weight), True, True)
    np.testing.assert_array_equal(got, [[10.0, 12.0]])


def _compiled():
    return hasattr(mix_rows, "signatures")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("n_taps", [1, 3, 5])
def test_a_dense_convolution_is_a_mixture_of_taps(inputs, output, rounding, dtype, stride, n_taps):
    draw, length = inputs(dtype, n_taps), 40
    x, weight = draw.normal(3, stride, length), draw.normal(5, 3, n_taps)
    signal = x.transpose(0, 2, 1).reshape(1, 3, -1)  # the phases put together
    pad, n_times = (n_taps - 1) // 2, 30
    got = output((5, n_times), dtype)
    places = packing.taps(3, n_taps, stride, length)
    mix_rows(got.array, 0, n_times, 5, n_times, x, 0, places, pack(weight.reshape(5, -1)), False, False)
    here = slice(pad, pad + stride * (n_times - 1) + 1, stride)
    expected = reference.dense_conv(signal, weight)[0, :, here]
    bound = rounding(3 * n_taps, reference.dense_conv(abs(signal), abs(weight))[0, :, here])
    got.assert_close(expected, bound)

"""The convolutions against their twins, NaN included; the other kernels are in the files beside this one."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.kernels import _jit, reference
from lppn_np.kernels.dense_conv import dense_conv
from lppn_np.kernels.depthwise import depthwise
from lppn_np.kernels.pointwise import pointwise

# Outputs go in pairs and fours, inputs in fours, times in tiles of 512: sizes stand on those edges.
DTYPES = (np.float32, np.float64)
TILE_EDGES = (511, 512, 513, 1024, 1025)
dtypes = st.sampled_from(DTYPES)
batches = st.integers(1, 3)
channels = st.integers(1, 9) | st.sampled_from([11, 12, 13, 15, 16, 17])
times = st.integers(1, 2) | st.integers(3, 40)
taps = st.sampled_from([1, 3, 5, 7])
strides = st.integers(1, 3)
holes = st.integers(0, 2)
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="session")
def check_pointwise(inputs, output, rounding):
    def check(dtype, seed, n_holes, n_windows, n_in, n_out, n_times):
        draw = inputs(dtype, seed)
        x = draw.with_holes(n_holes, n_windows, n_in, n_times)
        weight, bias = draw.normal(n_out, n_in), draw.normal(n_out)
        got = output((n_windows, n_out, n_times), dtype)
        pointwise(got.array, x, weight, bias)
        expected = reference.pointwise(x, weight, bias)
        magnitude = reference.pointwise(abs(x), abs(weight), abs(bias))
        got.assert_close(expected, rounding(n_in + 1, magnitude))

    return check


@pytest.fixture(scope="session")
def check_depthwise(inputs, output, rounding):
    def check(dtype, seed, n_holes, n_windows, n_channels, n_times, n_taps, stride):
        draw = inputs(dtype, seed)
        x = draw.with_holes(n_holes, n_windows, n_channels, n_times)
        weight = draw.normal(n_channels, n_taps)
        got = output((n_windows, n_channels, -(-n_times // stride)), dtype)
        scratch = output((stride, (n_times + n_taps) // stride + 1), dtype)
        depthwise(got.array, scratch.array, x, weight, stride)
        scratch.assert_fence_stands()
        expected = reference.depthwise(x, weight, stride)
        got.assert_close(expected, rounding(n_taps, reference.depthwise(abs(x), abs(weight), stride)))

    return check


@pytest.fixture(scope="session")
def check_dense_conv(inputs, output, rounding):
    def check(dtype, seed, n_holes, n_windows, n_in, n_out, n_times, n_taps, stride):
        draw = inputs(dtype, seed)
        x = draw.with_holes(n_holes, n_windows, n_in, n_times)
        weight, bias = draw.normal(n_out, n_in, n_taps), draw.normal(n_out)
        got = output((n_windows, n_out, -(-n_times // stride)), dtype)
        scratch = output((n_in, stride, (n_times + n_taps) // stride + 1), dtype)
        dense_conv(got.array, scratch.array, x, weight, bias, stride)
        scratch.assert_fence_stands()
        expected = reference.dense_conv(x, weight, bias, stride)
        magnitude = reference.dense_conv(abs(x), abs(weight), abs(bias), stride)
        got.assert_close(expected, rounding(n_in * n_taps + 1, magnitude))

    return check


@given(dtypes, seeds, holes, batches, channels, channels, times)
@example(np.float32, 0, 0, 1, 1, 1, 1)
@example(np.float32, 0, 0, 2, 4, 4, 2)
@example(np.float64, 0, 1, 3, 5, 3, 1)
def test_pointwise(check_pointwise, dtype, seed, n_holes, n_windows, n_in, n_out, n_times):
    check_pointwise(dtype, seed, n_holes, n_windows, n_in, n_out, n_times)


@given(dtypes, seeds, holes, batches, channels, times, taps, strides)
@example(np.float32, 0, 0, 1, 1, 1, 7, 3)
@example(np.float32, 0, 0, 2, 3, 2, 3, 2)
@example(np.float64, 0, 1, 3, 2, 1, 5, 1)
def test_depthwise(check_depthwise, dtype, seed, n_holes, n_windows, n_channels, n_times, n_taps, stride):
    check_depthwise(dtype, seed, n_holes, n_windows, n_channels, n_times, n_taps, stride)


@given(dtypes, seeds, holes, batches, channels, channels, times, taps, strides)
@example(np.float32, 0, 0, 1, 1, 1, 1, 5, 3)
@example(np.float32, 0, 0, 2, 3, 5, 2, 5, 2)
@example(np.float64, 0, 1, 3, 2, 3, 1, 7, 3)
def test_dense_conv(check_dense_conv, dtype, seed, n_holes, n_windows, n_in, n_out, n_times, n_taps, stride):
    check_dense_conv(dtype, seed, n_holes, n_windows, n_in, n_out, n_times, n_taps, stride)


@pytest.mark.parametrize("n_times", TILE_EDGES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_pointwise_at_the_edges_of_its_tiles(check_pointwise, dtype, n_times):
    for n_in in (3, 4, 5):
        for n_out in (3, 4, 5):
            check_pointwise(dtype, n_times, 1, 2, n_in, n_out, n_times)


@pytest.mark.parametrize("n_times", TILE_EDGES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("n_taps", [3, 5])
def test_convolutions_of_long_rows(check_depthwise, check_dense_conv, dtype, n_times, n_taps, stride):
    check_depthwise(dtype, n_times, 1, 2, 3, n_times, n_taps, stride)
    check_dense_conv(dtype, n_times, 1, 2, 3, 3, n_times, n_taps, stride)


@pytest.mark.parametrize("dtype", DTYPES)
def test_subnormal_numbers_are_not_flushed_to_zero(dtype, output):
    small = 8 * np.finfo(dtype).smallest_subnormal
    x = np.full((1, 4, 5), small, dtype)
    no_bias = np.zeros(4, dtype)
    mixed, filtered, dense = (output((1, 4, 5), dtype) for _ in range(3))
    pointwise(mixed.array, x, np.eye(4, dtype=dtype), no_bias)
    depthwise(filtered.array, np.empty((1, 7), dtype), x, np.full((4, 1), 0.5, dtype), 1)
    dense_conv(dense.array, np.empty((4, 1, 7), dtype), x, np.ones((4, 4, 1), dtype), no_bias, 1)
    for got, expected in ((mixed, small), (filtered, small / 2), (dense, 4 * small)):
        assert expected > 0
        np.testing.assert_array_equal(got.array, expected)


def test_no_kernel_is_compiled_for_finite_numbers_only(monkeypatch):
    """The NaN tests alone would not tell: what a compiler may assume it need not use today."""
    njit = mock.MagicMock()
    monkeypatch.setattr(_jit.numba, "njit", njit)
    _jit.kernel(abs)
    _jit.reduction(abs)
    assert [call.kwargs["fastmath"] for call in njit.call_args_list] == [
        {"contract"},
        {"contract", "reassoc"},
    ]
    assert all(call.kwargs["nogil"] for call in njit.call_args_list)

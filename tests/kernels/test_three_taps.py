"""Three taps on a signal in scratch, forward and back: vectors against the twins, rows against the layers."""

import numpy as np
import pytest

from lppn_np.kernels import reference
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.three_taps import (
    taps_stride_1,
    taps_stride_2,
    taps_twin,
    untaps_stride_1,
    untaps_stride_2,
    untaps_twin,
)
from lppn_np.kernels.units_expand import filter_row, unfilter_row
from lppn_np.kernels.vectors import vector_width

BOUNDS = {np.float32: 2e-5, np.float64: 1e-13}
dtypes = pytest.mark.parametrize("dtype", BOUNDS)
strides = pytest.mark.parametrize("stride", [1, 2])
turns = pytest.mark.parametrize("n_turns", [1, 2, 5])
lengths = pytest.mark.parametrize("n", [1, 7, 8, 9, 12, 24, 100])


@kernel
def run_taps_1(out, y, weights, n_turns):
    return taps_stride_1(out, y, weights, n_turns)


@kernel
def run_taps_2(out, y, weights, n_turns):
    return taps_stride_2(out, y, weights, n_turns)


@kernel
def run_untaps_1(y, dz, weights, n_turns):
    return untaps_stride_1(y, dz, weights, n_turns)


@kernel
def run_untaps_2(y, dz, weights, n_turns):
    return untaps_stride_2(y, dz, weights, n_turns)


def draw(dtype, n, stride):
    """A rectified signal between zeros, gradients of n outputs between zeros, three weights."""
    rng = np.random.default_rng(n)
    y, dz = np.zeros(stride * n + 2, dtype), np.zeros(n + 2, dtype)
    y[1:-1] = np.maximum(rng.normal(size=stride * n), 0)
    dz[1:-1] = rng.normal(size=n)
    return y, dz, np.array([0.5, -1.1, 0.8], dtype)


@dtypes
@strides
@turns
def test_taps_equal_the_twin(dtype, stride, n_turns):
    n = n_turns * vector_width(np.empty(1, dtype))
    y, _, weights = draw(dtype, n, stride)
    got, expected = np.full((2, n + 1), 7, dtype)
    total = (run_taps_1, run_taps_2)[stride - 1](got, y, tuple(weights), n_turns)
    expected_total = taps_twin(stride, expected, y, tuple(weights), n_turns)
    np.testing.assert_allclose(got, expected, atol=BOUNDS[dtype])
    assert got[-1] == expected[-1] == 7
    assert total == pytest.approx(expected_total, abs=n * BOUNDS[dtype])


@dtypes
@strides
@turns
def test_untaps_equal_the_twin(dtype, stride, n_turns):
    n = n_turns * vector_width(np.empty(1, dtype))
    y, dz, weights = draw(dtype, n, stride)
    dz[[0, -1]] = 3, -2  # outputs of the parts before and after
    got, expected = y[1:].copy(), y[1:].copy()
    got[-1] = expected[-1] = 7
    sums = (run_untaps_1, run_untaps_2)[stride - 1](got, dz, tuple(weights), n_turns)
    expected_sums = untaps_twin(stride, expected, dz, tuple(weights), n_turns)
    np.testing.assert_allclose(got, expected, atol=BOUNDS[dtype])
    np.testing.assert_array_equal(got == 0, expected == 0)
    np.testing.assert_allclose(sums, expected_sums, atol=n * BOUNDS[dtype])


@dtypes
@strides
@lengths
def test_a_row_forward_is_the_layer(dtype, stride, n):
    y, _, weights = draw(dtype, n, stride)
    out, stats = np.empty(n, dtype), np.empty(2)
    filter_row(out, stats, y, weights, stride)
    expected = reference.depthwise(y[None, None, 1:-1], weights[None], stride)[0, 0]
    np.testing.assert_allclose(out, expected, atol=BOUNDS[dtype])
    mean = expected.astype(np.float64).mean()
    np.testing.assert_allclose(stats, [mean, ((expected - mean) ** 2).sum()], atol=n * BOUNDS[dtype])


@dtypes
@strides
@lengths
def test_a_row_back_is_the_layers_one_after_the_other(dtype, stride, n):
    y, dz, weights = draw(dtype, n, stride)
    du, tallies = y[1:-1].copy(), np.full(4, 9.0)
    unfilter_row(du, tallies, dz, weights, stride, True)
    dout, signal = dz[None, None, 1:-1], y[None, None, 1:-1]
    dy = reference.depthwise_dinput(dout, weights[None], stride, stride * n)
    expected = reference.relu_dinput(dy, signal)[0, 0]
    dweight = np.ravel(reference.depthwise_dweight(dout, signal, 3, stride))
    np.testing.assert_allclose(du, expected, atol=BOUNDS[dtype])
    np.testing.assert_allclose(tallies, [expected.sum(), *dweight], atol=n * BOUNDS[dtype])
    again = y[1:-1].copy()
    unfilter_row(again, tallies, dz, weights, stride, False)
    np.testing.assert_allclose(tallies, 2 * np.array([expected.sum(), *dweight]), atol=2 * n * BOUNDS[dtype])

"""Batch normalisation, its statistics, and both upsamplings against their twins."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.engines.layers_engine import batch_statistics
from lppn_np.kernels import reference
from lppn_np.kernels.batch_norm import batch_moments, batch_norm
from lppn_np.kernels.upsample import interpolation, upsample_linear, upsample_nearest

DTYPES = (np.float32, np.float64)
EPS = 1e-5  # the epsilon of every normalisation in LPPN
dtypes = st.sampled_from(DTYPES)
shapes = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 2) | st.integers(3, 70))
holes = st.integers(0, 2)
seeds = st.integers(0, 2**32 - 1)
levels = st.sampled_from([0.0, 1.0, 1e4])  # what is added to numbers of unit variance


@given(dtypes, seeds, holes, shapes)
@example(np.float32, 0, 1, (1, 1, 1))
def test_batch_norm(inputs, output, rounding, dtype, seed, n_holes, shape):
    draw = inputs(dtype, seed)
    x = draw.with_holes(n_holes, *shape)
    weight, bias, mean = (draw.normal(shape[1]) for _ in range(3))
    var = draw.positive(shape[1])
    got = output(shape, dtype)
    batch_norm(got.array, x, weight, bias, mean, var, EPS)
    expected = reference.batch_norm(x, weight, bias, mean, var, EPS)
    product = abs(reference.batch_norm(x, weight, 0 * bias, mean, var, EPS))
    # At most six roundings on either way: difference, sum, root, quotient, product, sum.
    got.assert_close(expected, rounding(6, product + abs(bias)[:, None]))


def test_batch_norm_of_a_dead_channel_is_its_bias(output):
    """A variance of 0, or so small that eps would be lost beside 1, is divided by sqrt(eps) and no less."""
    x = np.full((2, 2, 3), 1e-3, np.float32)
    x[:, 1] += np.float32(1e-3)
    got = output(x.shape, np.float32)
    one = np.ones(2, np.float32)
    mean, var = np.float32([1e-3, 1e-3]), np.float32([0, 1e-12])
    batch_norm(got.array, x, one, 3 * one, mean, var, EPS)
    np.testing.assert_array_equal(got.array[:, 0], 3)
    np.testing.assert_allclose(got.array[:, 1], 3 + 1e-3 / np.sqrt(1e-5), rtol=1e-6)


@given(dtypes, seeds, holes, shapes, levels)
@example(np.float32, 0, 0, (1, 1, 1), 1e4)
@example(np.float32, 0, 1, (1, 2, 1), 0.0)
@example(np.float32, 0, 0, (3, 2, 70), 1e4)
def test_batch_moments(inputs, output, rounding, dtype, seed, n_holes, shape, level):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    x += dtype(level)
    got = output((*shape[:2], 2), np.float64)
    batch_moments(got.array, x)
    expected, bound = np.empty(got.array.shape), np.empty(got.array.shape)
    n_times = shape[2]
    for window, wanted, most in zip(x.astype(np.float64), expected, bound, strict=True):
        mean, var = reference.batch_statistics(window[None])
        wanted[:, 0], wanted[:, 1] = mean, n_times * var
        most[:, 0] = rounding(n_times + 1, abs(window).mean(axis=1).astype(dtype))
        # The sum of squares around a mean that is off by d is T d^2 too large.
        most[:, 1] = rounding(n_times + 4, wanted[:, 1].astype(dtype)) + 2 * n_times * most[:, 0] ** 2
    got.assert_close(expected, bound)


@given(dtypes, seeds, holes, shapes, levels)
@example(np.float32, 0, 0, (1, 1, 1), 1e4)
@example(np.float32, 0, 1, (1, 2, 1), 0.0)
@example(np.float32, 0, 0, (3, 2, 70), 1e4)
def test_batch_statistics(inputs, rounding, dtype, seed, n_holes, shape, level):
    """Moments of every window, put together; a mean far from 0 may cost the variance none of its digits."""
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    x += dtype(level)
    mean, var = batch_statistics(x)
    assert (mean.dtype, var.dtype) == (x.dtype, x.dtype)
    exact = x.astype(np.float64)
    expected_mean, expected_var = reference.batch_statistics(exact)
    wrong_mean = rounding(shape[2] + 2, abs(exact).mean(axis=(0, 2)).astype(dtype))
    # Wrong means of the windows move the variance between them, by no more than (2 sd + d) times 2 d.
    wrong_var = rounding(shape[2] + 6, expected_var.astype(dtype))
    wrong_var = wrong_var + 4 * wrong_mean * (np.sqrt(expected_var) + 2 * wrong_mean)
    for got, expected, wrong in ((mean, expected_mean, wrong_mean), (var, expected_var, wrong_var)):
        nan = np.isnan(expected)
        np.testing.assert_array_equal(np.isnan(got), nan)
        assert (nan | (abs(got - expected) <= wrong)).all()


@given(dtypes, seeds, st.integers(0, 1), shapes)
@example(np.float32, 0, 0, (1, 1, 1))
@example(np.float64, 0, 0, (1, 1, 2))
def test_upsample_linear(inputs, output, dtype, seed, n_holes, shape):
    check_upsample_linear(inputs, output, dtype, seed, n_holes, shape)


@pytest.mark.parametrize("n_times", [511, 512, 513, 1024, 1025])
@pytest.mark.parametrize("dtype", DTYPES)
def test_upsample_linear_of_long_rows(inputs, output, dtype, n_times):
    check_upsample_linear(inputs, output, dtype, n_times, 1, (2, 3, n_times))


def check_upsample_linear(inputs, output, dtype, seed, n_holes, shape):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    got = upsampled(output, x)
    # Both stand at the same rounded position; between two numbers no rounding is of more than the larger.
    largest = np.where(np.isnan(x), 0, abs(x)).max(axis=2, keepdims=True)
    got.assert_close(reference.upsample_linear(x), 4 * np.finfo(dtype).eps * largest)


def upsampled(output, x):
    n_windows, n_channels, n_times = x.shape
    got = output((n_windows, n_channels, 2 * n_times), x.dtype)
    left, fraction = output((2 * n_times,), np.float64), output((2 * n_times,), x.dtype)
    places = left.array.view(np.intp)  # of the same size, and a number written outside is seen
    interpolation(places, fraction.array)
    left.assert_fence_stands()
    fraction.assert_fence_stands()
    upsample_linear(got.array, places, fraction.array, x)
    return got


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", [[1e9, 1.0], [np.nan, 1.0], [1.0, 1e9, np.nan, 2.0]])
def test_upsample_linear_keeps_the_ends(output, dtype, row):
    """Neither a large neighbour nor a NaN beside an end reaches it."""
    x = np.array([[row]], dtype)
    for y in (upsampled(output, x).array, reference.upsample_linear(x)):
        np.testing.assert_array_equal(y[0, 0, -1], x[0, 0, -1])
        np.testing.assert_array_equal(y[0, 0, 0], x[0, 0, 0])


@given(dtypes, seeds, holes, shapes)
@example(np.float32, 0, 1, (1, 1, 1))
def test_upsample_nearest(inputs, output, dtype, seed, n_holes, shape):
    x = inputs(dtype, seed).with_holes(n_holes, *shape)
    got = output((*shape[:2], 2 * shape[2]), dtype)
    upsample_nearest(got.array, x)
    got.assert_close(reference.upsample_nearest(x))

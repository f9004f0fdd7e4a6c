"""The gradient through a ReLU with its sums: emitted vectors against the twin, on the edges of a turn."""

import numpy as np
import pytest

from lppn_np.kernels import NORM_RELU
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.batch_norm import finish_row
from lppn_np.kernels.finishing import ABREAST, finish_twin, finish_vectors
from lppn_np.kernels.vectors import vector_width

BOUNDS = {np.float32: 1e-5, np.float64: 1e-13}


@kernel
def run(du, dy, z, scale, shift, mean, n_turns):
    return finish_vectors(du, dy, z, scale, shift, mean, n_turns)


def draw(dtype, n, seed=0):
    rng = np.random.default_rng(seed)
    dy, z = rng.normal(size=(2, n)).astype(dtype)
    return dy, z, *np.array([0.7, 0.1, -0.2], dtype)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("n_turns", [1, 2, 3, 24])
def test_vectors_equal_the_twin(dtype, n_turns):
    n = n_turns * ABREAST * vector_width(np.empty(1, dtype))
    dy, z, *numbers = draw(dtype, n, n_turns)
    got, expected = np.full(n + 1, 7, dtype), np.full(n + 1, 7, dtype)
    sums = run(got, dy, z, *numbers, n_turns)
    expected_sums = finish_twin(expected, dy, z, *numbers, n_turns)
    np.testing.assert_array_equal(got, expected)
    assert 0 < np.count_nonzero(got[:-1]) < n
    np.testing.assert_allclose(sums, expected_sums, atol=BOUNDS[dtype] * n, rtol=BOUNDS[dtype])


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("n", [1, 7, 8, 15, 16, 17, 31, 33, 384])
@pytest.mark.parametrize("in_place", [False, True])
def test_rows_of_any_length(dtype, n, in_place):
    dy, z, scale, shift, mean = draw(dtype, n, n)
    norm = np.array([scale, shift, mean, 1.5], dtype)
    expected = np.where(scale * z + shift > 0, dy, 0)
    du, sums = (dy if in_place else np.empty(n, dtype)), np.full(2, 3.0)
    finish_row(du, sums, dy, z, norm, NORM_RELU, True)
    np.testing.assert_array_equal(du, expected)
    wanted = [expected.sum(), 1.5 * (expected * (z - mean)).sum()]
    np.testing.assert_allclose(sums, wanted, atol=BOUNDS[dtype] * n)
    before = sums.copy()
    finish_row(du, sums, expected, z, norm, NORM_RELU, False)
    np.testing.assert_allclose(sums, 2 * before, rtol=1e-12)


def test_nan_is_not_above_zero_and_a_gradient_of_nan_stays():
    z = np.array([np.nan, 1.0] * 32, np.float32)
    dy = np.array([1.0, np.nan] * 32, np.float32)
    du = np.empty_like(dy)
    finish_row(du, np.zeros(2), dy, z, np.array([1, 0, 0, 1], np.float32), NORM_RELU, True)
    np.testing.assert_array_equal(du, np.array([0.0, np.nan] * 32, np.float32))

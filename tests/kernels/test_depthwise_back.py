"""Back through three taps and a ReLU in one reading: vectors against the twin, rows against the layers."""

import numpy as np
import pytest

from lppn_np.kernels import reference
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.depthwise_back import back_stride_1, back_stride_2, back_twin
from lppn_np.kernels.units_depthwise import back_row
from lppn_np.kernels.vectors import vector_width

BOUNDS = {np.float32: 2e-5, np.float64: 1e-13}
dtypes = pytest.mark.parametrize("dtype", BOUNDS)
strides = pytest.mark.parametrize("stride", [1, 2])


@kernel
def run_1(du, dz, z, numbers, n_turns):
    return back_stride_1(du, dz, z, numbers, n_turns)


@kernel
def run_2(du, dz, z, numbers, n_turns):
    return back_stride_2(du, dz, z, numbers, n_turns)


def draw(dtype, n, stride):
    rng = np.random.default_rng(n)
    dz, z = rng.normal(size=n + 2).astype(dtype), rng.normal(size=stride * n).astype(dtype)
    return dz, z, np.array([0.7, 0.1, -0.2, 0.5, -1.1, 0.8], dtype)


@dtypes
@strides
@pytest.mark.parametrize("n_turns", [1, 2, 5])
def test_vectors_equal_the_twin(dtype, stride, n_turns):
    n = n_turns * vector_width(np.empty(1, dtype))
    dz, z, numbers = draw(dtype, n, stride)
    got, expected = np.full((2, stride * n + 1), 7, dtype)
    sums = (run_1, run_2)[stride - 1](got, dz, z, tuple(numbers), n_turns)
    expected_sums = back_twin(stride, expected, dz, z, tuple(numbers), n_turns)
    np.testing.assert_allclose(got, expected, atol=BOUNDS[dtype])
    assert got[-1] == expected[-1] == 7
    np.testing.assert_array_equal(got == 0, expected == 0)
    np.testing.assert_allclose(sums, expected_sums, atol=n * BOUNDS[dtype])


@dtypes
@strides
@pytest.mark.parametrize("n", [1, 7, 8, 9, 12, 24, 100])
def test_rows_equal_the_layers_one_after_the_other(dtype, stride, n):
    dz, z, (scale, shift, mean, *taps) = draw(dtype, n, stride)
    dz[[0, -1]] = 0
    weight, norm = np.array(taps, dtype), np.array([scale, shift, mean, 1.5], dtype)
    du, sums, dweight = np.empty_like(z), np.full(2, 9.0), np.empty(3, dtype)
    back_row(du, sums, dweight, dz, z, norm, weight, stride)
    u = (scale * z + shift)[None, None]
    dout = dz[None, None, 1:-1]
    dy = reference.depthwise_dinput(dout, weight[None], stride, stride * n)
    expected = reference.relu_dinput(dy, u)[0, 0]
    bound = BOUNDS[dtype]
    np.testing.assert_allclose(du, expected, atol=bound)
    expected_dweight = reference.depthwise_dweight(dout, reference.relu(u), 3, stride)
    np.testing.assert_allclose(dweight, np.ravel(expected_dweight), atol=n * bound)
    np.testing.assert_allclose(
        sums, [expected.sum(), 1.5 * (expected * (z - mean)).sum()], atol=2 * n * bound
    )

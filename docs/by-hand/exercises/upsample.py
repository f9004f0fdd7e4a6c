"""Exercise of docs/by-hand/upsampling.md: python -m pytest docs/by-hand/exercises/upsample.py"""

import numpy as np

from lppn_np.kernels import reference


def matrix(n):
    """Return the matrix (2 n, n) of linear upsampling with aligned corners."""
    raise NotImplementedError("yours to write")


def test_it_upsamples():
    x = np.random.default_rng(0).normal(size=(2, 3, 6))
    np.testing.assert_allclose(x @ matrix(6).T, reference.upsample_linear(x), atol=1e-12)


def test_its_transpose_is_the_gradient():
    dy = np.random.default_rng(1).normal(size=(2, 3, 12))
    np.testing.assert_allclose(dy @ matrix(6), reference.upsample_linear_dinput(dy), atol=1e-12)


def test_every_output_is_a_mean_of_inputs():
    np.testing.assert_allclose(matrix(5).sum(axis=1), np.ones(10))

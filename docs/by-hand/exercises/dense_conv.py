"""Exercise of docs/by-hand/dense-convolution.md: python -m pytest docs/by-hand/exercises/dense_conv.py"""

import numpy as np

from lppn_np.kernels import reference


def as_matrix(weight, n_times):
    """Return the matrix (Co T, Ci T) that a dense convolution of stride 1 without bias is.

    It maps x.reshape(Ci T) to y.reshape(Co T); weight (Co, Ci, K), T = n_times.
    """
    raise NotImplementedError("yours to write")


def test_the_matrix_is_the_convolution():
    rng = np.random.default_rng(0)
    weight, x = rng.normal(size=(4, 3, 5)), rng.normal(size=(1, 3, 7))
    y = reference.dense_conv(x, weight)
    np.testing.assert_allclose(as_matrix(weight, 7) @ x.reshape(-1), y.reshape(-1), atol=1e-12)


def test_its_transpose_is_the_gradient():
    rng = np.random.default_rng(1)
    weight, dy = rng.normal(size=(4, 3, 5)), rng.normal(size=(1, 4, 7))
    dx = reference.dense_conv_dinput(dy, weight, 1, 7)
    np.testing.assert_allclose(as_matrix(weight, 7).T @ dy.reshape(-1), dx.reshape(-1), atol=1e-12)

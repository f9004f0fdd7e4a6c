"""Exercise of docs/by-hand/batch-norm.md: python -m pytest docs/by-hand/exercises/batch_norm.py"""

import numpy as np

from lppn_np.kernels import reference


def fold(weight, gain, shift, mean, var, eps):
    """Return the weight (Co, Ci) and bias (Co,) of the one pointwise convolution that does both layers.

    The layers are a pointwise convolution with ``weight`` (Co, Ci) without bias, then the normalisation with
    the statistics ``mean`` and ``var`` and with ``gain`` and ``shift``, all (Co,).
    """
    raise NotImplementedError("yours to write")


def test_one_layer_instead_of_two():
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 3, 11)), rng.normal(size=(4, 3))
    gain, shift, mean = rng.normal(size=(3, 4))
    var = rng.uniform(0.1, 2.0, 4)
    two = reference.batch_norm(reference.pointwise(x, weight), gain, shift, mean, var, 1e-5)
    one = reference.pointwise(x, *fold(weight, gain, shift, mean, var, 1e-5))
    np.testing.assert_allclose(one, two, atol=1e-12)

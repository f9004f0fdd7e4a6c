"""Exercise of docs/by-hand/depthwise.md: python -m pytest docs/by-hand/exercises/depthwise.py"""

import numpy as np

from lppn_np.kernels import reference


def dinput_at_stride_1(dy, weight):
    """Return dx (B, C, T) from dy (B, C, T) and weight (C, K), by one call of ``reference.depthwise``."""
    raise NotImplementedError("yours to write")


def test_it_hands_back_what_the_scatter_hands_back():
    rng = np.random.default_rng(0)
    for n_taps in (1, 3, 5):
        dy, weight = rng.normal(size=(2, 4, 9)), rng.normal(size=(4, n_taps))
        expected = reference.depthwise_dinput(dy, weight, 1, 9)
        np.testing.assert_allclose(dinput_at_stride_1(dy, weight), expected, atol=1e-12)

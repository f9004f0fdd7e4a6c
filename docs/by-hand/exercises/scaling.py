"""Exercise of docs/by-hand/input.md: python -m pytest docs/by-hand/exercises/scaling.py"""

import numpy as np

from lppn_np.kernels import reference_picking


def scale_component(x):
    """Return a component (T,) without its mean, over its largest magnitude; a constant becomes zero."""
    raise NotImplementedError("yours to write")


def test_it_is_what_the_package_does():
    x = np.random.default_rng(0).normal(size=1000) + 3.0
    window = np.stack([x, 2 * x, -x])[None]
    expected = reference_picking.normalise(window, common=False)[0, 0]
    np.testing.assert_allclose(scale_component(x), expected, atol=1e-6)


def test_the_unit_does_not_matter():
    x = np.random.default_rng(1).normal(size=1000) + 3.0
    for factor in (1e-12, 1e6):
        np.testing.assert_allclose(scale_component(factor * x), scale_component(x), atol=1e-9)


def test_a_constant_becomes_zero():
    np.testing.assert_array_equal(scale_component(np.full(8, 0.1)), np.zeros(8))

"""Exercise of docs/by-hand/heads.md: python -m pytest docs/by-hand/exercises/decode.py"""

import numpy as np

from lppn_np.kernels import reference_picking


def arrivals(logits, offsets, stride, threshold):
    """Return (class, sample, probability) of every segment whose class 1 or 2 reaches the threshold.

    logits (3, T) and offsets (T,) of one window; in order of class, then of segment.
    """
    raise NotImplementedError("yours to write")


def test_one_arrival():
    logits = np.array([[9.0, 9.0, -9.0], [0.0, 0.0, 0.0], [0.0, 0.0, -9.0]])
    [(label, sample, probability)] = arrivals(logits, np.array([1.0, 2.0, 5.5]), 16, 0.5)
    assert (label, sample) == (1, 2 * 16 + 5.5)
    assert probability > 0.999


def test_it_is_what_the_package_does():
    rng = np.random.default_rng(0)
    logits, offsets = rng.normal(size=(3, 40)), rng.uniform(0, 16, 40)
    spans = np.array([[0], [0], [40 * 16]])
    thresholds = np.array([0.0, 0.4, 0.4])
    real, whole = reference_picking.candidates(
        logits[None], offsets[None], spans, thresholds, 16, 0, np.ones(len(logits))
    )
    found = arrivals(logits, offsets, 16, 0.4)
    assert len(found) == real.shape[1] > 3
    np.testing.assert_array_equal([label for label, _, _ in found], whole[1])
    np.testing.assert_allclose([sample for _, sample, _ in found], real[0])
    np.testing.assert_allclose([probability for _, _, probability in found], real[1])

"""Means and maxima of one window in float32: a third of the time that the picker's float64 takes.

What comes out equals :func:`lppn_np.picking.preprocess.network_input` within float32's rounding, because a
training window is without mean and scaled to 1 when it is cut, whatever the record's unit
(``test_without_augmentation_the_window_is_the_cut_record``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import PAPER_FAMILY, LPPNConfig
from lppn_np.picking.preprocess import DEAD_SHARE, phase_code

Samples = NDArray[np.float32]
Mask = NDArray[np.bool_]


def demean(x: Samples) -> None:
    """Remove each component's mean in place.

    Twice: float32 leaves a rest of a large offset the first time. The sum is a product with ones, which takes
    a third of the time of ``mean``.
    """
    ones = np.ones(x.shape[1], np.float32)
    for _ in range(2):
        x -= (x @ ones / np.float32(x.shape[1]))[:, None]


def demean_around(x: Samples, missing: Mask) -> None:
    """Put zeros where data are missing and remove the mean of the others, in place."""
    x[missing] = 0
    count = x.shape[1] - missing.sum(axis=1, keepdims=True)
    x -= (x.sum(axis=1, keepdims=True, dtype=np.float64) / np.maximum(count, 1)).astype(np.float32)
    x[missing] = 0


def scale_to_one(x: Samples) -> None:
    """Divide all components by their largest value, in place."""
    peak = max(float(x.max()), -float(x.min()))
    if peak > 0:
        x /= np.float32(peak)


def window_input(x: Samples, missing: Mask | None, config: LPPNConfig) -> Samples:
    """The network's input of a window (3, T), made in place: mean, maximum, dead components, phase code."""
    if missing is None:
        demean(x)
    else:
        demean_around(x, missing)
    peak = np.maximum(x.max(axis=1), -x.min(axis=1))
    largest = peak.max()
    dead = (peak <= np.float32(DEAD_SHARE) * largest) | (largest == 0)
    x /= np.where(dead, np.float32(1), peak if config.variant in PAPER_FAMILY else largest)[:, None]
    x[dead] = 0
    if config.phase_code:
        x += phase_code(x.shape[1])
    return x

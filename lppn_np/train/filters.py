"""Causal band filters: what an onset looks like behind somebody else's filter."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lppn_np.optional import require
from lppn_np.train.augment_config import AugmentConfig, Range
from lppn_np.train.window import Samples

#: Corners are drawn from so many values and designs are kept: one takes five times as long as its use.
_GRID = 16
#: Poles of the high- and of the low-pass. Two delay a wave by 1.4 / (2 pi corner): 2 samples at 10 Hz.
_ORDER = 2
#: Low-pass corners are kept below this share of the sampling rate.
_HIGHEST = 0.45


class Filter(NamedTuple):
    """Second-order sections and their state behind an endless 1.

    Attributes
    ----------
    sections : ndarray, shape (n_sections, 6)
    steady : ndarray, shape (n_sections, 1, 2)
    """

    sections: NDArray[np.float64]
    steady: NDArray[np.float64]


def draw_filter(rng: np.random.Generator, augment: AugmentConfig, rate: float) -> Filter:
    """Draw a high-pass, a low-pass or both, with their corners."""
    kind, low, high = rng.integers(0, (3, _GRID, _GRID)).tolist()
    return design(
        _corner(low, augment.highpass_hz) if kind != 1 else None,
        _corner(high, augment.lowpass_hz) if kind != 0 else None,
        rate,
    )


def design(highpass: float | None, lowpass: float | None, rate: float) -> Filter:
    """Butterworth filter with the given corners (Hz); None leaves one out.

    Parameters
    ----------
    highpass, lowpass : float or None
        Not both None.
    rate : float
        Samples per second.
    """
    # The low-pass first: it hands an endless 1 on as it is, so that each keeps the state it has alone.
    corners = {"lowpass": lowpass, "highpass": highpass}
    parts = [_butterworth(kind, corner, rate) for kind, corner in corners.items() if corner is not None]
    return Filter(*map(np.concatenate, zip(*parts, strict=True)))


@functools.lru_cache(maxsize=4 * _GRID)
def _butterworth(kind: str, corner: float, rate: float) -> Filter:
    signal = require("scipy.signal", "train")
    sections = signal.butter(_ORDER, min(corner, _HIGHEST * rate), kind, fs=rate, output="sos")
    return Filter(sections, signal.sosfilt_zi(sections)[:, None, :])


def apply_filter(x: Samples, chosen: Filter) -> Samples:
    """Filter (3, T) forward only, as if each component had held its first value for ever before.

    The result has no energy before an onset: the sample at time t depends on samples up to t alone.
    """
    signal = require("scipy.signal", "train")
    state = chosen.steady * x[None, :, :1].astype(np.float64)
    filtered, _ = signal.sosfilt(chosen.sections, x, axis=1, zi=state)
    return np.asarray(filtered, np.float32)


def _corner(place: int, limits: Range) -> float:
    low, high = limits
    return float(low * (high / low) ** (place / (_GRID - 1)))

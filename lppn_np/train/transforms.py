"""Changes to a window in place that leave every arrival where it is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lppn_np.train.augment_config import Range
from lppn_np.train.window import Window

#: What a station may lack.
_DROPS = (("E",), ("N",), ("E", "N"), ("Z",))
_MOST_GAPS = 3
#: Draws of a gap before the window is left without it: an arrival may stand everywhere near.
_TRIES = 4


def rotate(window: Window, angle: float, order: str) -> None:
    """Turn the horizontals by ``angle`` (radians): the station's North shows elsewhere.

    Where one of the two is dead nothing is done, because it would get half of the other.
    Where one has no data the other loses its own.
    """
    e, n = order.index("E"), order.index("N")
    live = window.live()
    if not (live[e] and live[n]):
        return
    x, cos, sin = window.x, math.cos(angle), math.sin(angle)
    x[e], x[n] = cos * x[e] - sin * x[n], sin * x[e] + cos * x[n]
    if window.missing is not None:
        window.missing[[e, n]] = window.missing[e] | window.missing[n]


def scale_components(window: Window, decibels: NDArray[np.float64]) -> None:
    """Amplify each of the components by so many decibels (3,)."""
    window.x *= (10 ** (decibels[:, None] / 20)).astype(np.float32)


def clip(window: Window, share: float) -> None:
    """Clip each component at a share of its largest value."""
    window.zero_missing()
    for row in window.x:
        level = share * max(float(row.max()), -float(row.min()))
        np.clip(row, -level, level, out=row)


def drop(rng: np.random.Generator, window: Window, order: str) -> None:
    """Take one or both horizontals, or the vertical, away; never the last live component."""
    rows = [order.index(letter) for letter in _DROPS[rng.integers(len(_DROPS))]]
    left = window.live()
    left[rows] = False
    if left.any():
        window.mask()[rows] = True


def cut_gaps(rng: np.random.Generator, window: Window, seconds: Range, margin: float, rate: float) -> None:
    """Take the data of one to three spans away, ``margin`` seconds or more from all labelled arrivals.

    Parameters
    ----------
    rng : numpy.random.Generator
    window : Window
    seconds : (float, float)
        Shortest and longest gap.
    margin : float
        As the picker does, which does not trust picks next to a gap.
    rate : float
        Samples per second.
    """
    for _ in range(rng.integers(1, _MOST_GAPS, endpoint=True)):
        width = min(max(1, round(rng.uniform(*seconds) * rate)), window.length // 2)
        for first in rng.integers(window.length - width, size=_TRIES, endpoint=True):
            if all(_away(a, int(first), width, margin * rate) for a in (*window.p, *window.s)):
                window.mask()[:, first : first + width] = True
                break


def _away(arrival: float, first: int, width: int, margin: float) -> bool:
    return arrival < first - margin or arrival >= first + width + margin

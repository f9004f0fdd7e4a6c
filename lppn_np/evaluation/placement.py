"""Which stretches of a labelled record a model is judged on."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np


def window_spans(
    name: str,
    arrivals: Sequence[float],
    n_samples: int,
    length: int,
    seed: int,
    margin: int,
) -> list[tuple[int, int]]:
    """Choose windows of ``length`` samples in one record, as (start, stop) pairs inside the record.

    Parameters
    ----------
    name : str
        Of the record. With ``seed`` it decides the draw, so that a record's window does not depend on
        which other records are evaluated with it.
    arrivals : sequence of float
        Labels in samples, the most important first; empty for noise.
    n_samples : int
        Of the record. Where it is shorter than a window, the span is the whole record.
    length : int
        Of a window.
    seed : int
        Of the draw.
    margin : int
        Samples between an arrival and the window's ends, where the record leaves room for them.

    Returns
    -------
    list of (int, int)
        With arrivals one window, at a uniformly drawn start among those that hold all arrivals, or the
        first one where they do not fit together. Without, as many as fit side by side.
    """
    if n_samples <= length:
        return [(0, n_samples)]
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    inside = [sample for sample in arrivals if 0 <= sample < n_samples]
    if not inside:
        count = n_samples // length
        first = int(random.integers(n_samples - count * length + 1))
        return [(start, start + length) for start in range(first, first + count * length, length)]
    low, high = _starts(inside, n_samples, length, margin)
    start = int(random.integers(low, high + 1))
    return [(start, start + length)]


def _starts(arrivals: Sequence[float], n_samples: int, length: int, margin: int) -> tuple[int, int]:
    """First and last start of a window that holds all arrivals, or else the first of them."""
    for wanted in (arrivals, arrivals[:1]):
        for room in (margin, 0):
            low = max(0, math.floor(max(wanted)) + room - length + 1)
            high = min(n_samples - length, math.floor(min(wanted)) - room)
            if low <= high:
                return low, high
    raise AssertionError("a single arrival inside the record fits a window")

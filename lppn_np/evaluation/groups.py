"""Pieces of record that belong together: by source, by signal-to-noise ratio, by distance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

#: Name of the group whose value the metadata do not give.
UNKNOWN = "unknown"


def by_name(names: Sequence[str]) -> dict[str, Mask]:
    """A mask over the pieces for each name, in order of the alphabet."""
    column = np.array(names, dtype=object)
    return {name or UNKNOWN: column == name for name in sorted(set(names))}


def by_bin(values: Sequence[float | None], edges: Sequence[float], among: Mask) -> dict[str, Mask]:
    """A mask over the pieces for each bin between edges (lower edge included), and for values unknown.

    Below the first edge and from the last one on there is a bin too. Where no value is known there are no
    bins at all. Pieces that are False in ``among`` belong to no bin.

    Examples
    --------
    >>> list(by_bin([5.0, 10.0, 70.0, None], (10, 20, 40), np.ones(4, bool)))
    ['< 10', '10 to 20', '20 to 40', '>= 40', 'unknown']
    """
    column = np.array([math.nan if value is None else value for value in values], np.float64)
    bounds = [-math.inf, *edges, math.inf]
    unknown = np.isnan(column)
    if unknown[among].all():
        return {}
    groups = {
        _name(low, high): among & (column >= low) & (column < high)
        for low, high in itertools.pairwise(bounds)
    }
    return {**groups, UNKNOWN: among & unknown} if unknown[among].any() else groups


def _name(low: float, high: float) -> str:
    if math.isinf(low):
        return f"< {high:g}"
    if math.isinf(high):
        return f">= {low:g}"
    return f"{low:g} to {high:g}"

"""Segments of one component, written side by side into one row. NumPy only."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[Any]]
Placed = tuple[int, Samples]


def merge_into(row: Samples, placed: Iterable[Placed]) -> int:
    """
    Write segments into a row of NaN; samples on which they disagree become NaN.

    The outcome does not depend on the order of the segments. In order of their first sample, all that
    has been written lies before the furthest end so far: only that much of a segment needs a look at
    what is there already, so that the work is linear in the number of samples.

    Parameters
    ----------
    row : np.ndarray, shape (n_samples,), float
        Filled with NaN; changed in place.
    placed : iterable of (int, np.ndarray)
        Position of the first sample in the row, and the samples. NaN and masked samples are no data.

    Returns
    -------
    int
        How many samples were lost because overlapping segments disagree.
    """
    furthest = 0
    disputed = []
    for first, samples in sorted(placed, key=itemgetter(0)):
        values = _as_float(samples, row.dtype)
        part = row[first : first + values.size]
        shared = min(max(furthest - first, 0), values.size)
        part[shared:] = values[shared:]
        if shared:
            disputed.append(first + _reconcile(part[:shared], values[:shared]))
        furthest = max(furthest, first + values.size)
    if not disputed:
        return 0
    lost = np.unique(np.concatenate(disputed))
    row[lost] = np.nan
    return int(lost.size)


def _reconcile(held: Samples, new: Samples) -> Samples:
    """Fill the NaN of `held` from `new`; return where the two disagree."""
    np.copyto(held, new, where=np.isnan(held))
    return np.flatnonzero((held != new) & ~np.isnan(new))


def _as_float(samples: Samples, dtype: np.dtype[Any]) -> Samples:
    values = samples.astype(dtype, copy=False)
    return values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values

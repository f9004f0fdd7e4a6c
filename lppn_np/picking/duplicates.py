"""Of several candidates that tell the same arrival, or stand too close, the most probable is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.decode import Candidates

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def suppress_duplicates(
    found: Candidates, kind: Ints, min_distance: float, segment: float = 0.0
) -> Candidates:
    """Keep the most probable of candidates of one kind that stand closer than ``min_distance`` samples.

    Greedy, from the most probable down; of equals the earlier wins. What remains is in order of time.
    The time it takes grows with the number of candidates alone, but for sorting.

    Parameters
    ----------
    found : Candidates
    kind : ndarray, shape (n_classes,)
        The kind of each class: classes of one kind (P, Pg, Pn) suppress each other.
    min_distance : float
        In samples.
    segment : float
        Samples in a segment, which tells one arrival at most: candidates from different windows that are
        closer tell the same one, whatever ``min_distance``.
    """
    order = np.lexsort((found.time, -found.probability))
    kinds = kind[found.label[order]]
    kept = [_best(found, order[kinds == k], min_distance, segment) for k in np.unique(kinds)]
    chosen = np.concatenate(kept) if kept else order
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    return found.take(chosen[np.lexsort((rank[chosen], found.time[chosen]))])


def _best(found: Candidates, order: Ints, min_distance: float, segment: float) -> Ints:
    """Those of the candidates ``order``, all of one kind and the most probable first, that are kept."""
    by_time = np.argsort(found.time[order], kind="stable")
    time, window = found.time[order][by_time], found.window[order][by_time]
    place = np.empty(len(order), np.intp)
    place[by_time] = np.arange(len(order))
    first, stop = (ends.tolist() for ends in _closer(time, min_distance))
    wide = segment > min_distance
    left, right = _closer(time, segment) if wide else (place, place)
    gone = bytearray(len(order))
    kept = []
    for rank, i in enumerate(place.tolist()):
        if gone[i]:
            continue
        kept.append(rank)
        gone[first[i] : stop[i]] = b"\1" * (stop[i] - first[i])
        if wide:
            others = left[i] + np.flatnonzero(window[left[i] : right[i]] != window[i])
            for other in others.tolist():
                gone[other] = 1
    return order[kept]


def _closer(time: Floats, distance: float) -> tuple[Ints, Ints]:
    """For each of sorted times the range of those that are closer than ``distance``, by their difference.

    The bounds found by adding and subtracting are off where they are rounded; they are moved to where
    the rounded difference, which is in order too, says.
    """
    last = len(time) - 1
    first = np.searchsorted(time, time - distance, "right")
    stop = np.searchsorted(time, time + distance, "left")
    while (move := (first > 0) & (time - time[first - 1] < distance)).any():
        first -= move
    while (move := (first <= last) & (time - time[np.minimum(first, last)] >= distance)).any():
        first += move
    while (move := (stop <= last) & (time[np.minimum(stop, last)] - time < distance)).any():
        stop += move
    while (move := (stop > 0) & (time[stop - 1] - time >= distance)).any():
        stop -= move
    return first, np.maximum(first, stop)

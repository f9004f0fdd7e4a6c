"""From the network's numbers to arrivals."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels import reference
from lppn_np.picking.windows import Windows

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Candidates:
    """Segments above their threshold; all arrays have one entry a candidate, times in samples of the record.

    Attributes
    ----------
    label : ndarray of int
        Class.
    time : ndarray of float64
        Segment start + offset.
    probability : ndarray
        Of the class in the segment.
    begin, end : ndarray of int64
        The run of segments above the threshold that the candidate stands in.
    """

    label: NDArray[np.intp]
    time: NDArray[np.float64]
    probability: Array
    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, index: NDArray[Any]) -> Candidates:
        """Select by a mask or by indices."""
        return Candidates(*(values[index] for values in vars(self).values()))

    @staticmethod
    def join(parts: list[Candidates]) -> Candidates:
        """All candidates of a list of parts, which may be empty."""
        empty = Candidates(
            np.empty(0, np.intp), np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)
        )
        return Candidates(
            *(np.concatenate(c) for c in zip(*(vars(p).values() for p in [empty, *parts]), strict=True))
        )


def find_candidates(
    logits: Array,
    offsets: Array,
    windows: Windows,
    which: NDArray[np.intp],
    thresholds: NDArray[np.floating[Any]],
) -> Candidates:
    """Segments of a batch whose class probability reaches the class's threshold.

    Parameters
    ----------
    logits : ndarray, shape (B, n_classes, T / S)
    offsets : ndarray, shape (B, T / S)
        In samples.
    windows : Windows
        Of the record.
    which : ndarray, shape (B,)
        The batch's rows as indices into ``windows``.
    thresholds : ndarray, shape (n_classes,)
        The one of class 0 is not used.
    """
    probability = reference.softmax(logits)
    stride = windows.length // logits.shape[2]
    above = probability >= thresholds[:, None]
    above[:, 0] = False
    left, right = _runs(above)
    row, label, segment = np.nonzero(above)
    start = windows.starts[which[row]]
    segment_start = start + segment * stride
    counts = (segment_start + stride > windows.first[which[row]]) & (segment_start < windows.stop[which[row]])
    found = Candidates(
        label=label,
        time=segment_start + offsets[row, segment].astype(np.float64),
        probability=probability[row, label, segment],
        begin=start + left[row, label, segment] * stride,
        end=start + right[row, label, segment] * stride,
    )
    return found.take(counts)


def keep_pickable(found: Candidates, pickable: NDArray[np.bool_]) -> Candidates:
    """Drop candidates in padding and at gaps; an offset that leaves the record is pulled back to its end."""
    time = np.clip(found.time, 0.0, len(pickable) - 1.0)
    inside = found.take(pickable[np.floor(time).astype(np.intp)] & (found.begin < len(pickable)))
    clipped = np.clip(inside.time, 0.0, len(pickable) - 1.0)
    return Candidates(
        inside.label, clipped, inside.probability, inside.begin, np.minimum(inside.end, len(pickable))
    )


def suppress_duplicates(found: Candidates, kind: NDArray[np.intp], min_distance: float) -> Candidates:
    """Keep the most probable of candidates of one kind that stand closer than ``min_distance`` samples.

    Greedy, from the most probable down; of equals the earlier wins. What remains is in order of time.

    Parameters
    ----------
    found : Candidates
    kind : ndarray, shape (n_classes,)
        The kind of each class: classes of one kind (P, Pg, Pn) suppress each other.
    min_distance : float
        In samples.
    """
    kept: list[int] = []
    times: dict[int, list[float]] = {int(k): [] for k in kind}
    for index in np.lexsort((found.time, -found.probability)):
        accepted = times[int(kind[found.label[index]])]
        time = float(found.time[index])
        place = bisect.bisect_left(accepted, time)
        near = accepted[max(0, place - 1) : place + 1]
        if all(abs(time - other) >= min_distance for other in near):
            accepted.insert(place, time)
            kept.append(int(index))
    chosen = np.array(kept, dtype=np.intp)
    return found.take(chosen[np.argsort(found.time[chosen], kind="stable")])


def _runs(above: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First segment and segment after the last of the run that each True stands in, along the last axis."""
    index = np.arange(above.shape[-1], dtype=np.int64)
    left = np.maximum.accumulate(np.where(above, 0, index + 1), axis=-1)
    right = np.minimum.accumulate(np.where(above, above.shape[-1], index)[..., ::-1], axis=-1)[..., ::-1]
    return left, right

"""Candidates: segments that may be arrivals, and which of them stand where there is data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels import reference_picking
from lppn_np.picking.samples import BLOCK, Samples
from lppn_np.picking.windows import Windows

Array = NDArray[np.floating[Any]]

#: Candidates whose surroundings are looked at together.
_AT_ONCE = 1024


@dataclass(frozen=True)
class Candidates:
    """Segments above their threshold; all arrays have one entry a candidate, times in samples of the record.

    Attributes
    ----------
    label : ndarray of int
        Class.
    time : ndarray of float64
        Segment start + offset.
    probability : ndarray of float64
        Of the class in the segment.
    begin, end : ndarray of int64
        The run of segments above the threshold that the candidate stands in.
    window : ndarray of int64
        The window that it was seen in.
    """

    label: NDArray[np.intp]
    time: NDArray[np.float64]
    probability: Array
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    window: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, index: NDArray[Any]) -> Candidates:
        """Select by a mask or by indices."""
        return Candidates(*(values[index] for values in vars(self).values()))

    @staticmethod
    def of(real: NDArray[np.float64], whole: NDArray[np.int64], which: NDArray[np.intp]) -> Candidates:
        """Own copies of what a batch of the windows ``which`` gave (see ``reference_picking.candidates``)."""
        row, label, begin, end = whole.copy()
        time, probability = real.copy()
        return Candidates(label.astype(np.intp, copy=False), time, probability, begin, end, which[row])

    @staticmethod
    def join(parts: list[Candidates]) -> Candidates:
        """All candidates of a list of parts, which may be empty."""
        empty = Candidates.of(np.empty((2, 0)), np.empty((4, 0), np.int64), np.empty(0, np.intp))
        return Candidates(
            *(np.concatenate(c) for c in zip(*(vars(p).values() for p in [empty, *parts]), strict=True))
        )


def find_candidates(
    logits: Array,
    offsets: Array,
    windows: Windows,
    which: NDArray[np.intp],
    thresholds: NDArray[np.float64],
    neighbours: int = 0,
    weights: NDArray[np.float64] | None = None,
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
    neighbours : int
        Segments on either side that count to a segment's own.
    weights : ndarray, shape (n_classes,), optional
        Of the classes in training; None: all one.
    """
    weights = np.ones(len(thresholds)) if weights is None else weights
    stride = windows.length // logits.shape[2]
    spans = windows.spans(which)
    real, whole = reference_picking.candidates(
        logits, offsets, spans, thresholds, stride, neighbours, weights
    )
    return Candidates.of(real, whole, which)


def keep_pickable(found: Candidates, samples: Samples, margin: int) -> Candidates:
    """Drop candidates in padding and near gaps; an offset that leaves the record is pulled to its end."""
    n = samples.n_samples
    time = np.clip(found.time, 0.0, n - 1.0)
    keep = (found.begin < n) & clear_of_gaps(samples, np.floor(time).astype(np.int64), margin)
    values = vars(found) | {"time": time, "end": np.minimum(found.end, n)}
    return Candidates(**values).take(keep)


def clear_of_gaps(samples: Samples, at: NDArray[np.int64], margin: int) -> NDArray[np.bool_]:
    """Whether some component has data at each of the samples from ``at - margin`` to ``at + margin``.

    The ends of the record are not gaps: an arrival right after the start is an arrival.
    """
    last = samples.n_samples - 1
    low, high = np.maximum(at - margin, 0), np.minimum(at + margin, last)
    # In how many blocks before each block there are holes: any in those from low's to high's?
    n_holes = np.concatenate([[0], np.cumsum(samples.holes)])
    near = np.flatnonzero(n_holes[high // BLOCK + 1] > n_holes[low // BLOCK])
    clear = np.ones(len(at), np.bool_)
    reach = np.arange(-margin, margin + 1)
    for first in range(0, len(near), _AT_ONCE):
        some = near[first : first + _AT_ONCE]
        around = np.clip(at[some, None] + reach, 0, last)
        missing = np.logical_and.reduce([np.isnan(row) for row in samples.at(around)])
        clear[some] = ~missing.any(axis=1)
    return clear

"""Class probabilities of a record's segments, from windows that overlap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels import reference
from lppn_np.kernels.reference_picking import gather
from lppn_np.picking.decode import Candidates
from lppn_np.picking.windows import Windows

Array = NDArray[np.floating[Any]]

STACKING = ("avg", "max")


class Stack:
    """Probabilities by class and segment: the largest of the windows that tell of a segment, or their mean.

    A window tells of its segments inside [first, stop), the rest is left to its neighbours. The last window
    ends with the record, so that its segments may lie between the record's; they are shown at the nearest
    place. In a mean they count only where no other window tells.

    Parameters
    ----------
    windows : Windows
    n_samples : int
        Of the record.
    n_classes, stride, neighbours : int
        Of the model.
    weights : ndarray, shape (n_classes,)
        Of the classes in training.
    stacking : {"avg", "max"}
    """

    def __init__(
        self,
        windows: Windows,
        n_samples: int,
        n_classes: int,
        stride: int,
        neighbours: int,
        weights: NDArray[np.float64],
        stacking: str,
    ) -> None:
        self._windows, self._stride, self._neighbours, self._stacking = windows, stride, neighbours, stacking
        self._weights = weights
        self._n_segments = -(-n_samples // stride)
        shape = (n_classes, self._n_segments)
        self._largest = np.full(shape, np.nan)
        self._sum = np.zeros(shape if stacking == "avg" else (n_classes, 0))
        self._count = np.zeros(self._n_segments if stacking == "avg" else 0, np.intp)

    def add(self, logits: Array, offsets: Array, which: NDArray[np.intp]) -> None:
        """Take in the output (B, n_classes, T / S), (B, T / S) of the windows ``which``."""
        probability = self._probabilities(logits, offsets)
        starts, first, stop = self._windows.spans(which)
        begin = starts[:, None] + self._stride * np.arange(logits.shape[2])
        segment = np.rint(starts / self._stride).astype(np.intp)[:, None] + np.arange(logits.shape[2])
        tells = (begin + self._stride > first[:, None]) & (begin < stop[:, None])
        tells &= segment < self._n_segments
        for label in range(probability.shape[1]):
            np.fmax.at(self._largest[label], segment[tells], probability[:, label][tells])
        if self._stacking == "avg":
            tells &= (starts % self._stride == 0)[:, None]
            np.add.at(self._count, segment[tells], 1)
            for label in range(probability.shape[1]):
                np.add.at(self._sum[label], segment[tells], probability[:, label][tells])

    def curves(self) -> Array:
        """Probabilities (n_classes, n_segments); NaN where no window told anything."""
        if self._stacking == "max":
            return self._largest
        return np.where(self._count > 0, self._sum / np.maximum(self._count, 1), self._largest)

    def segments(
        self, found: Candidates, logits: Array, offsets: Array, which: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Segments of the record that the candidates of a batch were seen in.

        With neighbours, or an offset that leaves its segment, the time alone does not tell: the one with the
        candidate's probability does.
        """
        probability = self._probabilities(logits, offsets)
        row = np.searchsorted(which, found.window)
        start = self._windows.starts[found.window]
        reach = np.arange(-self._neighbours - 1, self._neighbours + 2)
        own = ((found.time - start) // self._stride).astype(np.intp)[:, None] + reach
        own = np.clip(own, 0, logits.shape[2] - 1)
        away = np.abs(probability[row[:, None], found.label[:, None], own] - found.probability[:, None])
        own = np.take_along_axis(own, away.argmin(axis=1)[:, None], axis=1)[:, 0]
        return np.asarray(np.rint(start / self._stride).astype(np.intp) + own)

    def weigh(
        self, found: Candidates, segments: NDArray[np.intp], thresholds: NDArray[np.float64]
    ) -> Candidates:
        """Give candidates the mean probability of their segments, and drop those below their thresholds.

        Where no other window tells, the last window's keep their own.
        """
        at = np.minimum(segments, self._n_segments - 1)
        mean = self._sum[found.label, at] / np.maximum(self._count[at], 1)
        weighed = np.where(self._count[at] > 0, mean, found.probability)
        return replace(found, probability=weighed).take(weighed >= thresholds[found.label])

    def _probabilities(self, logits: Array, offsets: Array) -> Array:
        probability = reference.softmax(logits.astype(np.float64))
        if self._neighbours or (self._weights != 1).any():
            own = (probability[:, 1:], offsets, self._neighbours, self._stride)
            arrivals = gather(*own, self._weights[1:])[0]
            nothing = np.maximum(0, 1 - arrivals.sum(axis=1, keepdims=True))
            probability = np.concatenate([nothing, arrivals], axis=1)
        return probability

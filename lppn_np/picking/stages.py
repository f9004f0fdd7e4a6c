"""What stands before and after the network: windows in, candidates out, compiled or by the textbook.

A stage holds the buffers of one thread. It fills them with one batch after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels import reference_picking
from lppn_np.picking.decode import Candidates, find_candidates
from lppn_np.picking.samples import Samples
from lppn_np.picking.windows import Windows

Array = NDArray[np.floating[Any]]

# How far below its bound a logit may lie before a probability is computed: much more than is rounded off.
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Task:
    """One record and what is looked for in it.

    Attributes
    ----------
    samples : Samples
    windows : Windows
        That cover the samples.
    code : ndarray, shape (3, T), float32
        Added to a normalised window.
    common : bool
        Whether one maximum scales all components.
    thresholds : ndarray, shape (n_classes,)
        Least probabilities; the one of class 0 is not used.
    stride : int
        Samples in a segment.
    batch_size : int
        Most windows in a batch.
    neighbours : int
        Segments on either side that count to a segment's own.
    weights : ndarray, shape (n_classes,)
        Of the classes in training.
    """

    samples: Samples
    windows: Windows
    code: NDArray[np.float32]
    common: bool
    thresholds: NDArray[np.float64]
    stride: int
    batch_size: int
    neighbours: int
    weights: NDArray[np.float64]

    def piece(self, which: NDArray[np.intp]) -> tuple[tuple[Array, ...], NDArray[np.int64]]:
        """The rows from the first to the last of consecutive windows, and where each window starts there."""
        starts = self.windows.starts[which]
        stop = min(int(starts[-1]) + self.windows.length, self.samples.n_samples)
        return self.samples.piece(int(starts[0]), stop), starts - starts[0]


class Stage(Protocol):
    """Before and after the network."""

    def prepare(self, which: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
        """Input (B', 3, T) of those of the consecutive windows ``which`` that hold a signal, and those."""

    def decode(self, logits: Array, offsets: Array, which: NDArray[np.intp]) -> Candidates:
        """Candidates of the windows ``which``."""


class TextbookStage:
    """In NumPy; see :class:`Stage`."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def prepare(self, which: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
        """See :class:`Stage`."""
        task = self._task
        rows, starts = task.piece(which)
        x, kept = reference_picking.window_input(rows, starts, task.windows.length, task.code, task.common)
        return x, which[kept]

    def decode(self, logits: Array, offsets: Array, which: NDArray[np.intp]) -> Candidates:
        """See :class:`Stage`."""
        task = self._task
        return find_candidates(
            logits, offsets, task.windows, which, task.thresholds, task.neighbours, task.weights
        )


class CompiledStage:
    """In kernels, which fill buffers that are made once; see :class:`Stage`."""

    def __init__(self, task: Task) -> None:
        from lppn_np.kernels.candidates import candidates
        from lppn_np.kernels.window_input import window_input

        self._task = task
        self._window_input, self._candidates = window_input, candidates
        length, most = task.windows.length, min(task.batch_size, len(task.windows))
        self._x = np.empty((most, 3, length), np.float32)
        self._kept = np.empty(most, np.intp)
        self._code = np.require(task.code, requirements="W")
        self._integer = np.dtype(f"i{task.samples.dtype.itemsize}")
        ends = np.empty(2, task.samples.dtype)
        self._scratch = (ends, ends.view(self._integer), np.empty((2, 3)))
        # A place for every segment and class, so that none can be lost; memory is taken by those in use.
        n_places = most * (len(task.thresholds) - 1) * (length // task.stride)
        self._real, self._whole = np.empty((2, n_places)), np.empty((4, n_places), np.int64)
        sums = reference_picking.weighed(task.thresholds, task.weights)
        share = sums / (2 * task.neighbours + 1)  # of one segment of those that are added
        likely = np.minimum(share, 1 - 1e-12)  # the logit of 1 is infinite, and 1 can be reached
        self._least = np.log(likely / (1 - likely)) - _SLACK

    def prepare(self, which: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
        """See :class:`Stage`; what is returned is overwritten by the next call."""
        rows, starts = self._task.piece(which)
        bits = tuple(row.view(self._integer) for row in rows)
        n_kept = self._window_input(
            self._x, self._kept, self._scratch, rows, bits, starts, self._code, self._task.common
        )
        return self._x[:n_kept], which[self._kept[:n_kept]]

    def decode(self, logits: Array, offsets: Array, which: NDArray[np.intp]) -> Candidates:
        """See :class:`Stage`."""
        n = self._candidates(
            self._real,
            self._whole,
            np.require(logits, np.float32, ["C", "W"]),
            np.require(offsets, np.float32, ["C", "W"]),
            self._task.windows.spans(which),
            self._task.thresholds,
            self._least,
            self._task.stride,
            self._task.neighbours,
            self._task.weights,
        )
        return Candidates.of(self._real[:, :n], self._whole[:, :n], which)


def make_stage(engine: str, task: Task) -> Stage:
    """Return buffers for one thread; ``engine="numpy"`` does without numba."""
    return TextbookStage(task) if engine == "numpy" else CompiledStage(task)

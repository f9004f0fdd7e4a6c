"""Which windows cover a record, and which part of each window its picks may come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels import reference_picking


@dataclass(frozen=True)
class Windows:
    """Windows of one record, in samples after its first.

    Attributes
    ----------
    length : int
        Samples in each.
    starts : ndarray of int64
        First sample of each; the last window ends with the record.
    first, stop : ndarray of int64
        Samples [first, stop) whose picks count; neighbours leave no sample out.
    """

    length: int
    starts: NDArray[np.int64]
    first: NDArray[np.int64]
    stop: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def spans(self, which: NDArray[np.intp]) -> NDArray[np.int64]:
        """``starts``, ``first`` and ``stop`` (3, B) of the windows ``which``."""
        return np.stack([self.starts[which], self.first[which], self.stop[which]])


def plan_windows(n_samples: int, length: int, overlap: int, blinding: int) -> Windows:
    """Cover a record of ``n_samples``; a record shorter than a window gets one, padded at its end."""
    step = length - overlap
    n_steps = max(0, -(-(n_samples - length) // step))
    starts = np.arange(n_steps + 1, dtype=np.int64) * step
    starts[-1] = max(0, min(starts[-1], n_samples - length))
    first = starts + blinding
    first[0] = 0
    stop = starts + length - blinding
    stop[-1] = n_samples
    return Windows(length, starts, first, stop)


def cut_windows(data: NDArray[np.floating[Any]], starts: NDArray[np.int64], length: int) -> NDArray[Any]:
    """Copy the windows at ``starts`` out of ``data`` (3, n): (B, 3, length), NaN beyond the record's end."""
    return reference_picking.cut(tuple(data), starts, length)

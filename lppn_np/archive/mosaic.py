"""A record that is never put together: three rows of pieces, converted to floats a few windows at a time.

A day of three components as it was unpacked (int32) takes 104 MB, put together as float64 207 MB more, whose
pages cost the kernel more time than their samples cost us.
"""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.picking.samples import BLOCK, Array, Samples
from lppn_np.waveforms.merging import Placed, merge_into
from lppn_np.waveforms.resampling import stretches

Intervals = NDArray[np.int64]


class Row(NamedTuple):
    """One component.

    Attributes
    ----------
    starts : list of int
        Where each piece begins, in samples of the record, in order.
    pieces : list of ndarray
        Real numbers of any type; none overlaps the next. NaN is no data.
    covered : ndarray of int64, shape (n, 2)
        Samples [first, stop) with data, in order.
    lost : int
        How many samples were lost because overlapping traces disagree.
    """

    starts: list[int]
    pieces: list[NDArray[Any]]
    covered: Intervals
    lost: int


@dataclass(frozen=True, eq=False)
class Mosaic(Samples):
    """Three rows of pieces, as what surrounds the network reads records.

    Attributes
    ----------
    size : int
        Samples of a component.
    mosaic : tuple of three Row
    """

    size: int = 0
    mosaic: tuple[Row, ...] = ()
    _own: threading.local = field(default_factory=threading.local)

    @staticmethod
    def of(rows: Sequence[Row], size: int, dtype: np.dtype[Any]) -> Mosaic:
        """Rows of a record of so many samples."""
        holes = np.zeros(-(-size // BLOCK), np.bool_)
        for first, stop in _uncovered(np.concatenate([row.covered for row in rows]), size):
            holes[first // BLOCK : (stop - 1) // BLOCK + 1] = True
        return Mosaic((), dtype, False, holes, size, tuple(rows))

    @property
    def n_samples(self) -> int:
        """Samples of a component."""
        return self.size

    def piece(self, first: int, stop: int) -> tuple[Array, ...]:
        """Samples [first, stop) of the three rows as contiguous floats, NaN where there is no data.

        In a buffer of the calling thread, which its next call overwrites: new memory for each batch of
        windows took half of the time (a day: 0.14 -> 0.07 s).
        """
        if getattr(self._own, "buffer", np.empty((3, 0))).shape[1] < stop - first:
            self._own.buffer = np.empty((3, stop - first), self.dtype)
        parts = tuple(part[: stop - first] for part in self._own.buffer)
        for part, row in zip(parts, self.mosaic, strict=True):
            _fill(part, row, first)
        return parts

    def at(self, index: Any) -> tuple[Array, ...]:
        """Copies of the samples at ``index`` (n, m), each row of one place, near the row before."""
        found = np.empty((3, *index.shape), self.dtype)
        jumps = np.flatnonzero(np.abs(np.diff(index[:, 0])) > BLOCK) + 1
        for group in np.split(np.arange(len(index)), jumps):
            near = index[group]
            first = int(near.min())
            for row, part in zip(found, self.piece(first, int(near.max()) + 1), strict=True):
                row[group] = part[near - first]
        return tuple(found)

    def recorded(self, first: int, stop: int) -> int:
        """Samples with data among [first, stop), of the component that has most."""
        inside = (np.clip(row.covered, first, max(first, stop)) for row in self.mosaic)
        return max(int((part[:, 1] - part[:, 0]).sum()) for part in inside)


def make_row(placed: Sequence[Placed], dtype: np.dtype[Any], component: str) -> Row:
    """Lay pieces beside each other; where several overlap, they are merged as elsewhere.

    Parameters
    ----------
    placed : sequence of (int, ndarray)
        Position of the first sample, and the samples.
    dtype : dtype
        float32 or float64, what they will be read as.
    component : str
        For the message.

    Raises
    ------
    InputError
        An infinite sample.
    """
    placed = sorted(placed, key=lambda piece: piece[0])
    ends = [first + len(samples) for first, samples in placed]
    if any(begin < end for end, (begin, _) in zip(ends, placed[1:], strict=False)):
        parts = list(_disjoint(placed, dtype))
    else:
        parts = [(first, samples, 0) for first, samples in placed]
    starts = [first for first, _, _ in parts]
    pieces = [_plain(samples, dtype) for _, samples, _ in parts]
    covered = [_covered(first, piece, component) for first, piece in zip(starts, pieces, strict=True)]
    none = np.empty((0, 2), np.int64)
    return Row(starts, pieces, np.concatenate([none, *covered]), sum(lost for _, _, lost in parts))


def _disjoint(placed: Sequence[Placed], dtype: np.dtype[Any]) -> Iterator[tuple[int, NDArray[Any], int]]:
    """Cut pieces wherever one begins or ends; what several hold is merged, what one holds is a view."""
    cuts = sorted({cut for first, samples in placed for cut in (first, first + len(samples))})
    waiting = iter([*placed, (cuts[-1], np.empty(0))])
    following = next(waiting)
    active: list[Placed] = []
    for low, high in itertools.pairwise(cuts):
        active = [piece for piece in active if piece[0] + len(piece[1]) > low]
        while following[0] <= low:
            active.append(following)
            following = next(waiting)
        under = [samples[low - first : high - first] for first, samples in active]
        if len(under) == 1:
            yield low, under[0], 0
        elif under:
            merged = np.full(high - low, np.nan, dtype)
            lost = merge_into(merged, [(0, samples) for samples in under])
            yield low, merged, lost


def _plain(samples: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if isinstance(samples, np.ma.MaskedArray):
        return np.ma.filled(samples.astype(dtype), np.nan)
    return samples


def _covered(first: int, samples: NDArray[Any], component: str) -> Intervals:
    if samples.dtype.kind != "f" or np.isfinite(samples).all():
        return np.array([[first, first + len(samples)]], np.int64)
    if np.isinf(samples).any():
        raise InputError(
            f"component {component} holds infinity; finite numbers, or NaN for gaps, are expected"
        )
    return first + stretches(~np.isnan(samples)).astype(np.int64)


def _uncovered(covered: Intervals, size: int) -> Intervals:
    """Samples of [0, size) that are in none of the intervals, which may overlap."""
    covered = covered[np.argsort(covered[:, 0], kind="stable")]
    begins = np.concatenate([[0], np.maximum.accumulate(covered[:, 1])])
    ends = np.concatenate([covered[:, 0], [size]])
    gaps = np.stack([begins, ends], axis=1)
    return gaps[gaps[:, 0] < gaps[:, 1]]


def _fill(part: Array, row: Row, first: int) -> None:
    """Copy what a row has from sample ``first`` on, and NaN where it has nothing."""
    done, stop = first, first + len(part)
    for number in range(max(bisect.bisect_right(row.starts, first) - 1, 0), len(row.starts)):
        start, piece = row.starts[number], row.pieces[number]
        a, b = max(start, first), min(start + len(piece), stop)
        if start >= stop:
            break
        if a < b:
            part[done - first : a - first] = np.nan
            part[a - first : b - first] = piece[a - start : b - start]
            done = b
    part[done - first :] = np.nan

"""The samples of a record that are still needed, by the record's own sample numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.samples import BLOCK, Samples

Array = NDArray[np.floating[Any]]

#: What a sample may be: not there yet, there, or there twice with two values (which is no data, for good).
_ABSENT, _RECEIVED, _DISPUTED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Stretch(Samples):
    """Part of a record that is addressed like the whole; nothing but NaN lies outside of it.

    Attributes
    ----------
    base : int
        Sample number of the first one held.
    end : int
        Samples of the record.
    """

    base: int = 0
    end: int = 0

    @property
    def n_samples(self) -> int:
        """Samples of the record."""
        return self.end

    def piece(self, first: int, stop: int) -> tuple[Array, ...]:
        """Samples [first, stop), all of them held."""
        return tuple(row[first - self.base : stop - self.base] for row in self.rows)

    def at(self, index: Any) -> tuple[Array, ...]:
        """Copies of the samples at an array of numbers, NaN outside of the stretch."""
        place = np.asarray(index) - self.base
        held = (place >= 0) & (place < len(self.rows[0]))
        return tuple(
            np.where(held, row[np.where(held, place, 0)], row.dtype.type(np.nan)) for row in self.rows
        )


class Line:
    """The buffer: three rows that grow at one end and are forgotten at the other.

    Parameters
    ----------
    base : int
        Sample number of the first one held.
    beyond : int
        So many samples after the last one can be read, as NaN.

    Attributes
    ----------
    base, top : int
        Samples [base, top) are held.
    """

    def __init__(self, base: int = 0, beyond: int = 0) -> None:
        self.base = self.top = base
        self._beyond = beyond
        self._rows = np.empty((3, 0), np.float32)
        self._flags = np.empty((3, 0), np.uint8)
        self._tops = [base] * 3  # of each row: nothing has been written from here on
        self._fronts = [base] * 3  # of each row: as far as :meth:`front` has seen

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 until anything else has come, then float64: as :func:`lppn_np.pick` has it."""
        return self._rows.dtype

    @property
    def nbytes(self) -> int:
        """Memory of the samples."""
        return self._rows.nbytes + self._flags.nbytes

    def forget(self, before: int) -> None:
        """Hold no samples before that number."""
        if before <= self.base:
            return
        size, kept = self._rows.shape[1], max(0, self.top - before)
        # Moved when half of the room is left behind, so that a sample is moved about once.
        if 2 * (before - self.base) > size or 4 * kept < size > 2**16:
            self._move(before, 2 * kept + 1024)

    def write(self, rows: slice, first: int, values: Array) -> tuple[int, int]:
        """Put samples (n_rows, n) in their place; how many were there, and how many contradict what was.

        What was there stays; NaN is filled. Two values for one sample make it NaN, whatever comes later: so
        the outcome does not depend on the order.
        """
        if values.dtype != np.float32 and self._rows.dtype == np.float32:
            self._rows = self._rows.astype(np.float64)
        stop = first + values.shape[1]
        self._reserve(stop)
        place = slice(first - self.base, stop - self.base)
        flags = self._flags[rows, place]
        if first >= max(self._tops[rows]) or not np.count_nonzero(flags):
            self._rows[rows, place] = values
            flags[:] = _RECEIVED
            outcome = 0, 0
        else:
            outcome = self.holds(rows, first, values), self._mix(self._rows[rows, place], flags, values)
        self.top = max(self.top, stop)
        for row in range(rows.start, rows.stop):
            top = self._tops[row]
            if top <= stop:
                if first <= self._fronts[row] <= stop:
                    self._fronts[row] = stop
                self._tops[row] = stop
        return outcome

    def holds(self, rows: slice, first: int, values: Array) -> int:
        """How many of the samples (n_rows, n) from ``first`` on are held with the same value."""
        skip = max(0, self.base - first)
        values = values[:, skip : self.top - first] if self.top > first else values[:, :0]
        start = first + skip - self.base
        place = slice(start, start + values.shape[1])
        held, there = self._rows[rows, place], self._flags[rows, place] != _ABSENT
        return int((there & ((held == values) | (np.isnan(held) & np.isnan(values)))).sum())

    def front(self, row: int, start: int) -> int:
        """The first sample from ``start`` on that is absent; ``start`` never goes back."""
        front, top = max(start, self._fronts[row]), self._tops[row]
        if front < top and self._flags[row, front - self.base] != _ABSENT:
            absent = self._flags[row, front - self.base : top - self.base] == _ABSENT
            where = int(absent.argmax())
            front = front + where if absent[where] else top
        self._fronts[row] = front
        return front

    def samples(self, end: int) -> Stretch:
        """What is held, for the stages of picking; of a record that has ``end`` samples so far."""
        self._reserve(min(end, self.top + self._beyond))
        rows = self._rows
        holes = np.zeros(-(-max(end, 1) // BLOCK), np.bool_)
        holes[self.base // BLOCK :] = True  # look at the samples themselves
        return Stretch((rows[0], rows[1], rows[2]), self.dtype, True, holes, self.base, end)

    def dump(self) -> dict[str, NDArray[Any]]:
        """Arrays that :meth:`load` takes."""
        used = slice(0, self.top - self.base)
        return {"rows": self._rows[:, used].copy(), "flags": self._flags[:, used].copy()}

    def load(self, base: int, rows: NDArray[Any], flags: NDArray[Any]) -> None:
        """Take back what :meth:`dump` gave."""
        self._rows, self._flags = np.array(rows, order="C"), np.array(flags, order="C")
        self.base, self.top = base, base + rows.shape[1]
        self._tops, self._fronts = [self.top] * 3, [base] * 3

    @staticmethod
    def _mix(held: Array, flags: NDArray[np.uint8], values: Array) -> int:
        """Write where something may be, and return how many contradict it."""
        values = values.astype(held.dtype, copy=False)
        open_ = flags != _DISPUTED
        differ = (held != values) & ~np.isnan(held) & ~np.isnan(values) & open_
        np.copyto(held, values, where=np.isnan(held) & open_)
        flags[flags == _ABSENT] = _RECEIVED
        held[differ] = np.nan
        flags[differ] = _DISPUTED
        return int(differ.sum())

    def _reserve(self, stop: int) -> None:
        """Have room up to ``stop``."""
        if stop - self.base > self._rows.shape[1]:
            self._move(self.base, 5 * (stop - self.base) // 4 + 1024)

    def _move(self, base: int, size: int) -> None:
        """Let ``base`` be the first sample held, with room for ``size``."""
        kept = max(0, self.top - base)
        rows, flags = np.full((3, size), np.nan, self.dtype), np.zeros((3, size), np.uint8)
        start = base - self.base
        rows[:, :kept] = self._rows[:, start : start + kept]
        flags[:, :kept] = self._flags[:, start : start + kept]
        self._rows, self._flags, self.base, self.top = rows, flags, base, base + kept

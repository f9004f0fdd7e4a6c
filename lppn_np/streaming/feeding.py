"""Chunks to their places: which sample of the record is which, and how much of it is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.decode import Candidates
from lppn_np.picks import Pick
from lppn_np.streaming.chunk import Chunk
from lppn_np.streaming.clocks import Clocks
from lppn_np.streaming.counts import Counts
from lppn_np.streaming.decider import Decider

Array = NDArray[np.floating[Any]]
Tell = Callable[[Candidates, "Feeder"], list[Pick]]
Piece = tuple[slice, int, Array]  # rows, number of the first sample, values (n_rows, n)

#: A chunk follows the one before it where it begins so close to its end, in samples. Half a sample would do
#: but for traces that lie half a sample off the others: rounding would put their packets now here, now there.
_FOLLOWS = 0.75
#: Samples that are put in place together: what comes at once is worked on piece by piece.
_AT_ONCE = 2**14
#: Samples that may be settled before it is looked which ones can be forgotten.
_UNTIDY = 512


class Feeder:
    """Puts the chunks of one record in place.

    Parameters
    ----------
    decider : Decider
    first : Chunk
        Its time is the record's.
    lead : int
        Samples of gap that the record begins with.
    wait : int
        Samples that a missing piece is waited for, counted by what has come of the others.
    rows : tuple of int
        Components that are waited for.
    counts : Counts
    tell : callable
        Makes picks of what has been decided, while the samples around are there.

    Attributes
    ----------
    newest : int
        Samples of the record, as far as is known.
    """

    def __init__(
        self,
        decider: Decider,
        first: Chunk,
        lead: int,
        wait: int,
        rows: tuple[int, ...],
        counts: Counts,
        tell: Tell,
    ) -> None:
        self.decider, self.lead, self.wait, self.rows = decider, lead, wait, rows
        self.origin, self.rate, self.counts, self._tell = first.time, first.rate, counts, tell
        self.newest = 0
        self.ends: list[int | None] = [None] * 3
        self.clocks = Clocks()
        self._tidied = 0
        if lead:
            decider.line.write(slice(0, 3), 0, np.full((3, lead), np.nan, np.float32))

    @property
    def is_in_step(self) -> bool:
        """Whether all that has come is settled, and goes on at one place."""
        return self.decider.settled == self.newest and self.ends == [self.newest] * 3

    def take(self, chunks: list[Chunk]) -> list[Pick]:
        """Put chunks in place, in order of time, and return the picks that have been decided by that."""
        pieces = [(chunk.rows, self._place(chunk), chunk.values) for chunk in chunks]
        picks: list[Pick] = []
        while pieces:
            start = min(first for _, first, _ in pieces)
            # A gap is settled before anything behind it is held: it may be years long.
            self.newest = max(self.newest, start)
            picks += self._settle(start - self.wait)
            pieces = self._write(pieces, start + _AT_ONCE)
            picks += self._settle(self._known())
        return picks

    def advance(self, ns: int) -> list[Pick]:
        """It is that late: what should have come is not waited for."""
        self.newest = max(self.newest, math.floor(self.index(ns)))
        known = self._known()
        return self._settle(known if self.decider.early else min(known, self.decider.line.top))

    def finish(self, trail: int = 0) -> list[Pick]:
        """End the record with what has come, and ``trail`` samples of gap."""
        n_samples = max(self.decider.line.top + trail, self.decider.settled)
        self.newest = max(self.newest, n_samples)
        return self._tell(self.decider.finish(n_samples), self)

    def index(self, ns: int) -> float:
        """Where a time lies, in samples; from whole nanoseconds, so years do not matter."""
        return self.lead + float((ns - self.origin.ns) * self.rate / 1e9)

    def _place(self, chunk: Chunk) -> int:
        exact, rows = self.index(chunk.time.ns), chunk.rows
        end = self.ends[rows.start]  # rows that come together end together
        follows = end is not None and abs(exact - end) < _FOLLOWS
        first = end if end is not None and follows else math.floor(exact + 0.5)
        stop = first + chunk.values.shape[1]
        for row in range(rows.start, rows.stop):
            self.ends[row] = stop if end is None else max(stop, end)
        if (
            chunk.channel and stop > self.decider.used
        ):  # the times of an array's samples follow from its first
            seconds = (chunk.time.ns - self.origin.ns) / 1e9
            self.clocks.add(rows.start, first, stop, seconds, 1 / chunk.rate)
        return first

    def _write(self, pieces: list[Piece], stop: int) -> list[Piece]:
        """Write all samples before ``stop`` and return the rest."""
        rest: list[Piece] = []
        for rows, first, values in pieces:
            n_here = min(max(0, stop - first), values.shape[1])
            if n_here:
                self._write_one(rows, first, values[:, :n_here])
            if n_here < values.shape[1]:
                rest.append((rows, first + n_here, values[:, n_here:]))
        return rest

    def _write_one(self, rows: slice, first: int, values: Array) -> None:
        line, used, counts = self.decider.line, max(self.decider.used, self.lead), self.counts
        counts.received += values.size
        if first < used:
            late = values[:, : used - first]
            held = line.holds(rows, first, late)
            counts.repeated += held
            counts.late += late.size - held
            first, values = first + late.shape[1], values[:, late.shape[1] :]
        if values.shape[1]:
            repeated, disputed = line.write(rows, first, values)
            counts.repeated += repeated
            counts.disputed += disputed
            self.newest = max(self.newest, first + values.shape[1])

    def _known(self) -> int:
        line, settled = self.decider.line, self.decider.settled
        complete = min([line.front(row, settled) for row in self.rows])
        return max(complete, self.newest - self.wait)

    def _settle(self, n_samples: int) -> list[Pick]:
        if n_samples <= self.decider.settled:
            return []
        found = self.decider.settle(n_samples)
        picks = self._tell(found, self) if len(found) else []
        if n_samples >= self._tidied + _UNTIDY:
            self._tidied = n_samples
            self.decider.forget()
            self.clocks.forget(self.decider.line.base)
        return picks

"""Picks of a day in nanoseconds after 1970, and how samples become these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.archive.grid import Grid
from lppn_np.picking.decode import Candidates

if TYPE_CHECKING:
    from obspy import Trace

Times = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DayPicks:
    """Picks of a day, or of several.

    Attributes
    ----------
    phase : ndarray of str
    peak, start, end : ndarray of int64
        Nanoseconds after 1970.
    probability : ndarray of float
    seconds : float
        Data of the day itself, the longest component.
    notes : tuple of str
    """

    phase: NDArray[np.str_]
    peak: Times
    start: Times
    end: Times
    probability: NDArray[np.floating[Any]]
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @staticmethod
    def join(parts: Sequence[DayPicks]) -> DayPicks:
        """All picks, in order of time and phase."""
        none = np.empty(0, np.int64)
        start = DayPicks(np.empty(0, "U2"), none, none, none, np.empty(0, np.float32))
        names = ("phase", "peak", "start", "end", "probability")
        columns = [np.concatenate([getattr(part, name) for part in (start, *parts)]) for name in names]
        order = np.lexsort((columns[0], columns[1]))
        phase, *times, probability = (column[order] for column in columns)
        return DayPicks(phase, times[0], times[1], times[2], probability)


@dataclass(frozen=True, eq=False)
class Clock:
    """Samples of a piece of the grid to nanoseconds.

    Attributes
    ----------
    grid : Grid
    start : int
        Sample of the grid that the piece begins at.
    begins, shifts : ndarray of int64
        Where traces begin (sample of the grid) and how far off it their samples are (ns), in order.
    """

    grid: Grid
    start: int
    begins: Times
    shifts: Times

    @staticmethod
    def of(grid: Grid, start: int, traces: Sequence[Trace]) -> Clock:
        """The clock of the traces that a piece is made of."""
        starts = [(trace.stats.starttime.ns, str(trace.stats.channel)) for trace in traces]
        rows = sorted(
            (grid.index(ns), channel, ns - grid.nanoseconds(grid.index(ns))) for ns, channel in starts
        )
        begins, shifts = (np.array([row[i] for row in rows], np.int64) for i in (0, 2))
        return Clock(grid, start, begins, shifts)

    def times(self, found: Candidates) -> tuple[Times, Times, Times]:
        """Peak, begin and end of candidates, the sub-sample start of the trace under each pick kept."""
        under = self.start + np.floor(found.time).astype(np.int64)
        at = np.searchsorted(self.begins, under, "right") - 1
        origin = self.grid.nanoseconds(self.start) + self.shifts[np.maximum(at, 0)]
        period = 1e9 / float(self.grid.rate)
        peak, begin, end = (
            origin + np.rint(values * period).astype(np.int64)
            for values in (found.time, found.begin, found.end)
        )
        return peak, begin, end

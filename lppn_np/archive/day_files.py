"""The files of a shard, three days at a time."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from lppn_np.archive.cutting import cut_trace
from lppn_np.archive.fetching import Fetched, fetch
from lppn_np.archive.grid import Grid
from lppn_np.archive.planning import ONE_DAY
from lppn_np.archive.shard import Shard
from lppn_np.archive.sources import open_source
from lppn_np.archive.station_day import Bounds

if TYPE_CHECKING:
    from obspy import Trace


class DayFiles:
    """Each file is read once, and let go when its neighbours are done.

    Parameters
    ----------
    shard : Shard
    grid : Grid
    """

    def __init__(self, shard: Shard, grid: Grid) -> None:
        self._shard, self._grid = shard, grid
        self._source = open_source(shard.job.source, shard.job.anonymous)
        self._fetched: dict[datetime.date, list[Fetched]] = {}

    def around(self, day: datetime.date) -> tuple[list[Trace], Bounds]:
        """Traces of a day and of those before and after, and which of these there are."""
        neighbours = day - ONE_DAY, day, day + ONE_DAY
        for past in [known for known in self._fetched if known < day]:
            self._shorten(past, day)
        for near in neighbours:
            if near not in self._fetched:
                self._fetched[near] = self._fetch(near, day)
        traces = [trace for near in neighbours for file in self._fetched[near] for trace in file.traces]
        return traces, Bounds(day, not self._fetched[neighbours[0]], not self._fetched[neighbours[2]])

    def all(self) -> list[Fetched]:
        """Every file of the shard."""
        return [file for day in sorted(self._fetched) for file in self._fetched[day]]

    def _fetch(self, near: datetime.date, day: datetime.date) -> list[Fetched]:
        """A day's files; of one that is not picked here only what ``day`` is picked from."""
        wanted = None if near in self._shard.days else self._grid.piece(day)
        files = [
            fetch(self._source, self._shard, file, self._grid, wanted) for file in self._shard.files_of(near)
        ]
        if wanted is not None:
            self._cut(files, wanted)
        return files

    def _shorten(self, past: datetime.date, day: datetime.date) -> None:
        """Keep of a past day's traces what another day is picked from."""
        self._cut(self._fetched[past], self._grid.piece(day))

    def _cut(self, files: list[Fetched], piece: tuple[int, int]) -> None:
        """Copies, so that the rest is freed."""
        for file in files:
            cuts = [cut_trace(self._grid, trace, *piece) for trace in file.traces]
            file.traces = [cut.copy() for cut in cuts if cut is not None]

"""One station-day: the traces of its files and its neighbours' ends, to the picks of this day alone."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.archive.grid import Grid
from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.optional import require
from lppn_np.picking.check import check_sampling_rate
from lppn_np.picking.decode import Candidates
from lppn_np.picking.pipeline import Settings, find_arrivals
from lppn_np.picking.samples import survey
from lppn_np.waveforms import Record, records_from_stream

if TYPE_CHECKING:
    from obspy import Trace

Times = NDArray[np.int64]
_ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Bounds:
    """Which picks belong to a day.

    Attributes
    ----------
    day : datetime.date
    open_start, open_end : bool
        There is no file for the day before, or after: what the traces hold beyond midnight is this day's,
        because nobody else would pick it.
    """

    day: datetime.date
    open_start: bool
    open_end: bool


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


def pick_day(model: LPPN, settings: Settings, traces: Iterable[Trace], bounds: Bounds) -> DayPicks:
    """Pick one day of one instrument.

    Parameters
    ----------
    model : LPPN
    settings : Settings
        Resolved.
    traces : iterable of obspy Trace
        Of the day's files and of the files before and after; only read.
    bounds : Bounds

    Returns
    -------
    DayPicks
        Picks from midnight to midnight, in order of time.

    Raises
    ------
    InputError
        The traces do not make a record: no data, a sampling rate that is not the model's, infinite samples.
    """
    grid = Grid.of(model.sampling_rate, model.in_samples, settings.overlap or 0)
    piece = grid.piece(bounds.day)
    cuts = [cut for trace in traces if (cut := cut_trace(grid, trace, *piece)) is not None]
    if not cuts:
        raise InputError(f"no data of {bounds.day} in its files")
    islands = _islands(grid, cuts)
    parts = []
    for number, island in enumerate(islands):
        ends = number == 0 and bounds.open_start, number == len(islands) - 1 and bounds.open_end
        parts.append(_pick_island(model, settings, grid, island, bounds, ends))
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return replace(DayPicks.join(parts), seconds=sum(part.seconds for part in parts), notes=notes)


def _islands(grid: Grid, cuts: list[Trace]) -> list[list[Trace]]:
    """Traces in groups with more than a window of nothing between them: no window sees two of them.

    A day of a few events costs what these cost, in time and in memory.
    """
    islands: list[list[Trace]] = []
    end = -math.inf
    for cut in sorted(cuts, key=lambda cut: (cut.stats.starttime.ns, str(cut.stats.channel))):
        start = grid.index(cut.stats.starttime.ns)
        if start - end > grid.length:
            islands.append([])
        islands[-1].append(cut)
        end = max(end, start + len(cut.data))
    return islands


def _pick_island(
    model: LPPN,
    settings: Settings,
    grid: Grid,
    cuts: list[Trace],
    bounds: Bounds,
    ends: tuple[bool, bool],
) -> DayPicks:
    """The picks of some traces that belong to the day, from windows on the grid.

    ``ends`` says whether the station's record begins and ends here. Then it simply does, as in
    ``lppn_np.pick``, but not where another day's piece sees that too: there, as at gaps, windows go on until
    one is empty.
    """
    record = _record(model, cuts)
    low, high = grid.midnight(bounds.day), grid.midnight(bounds.day + _ONE_DAY)
    first = grid.index(record.starttime.ns)
    last = first + record.data.shape[1]
    begins = ends[0] and first < grid.piece(bounds.day + _ONE_DAY)[0]
    stops = ends[1] and last > grid.piece(bounds.day - _ONE_DAY)[1]
    start = grid.floor(first) if begins else grid.floor(first - grid.length)
    stop = last if stops else grid.floor(last + grid.step) + grid.length
    data = _padded(record.data, first - start, stop - start)
    found = find_arrivals(model, survey(data), settings)
    least = -math.inf if bounds.open_start else low - start
    most = math.inf if bounds.open_end else high - start
    own = found.take((found.time >= least) & (found.time < most))
    span = slice(max(0, low - start), max(0, high - start))
    recorded = max(np.count_nonzero(~np.isnan(row[span])) for row in data) / model.sampling_rate
    return _timed(model, grid, own, start, _offsets(grid, cuts), float(recorded), record.notes)


def cut_trace(grid: Grid, trace: Trace, first: int, stop: int) -> Trace | None:
    """The part of a trace on samples [first, stop) of the grid, a view; None if there is none."""
    start = grid.index(trace.stats.starttime.ns)
    a, b = max(0, first - start), min(len(trace.data), stop - start)
    if a >= b:
        return None
    if (a, b) == (0, len(trace.data)):
        return trace
    obspy = require("obspy", "waveforms")
    header = {name: trace.stats[name] for name in ("network", "station", "location", "channel")}
    # By the trace's own rate: over a day it may be some samples off the grid's.
    later = round(a * 1e9 / trace.stats.sampling_rate)
    header |= {
        "sampling_rate": trace.stats.sampling_rate,
        "starttime": obspy.UTCDateTime(ns=trace.stats.starttime.ns + later),
    }
    return obspy.Trace(trace.data[a:b], header=header)


def _record(model: LPPN, cuts: list[Trace]) -> Record:
    """All traces as one record whose samples stand on the grid."""
    obspy = require("obspy", "waveforms")
    grid = Grid.of(model.sampling_rate, model.in_samples, 0)
    snapped = []
    for cut in cuts:
        check_sampling_rate(cut.stats.sampling_rate, model.sampling_rate)
        on_grid = obspy.Trace(cut.data, header=cut.stats)
        on_grid.stats.starttime = obspy.UTCDateTime(ns=grid.nanoseconds(grid.index(cut.stats.starttime.ns)))
        snapped.append(on_grid)
    (record,) = records_from_stream(obspy.Stream(snapped), model.component_order)
    return record


def _padded(data: NDArray[Any], before: int, size: int) -> NDArray[Any]:
    """The data with NaN around it; itself, where nothing is missing."""
    if before == 0 and data.shape[1] == size:
        return data
    padded = np.full((3, size), np.nan, data.dtype)
    padded[:, before : before + data.shape[1]] = data
    return padded


def _offsets(grid: Grid, cuts: list[Trace]) -> tuple[Times, Times]:
    """Where traces begin (sample of the grid) and how far off it their samples are (ns), in order."""
    starts = [(cut.stats.starttime.ns, str(cut.stats.channel)) for cut in cuts]
    rows = sorted((grid.index(ns), channel, ns - grid.nanoseconds(grid.index(ns))) for ns, channel in starts)
    return np.array([row[0] for row in rows], np.int64), np.array([row[2] for row in rows], np.int64)


def _timed(
    model: LPPN,
    grid: Grid,
    found: Candidates,
    start: int,
    offsets: tuple[Times, Times],
    seconds: float,
    notes: tuple[str, ...],
) -> DayPicks:
    """Samples of the piece to nanoseconds, the sub-sample start of the trace under each pick kept."""
    begins, shifts = offsets
    at = np.searchsorted(begins, start + np.floor(found.time).astype(np.int64), "right") - 1
    origin = grid.nanoseconds(start) + shifts[np.maximum(at, 0)]
    period = 1e9 / float(grid.rate)
    peak, begin, end = (
        origin + np.rint(values * period).astype(np.int64) for values in (found.time, found.begin, found.end)
    )
    labels = np.array(model.labels)
    return DayPicks(labels[found.label], peak, begin, end, found.probability, seconds, notes)

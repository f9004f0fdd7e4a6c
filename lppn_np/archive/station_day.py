"""One station-day: the traces of its files and its neighbours' ends, to the picks of this day alone."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lppn_np.archive.cutting import cut_trace, islands
from lppn_np.archive.day_picks import Clock, DayPicks
from lppn_np.archive.grid import Grid
from lppn_np.archive.mosaic import Mosaic, make_row
from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.optional import require
from lppn_np.picking.check import check_sampling_rate
from lppn_np.picking.pipeline import Settings, find_arrivals
from lppn_np.waveforms.records import (
    missing_components,
    offset_notes,
    place_segments,
    record_dtype,
    usable_groups,
)
from lppn_np.waveforms.segments import Segment

if TYPE_CHECKING:
    from obspy import Trace

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
    groups = islands(grid, cuts)
    parts = []
    for number, group in enumerate(groups):
        ends = number == 0 and bounds.open_start, number == len(groups) - 1 and bounds.open_end
        parts.append(_pick_island(model, settings, grid, group, bounds, ends))
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return replace(DayPicks.join(parts), seconds=sum(part.seconds for part in parts), notes=notes)


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
    segments, remarks = _on_grid(model, grid, cuts)
    origin, firsts = place_segments(segments)
    low, high = grid.midnight(bounds.day), grid.midnight(bounds.day + _ONE_DAY)
    first = grid.index(origin.start.ns)
    last = first + max(i + len(s.samples) for i, s in zip(firsts, segments, strict=True))
    begins = ends[0] and first < grid.piece(bounds.day + _ONE_DAY)[0]
    stops = ends[1] and last > grid.piece(bounds.day - _ONE_DAY)[1]
    start = grid.floor(first) if begins else grid.floor(first - grid.length)
    stop = last if stops else grid.floor(last + grid.step) + grid.length
    samples = _mosaic(model, segments, [first - start + i for i in firsts], stop - start)
    found = find_arrivals(model, samples, settings)
    least = -math.inf if bounds.open_start else low - start
    most = math.inf if bounds.open_end else high - start
    own = found.take((found.time >= least) & (found.time < most))
    return DayPicks(
        np.array(model.labels)[own.label],
        *Clock.of(grid, start, cuts).times(own),
        own.probability,
        samples.recorded(max(0, low - start), max(0, high - start)) / model.sampling_rate,
        (*_notes(model, segments, samples), *offset_notes(segments, firsts, origin), *remarks),
    )


def _on_grid(model: LPPN, grid: Grid, cuts: list[Trace]) -> tuple[list[Segment], list[str]]:
    """Traces of one instrument as segments that begin on the grid; remarks on those that are not used."""
    utc = require("obspy", "waveforms").UTCDateTime
    for cut in cuts:
        check_sampling_rate(cut.stats.sampling_rate, model.sampling_rate)
    groups = usable_groups(cuts, flexible_horizontal_components=True)
    ((key, segments),) = groups.segments.items()
    snapped = [
        segment._replace(start=utc(ns=grid.nanoseconds(grid.index(segment.start.ns)))) for segment in segments
    ]
    return snapped, groups.remarks[key[0]]


def _mosaic(model: LPPN, segments: list[Segment], firsts: list[int], size: int) -> Mosaic:
    dtype = record_dtype(segments)
    rows = []
    for component in model.component_order:
        own = [(i, s.samples) for i, s in zip(firsts, segments, strict=True) if s.component == component]
        rows.append(make_row(own, dtype, component))
    return Mosaic.of(rows, size, dtype)


def _notes(model: LPPN, segments: list[Segment], samples: Mosaic) -> list[str]:
    notes = [f"no component {component}" for component in missing_components(segments, model.component_order)]
    notes += [
        f"component {component}: overlapping traces disagree, samples left out: {row.lost}"
        for component, row in zip(model.component_order, samples.mosaic, strict=True)
        if row.lost
    ]
    return notes

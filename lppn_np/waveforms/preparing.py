"""A Stream to what the network is given: records at its sampling rate, one instrument a station."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.waveforms.instruments import choose_instrument
from lppn_np.waveforms.merging import merge_into
from lppn_np.waveforms.records import (
    MAX_SAMPLES,
    Record,
    check_component_order,
    merge_segments,
    missing_components,
    usable_groups,
)
from lppn_np.waveforms.resampling import RATE_TOLERANCE, make_resampler, resample_row
from lppn_np.waveforms.segments import Segment
from lppn_np.waveforms.timeline import Timeline

if TYPE_CHECKING:
    from obspy import Stream, Trace

#: Seconds. Data with more than this of nothing between them become records of their own: two events of a
#: month do not take a month's memory, and a trace with a wrong clock does no harm.
ISLAND_GAP = 600.0


@dataclass(frozen=True)
class Preparation:
    """How a Stream is made into records.

    Attributes
    ----------
    sampling_rate : float
        In Hz, of the records.
    component_order : str
        The order of the rows.
    strict : bool
        Leave out stations that lack a component.
    flexible_horizontal_components : bool
        Take component 1 for N and 2 for E where there is no N or E.
    zerophase_resample : bool
        Or else with a causal filter.
    margin : int
        Samples of NaN where a record begins or ends at a long gap, which keep picks from it.
    """

    sampling_rate: float
    component_order: str = "ENZ"
    strict: bool = False
    flexible_horizontal_components: bool = True
    zerophase_resample: bool = True
    margin: int = 50


@dataclass(frozen=True, eq=False)
class Station:
    """What became of the traces of one NET.STA.LOC.

    Attributes
    ----------
    trace_id : str
    instrument : str or None
        The one that is picked.
    records : list of Record
        At the sampling rate asked for, in order of time, more than ``ISLAND_GAP`` apart.
    dropped : list of str
        Traces and instruments that were not used, and why.
    resampled : list of str
        Channels and their rates.
    missing : tuple of str
        Components of the instrument without a trace.
    """

    trace_id: str
    instrument: str | None
    records: list[Record]
    dropped: list[str]
    resampled: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()


def stations_from_stream(stream: Stream | Trace, how: Preparation) -> list[Station]:
    """
    Merge, choose and resample the traces of a Stream, which is only read.

    Parameters
    ----------
    stream : obspy Stream
        Traces in any order and number.
    how : Preparation

    Returns
    -------
    list of Station
        Sorted by ``trace_id``; those without a usable instrument have no records.

    Raises
    ------
    InputError
        The stream is empty or has no usable trace (with ``strict``: no error, no records), a trace has no
        channel code, there is an infinite sample where rates are changed, or a record would not fit the
        memory.
    """
    check_component_order(how.component_order)
    groups = usable_groups(stream, how.flexible_horizontal_components)
    instruments: dict[str, dict[str, list[Segment]]] = defaultdict(dict)
    for (trace_id, code), segments in groups.segments.items():
        instruments[trace_id][code] = segments
    names = sorted({*instruments, *groups.remarks})
    stations = [
        _station(name, instruments.get(name, {}), groups.remarks.get(name, []), how) for name in names
    ]
    if not (how.strict or any(station.records for station in stations)):
        reasons = [f"{station.trace_id}{reason}" for station in stations for reason in station.dropped]
        raise InputError("the stream has nothing that can be picked: " + "; ".join(reasons))
    return stations


def _station(
    trace_id: str, instruments: dict[str, list[Segment]], remarks: list[str], how: Preparation
) -> Station:
    chosen, dropped = choose_instrument(instruments, how.component_order, how.strict)
    dropped = [*remarks, *dropped]
    if chosen is None:
        return Station(trace_id, None, [], dropped)
    segments = instruments[chosen]
    islands = _islands(segments)
    records = [_record((trace_id, chosen), island, how) for island in islands]
    if len(records) > 1:
        last = len(records) - 1
        records = [_padded(r, how.margin * (i > 0), how.margin * (i < last)) for i, r in enumerate(records)]
    missing = missing_components(segments, how.component_order)
    return Station(trace_id, chosen, records, dropped, _resampled(segments, how), missing)


def _islands(segments: list[Segment]) -> list[list[Segment]]:
    """Segments in groups with a long gap between them, in order of time."""
    islands: list[list[Segment]] = []
    end = 0.0
    for segment in sorted(segments, key=lambda s: (s.start.ns, s.channel, s.sampling_rate)):
        if not islands or segment.start.ns - end > ISLAND_GAP * 1e9:
            islands.append([])
            end = segment.start.ns
        islands[-1].append(segment)
        end = max(end, segment.start.ns + segment.samples.size / segment.sampling_rate * 1e9)
    return islands


def _record(key: tuple[str, str], segments: list[Segment], how: Preparation) -> Record:
    parts = [_at_rate(merge_segments(key, same, how.component_order), how) for same in _by_rate(segments)]
    return parts[0] if len(parts) == 1 else _join(parts, how.sampling_rate)


def _by_rate(segments: list[Segment]) -> list[list[Segment]]:
    """Segments in groups of one sampling rate, or nearly."""
    groups: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: s.sampling_rate):
        if not groups or not _is_rate(segment.sampling_rate, groups[-1][0].sampling_rate):
            groups.append([])
        groups[-1].append(segment)
    return groups


def _is_rate(rate: float, expected: float) -> bool:
    # Half, so that two of a group are within the tolerance whichever of them the other is compared with.
    return abs(rate - expected) <= RATE_TOLERANCE * expected / 2


def _at_rate(record: Record, how: Preparation) -> Record:
    if _is_model_rate(record.sampling_rate, how):
        return record
    for row, component in zip(record.data, how.component_order, strict=True):
        if np.isinf(row).any():
            raise InputError(
                f"{record.trace_id}{record.instrument}: component {component} holds infinity; "
                "finite numbers, or NaN for gaps, are expected"
            )
    resampler = make_resampler(record.sampling_rate, how.sampling_rate, how.zerophase_resample)
    if resampler.length(record.data.shape[1]) > MAX_SAMPLES:
        raise InputError(f"{record.trace_id}{record.instrument}: too long a record, give shorter pieces")
    return replace(
        record,
        sampling_rate=how.sampling_rate,
        data=np.array([resample_row(row, resampler) for row in record.data]),
        timelines=tuple(timeline.resampled(float(resampler.ratio)) for timeline in record.timelines),
    )


def _is_model_rate(rate: float, how: Preparation) -> bool:
    return abs(rate - how.sampling_rate) <= RATE_TOLERANCE * how.sampling_rate


def _join(parts: list[Record], rate: float) -> Record:
    """One record of several that are now at one rate: a component had another rate, or it was changed."""
    origin = min(parts, key=lambda part: part.starttime.ns)
    later = [(part.starttime.ns - origin.starttime.ns) / 1e9 for part in parts]
    firsts = [round(seconds * rate) for seconds in later]
    n_samples = max(first + part.data.shape[1] for first, part in zip(firsts, parts, strict=True))
    data = np.full((3, n_samples), np.nan, np.result_type(*(part.data for part in parts)))
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    for number, row in enumerate(data):
        lost = merge_into(row, [(i, part.data[number]) for i, part in zip(firsts, parts, strict=True)])
        if lost:
            notes.append(f"traces of different rates overlap, samples left out: {lost}")
    moved = [
        [timeline.moved(first, seconds) for timeline in part.timelines]
        for part, first, seconds in zip(parts, firsts, later, strict=True)
    ]
    timelines = tuple(Timeline.join(column) for column in zip(*moved, strict=True))
    return replace(origin, data=data, notes=tuple(notes), timelines=timelines)


def _padded(record: Record, before: int, after: int) -> Record:
    data: NDArray[np.floating[Any]] = np.pad(record.data, ((0, 0), (before, after)), constant_values=np.nan)
    return replace(record, data=data, timelines=tuple(t.moved(before, 0.0) for t in record.timelines))


def _resampled(segments: list[Segment], how: Preparation) -> list[str]:
    phase = "zero-phase" if how.zerophase_resample else "causal"
    found = {
        f"{s.channel}: {s.sampling_rate:g} Hz to {how.sampling_rate:g} Hz, {phase}"
        for s in segments
        if not _is_model_rate(s.sampling_rate, how)
    }
    return sorted(found)

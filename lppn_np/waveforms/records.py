"""obspy Streams to aligned three-component arrays, without interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lppn_np.errors import InputError
from lppn_np.waveforms.merging import merge_into
from lppn_np.waveforms.resampling import RATE_TOLERANCE
from lppn_np.waveforms.segments import ORIENTED, Groups, Segment, group_segments
from lppn_np.waveforms.timeline import Timeline

if TYPE_CHECKING:
    from obspy import Stream, Trace, UTCDateTime

# A sample that lies further than this from its place in the record is worth a remark.
OFFSET_TOLERANCE = 1e-3
# 31 days at 100 Hz, 6 GB: beyond it a clock has most likely been wrong, and the array would not fit.
MAX_SAMPLES = 2**28


@dataclass(frozen=True, eq=False)
class Record:
    """
    What one instrument of one station recorded, on one time grid.

    Attributes
    ----------
    trace_id : str
        ``NET.STA.LOC``, the trailing dot kept where there is no location code.
    instrument : str
        Band and instrument code, such as ``"HH"``.
    starttime : UTCDateTime
        Time of sample 0.
    sampling_rate : float
        In Hz.
    data : np.ndarray, shape (3, n_samples)
        One row a component in the order asked for, NaN where there is no data. float32 if all the
        traces are, else float64.
    missing : tuple of str
        The components that had no trace, rows of NaN.
    notes : tuple of str
        What a reader of the result should know about the input.
    timelines : tuple of Timeline
        When the samples of each row were taken.
    """

    trace_id: str
    instrument: str
    starttime: UTCDateTime
    sampling_rate: float
    data: np.ndarray[Any, np.dtype[np.floating[Any]]]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    timelines: tuple[Timeline, ...] = ()


def records_from_stream(
    stream: Stream | Trace,
    component_order: str = "ENZ",
    strict: bool = False,
    flexible_horizontal_components: bool = True,
) -> list[Record]:
    """
    Merge the traces of a Stream into one record for each instrument of each station.

    Nothing is interpolated, resampled or guessed: gaps, masked samples and samples on which overlapping
    traces disagree are NaN, and every sample goes to the nearest point of the time grid of the
    instrument's earliest trace. The Stream is only read.

    Parameters
    ----------
    stream : obspy Stream
        Traces in any order and number; a single Trace or a list of Traces will do.
    component_order : str
        The order of the rows: E, N and Z in any order.
    strict : bool
        Leave out the instruments that lack a component.
    flexible_horizontal_components : bool
        Take component 1 for N and 2 for E where there is no N or E.

    Returns
    -------
    list of Record
        Sorted by ``trace_id`` and ``instrument``; empty only if `strict` left nothing.

    Raises
    ------
    InputError
        The stream is empty or has no usable component, a trace has no channel code, or the sampling
        rates of one instrument differ.
    """
    check_component_order(component_order)
    groups = usable_groups(stream, flexible_horizontal_components)
    records = []
    for key, segments in sorted(groups.segments.items()):
        missing = missing_components(segments, component_order)
        if not (strict and missing):
            records.append(merge_segments(key, segments, component_order, groups.remarks[key[0]]))
    return records


def check_component_order(component_order: str) -> None:
    """Refuse what is not E, N and Z in some order."""
    if sorted(component_order) != sorted(ORIENTED):
        raise InputError(f"component_order is {component_order!r}, expected E, N and Z in any order")


def usable_groups(stream: Stream | Trace, flexible_horizontal_components: bool) -> Groups:
    """As :func:`group_segments`; refuses a Stream with nothing in it that could be picked."""
    groups = group_segments(stream, flexible_horizontal_components)
    if not groups.segments:
        remarks = sorted(remark for remarks in groups.remarks.values() for remark in remarks)
        raise InputError("the stream has no usable trace: " + "; ".join(remarks))
    return groups


def missing_components(segments: list[Segment], component_order: str) -> tuple[str, ...]:
    """Return the components that have no segment."""
    present = {segment.component for segment in segments}
    return tuple(component for component in component_order if component not in present)


def merge_segments(
    key: tuple[str, str], segments: list[Segment], component_order: str, remarks: Sequence[str] = ()
) -> Record:
    """
    Merge the segments of one instrument, all at one sampling rate.

    Parameters
    ----------
    key
        NET.STA.LOC and instrument.
    segments
        Of one sampling rate, or nearly.
    component_order
        The order of the rows.
    remarks
        Notes of the record, after those on the merging.

    Returns
    -------
    Record

    Raises
    ------
    InputError
        The sampling rates differ, or the record would be too long.
    """
    missing = missing_components(segments, component_order)
    origin, firsts = place_segments(segments)
    data = _empty(segments, firsts)
    notes = [f"no component {component}" for component in missing]
    timelines = []
    for row, component in zip(data, component_order, strict=True):
        own = [(i, s) for i, s in zip(firsts, segments, strict=True) if s.component == component]
        lost = merge_into(row, [(i, s.samples) for i, s in own])
        if lost:
            notes.append(f"component {component}: overlapping traces disagree, samples left out: {lost}")
        timelines.append(_timeline(own, origin))
    notes += offset_notes(segments, firsts, origin)
    return Record(
        *key, origin.start, origin.sampling_rate, data, missing, (*notes, *remarks), tuple(timelines)
    )


def place_segments(segments: list[Segment]) -> tuple[Segment, list[int]]:
    """
    Find the segment that begins first, whose time grid is the record's, and where each lies on it.

    Raises
    ------
    InputError
        The sampling rates differ.
    """
    origin = min(segments, key=lambda s: (s.start.ns, s.channel, s.sampling_rate))
    _check_rates(segments, origin.sampling_rate)
    return origin, [math.floor(_position(segment, origin) + 0.5) for segment in segments]


def record_dtype(segments: list[Segment]) -> np.dtype[np.floating[Any]]:
    """float32 where all segments are, of any byte order (SAC is often big-endian), else float64."""
    kinds = {(s.samples.dtype.kind, s.samples.dtype.itemsize) for s in segments}
    return np.dtype(np.float32 if kinds == {("f", 4)} else np.float64)


def _timeline(own: list[tuple[int, Segment]], origin: Segment) -> Timeline:
    rows = sorted(
        (i, s.samples.size, (s.start.ns - origin.start.ns) / 1e9, 1 / s.sampling_rate) for i, s in own
    )
    first, size, seconds, step = np.array(rows, np.float64).reshape(-1, 4).T
    return Timeline(first, first + size, seconds, step)


def _position(segment: Segment, origin: Segment) -> float:
    """Where a segment starts, in samples of the grid; from integer nanoseconds, so years do not matter."""
    return float((segment.start.ns - origin.start.ns) * origin.sampling_rate / 1e9)


def _check_rates(segments: list[Segment], expected: float) -> None:
    if all(abs(s.sampling_rate - expected) <= RATE_TOLERANCE * expected for s in segments):
        return
    found = sorted({f"{s.channel} at {s.sampling_rate:g} Hz" for s in segments})
    raise InputError(
        f"one instrument with different sampling rates: {', '.join(found)}; resample or separate them first"
    )


def _empty(segments: list[Segment], firsts: list[int]) -> np.ndarray[Any, np.dtype[np.floating[Any]]]:
    n_samples = max(i + s.samples.size for i, s in zip(firsts, segments, strict=True))
    if n_samples > MAX_SAMPLES:
        times = sorted(s.start for s in segments)
        raise InputError(
            f"{segments[0].channel}: its traces start between {times[0]} and {times[-1]}, {n_samples} samples"
            f" from first to last, more than {MAX_SAMPLES}: is a clock wrong? If not, give shorter pieces"
        )
    return np.full((3, n_samples), np.nan, record_dtype(segments))


def offset_notes(segments: list[Segment], firsts: list[int], origin: Segment) -> list[str]:
    """Remark on samples off the grid, at either end: a slightly other rate drifts away from it."""
    worst = 0.0
    channels = set()
    for segment, first in zip(segments, firsts, strict=True):
        offset = _position(segment, origin) - first
        drift = (segment.samples.size - 1) * (origin.sampling_rate / segment.sampling_rate - 1)
        furthest = max(abs(offset), abs(offset + drift))
        if furthest > OFFSET_TOLERANCE:
            channels.add(segment.channel)
            worst = max(worst, furthest)
    if not channels:
        return []
    return [
        f"{', '.join(sorted(channels))} up to {worst:.3g} samples off the time grid of {origin.channel},"
        " moved to the nearest sample"
    ]

"""The traces of a Stream, sorted by station and instrument into segments of E, N and Z."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lppn_np.errors import InputError
from lppn_np.optional import require

if TYPE_CHECKING:
    from obspy import Stream, Trace, UTCDateTime

ORIENTED = {"E": "E", "N": "N", "Z": "Z"}
# SeisBench's convention. How 1 and 2 really point is in the station's metadata, not in the Stream.
NUMBERED = {"1": "N", "2": "E"}


class Segment(NamedTuple):
    """One trace, what the merging needs of it."""

    channel: str  # NET.STA.LOC.CHA
    letter: str  # the last letter of the channel code: E, N, Z, 1 or 2
    component: str  # the component that it stands for: E, N or Z
    start: UTCDateTime
    sampling_rate: float
    samples: np.ndarray[Any, np.dtype[Any]]


class Groups(NamedTuple):
    """What is in a Stream."""

    segments: dict[tuple[str, str], list[Segment]]  # by (NET.STA.LOC, instrument)
    remarks: dict[str, list[str]]  # by NET.STA.LOC: what was ignored, and why


def group_segments(stream: Stream | Trace, flexible_horizontal_components: bool) -> Groups:
    """
    Sort the traces of a Stream by NET.STA.LOC and instrument; the Stream is only read.

    Parameters
    ----------
    stream
        An obspy Stream, a Trace, or a list of Traces.
    flexible_horizontal_components
        Take component 1 for N and 2 for E where there is no N or E.

    Returns
    -------
    Groups
        The segments of every instrument, and remarks on the traces that were ignored.
    """
    components = ORIENTED | NUMBERED if flexible_horizontal_components else ORIENTED
    groups: dict[tuple[str, str], list[Segment]] = defaultdict(list)
    ignored: dict[str, dict[str, None]] = defaultdict(dict)  # ordered, and each remark once
    for trace in _traces(stream):
        stats = trace.stats
        station = f"{stats.network}.{stats.station}.{stats.location}"
        code = stats.channel.strip().upper()
        if not code:
            raise InputError(
                f"the trace {trace.id!r} starting {stats.starttime} has no channel code, so its component"
                " is unknown: set trace.stats.channel, for instance to 'HHZ'"
            )
        reason = _why_not(trace, code[-1], components)
        if reason:
            ignored[station][f"{trace.id} ignored: {reason}"] = None
            continue
        rate = _sampling_rate(trace)
        segment = Segment(trace.id, code[-1], components[code[-1]], stats.starttime, rate, trace.data)
        groups[station, code[:-1]].append(segment)
    for (station, _), segments in groups.items():
        ignored[station].update(_drop_doubles(segments))
    return Groups(dict(groups), {station: sorted(remarks) for station, remarks in ignored.items()})


def _traces(stream: Any) -> list[Trace]:
    obspy = require("obspy", "waveforms")
    traces = [stream] if isinstance(stream, obspy.Trace) else stream
    if not isinstance(traces, obspy.Stream | list | tuple):
        raise InputError(f"expected an obspy Stream, got {type(stream).__name__}")
    strangers = {type(trace).__name__ for trace in traces if not isinstance(trace, obspy.Trace)}
    if strangers:
        raise InputError(f"expected obspy Traces, got {', '.join(sorted(strangers))}")
    if not traces:
        raise InputError("the stream is empty: it holds no traces")
    return list(traces)


def _why_not(trace: Trace, letter: str, components: dict[str, str]) -> str:
    """Why a trace has nothing to give, empty if it has."""
    if letter not in components:
        return f"its component is not one of {', '.join(components)}"
    if trace.data.dtype.kind not in "iuf":
        return "its samples are not numbers"  # logs, such as the ACE channel of some digitisers
    return "" if trace.data.size else "it holds no samples"


def _sampling_rate(trace: Trace) -> float:
    rate = float(trace.stats.sampling_rate)
    if not (math.isfinite(rate) and rate > 0):
        raise InputError(f"the sampling rate of {trace.id} is {rate}, expected a positive number")
    return rate


def _drop_doubles(segments: list[Segment]) -> dict[str, None]:
    """Remove 1 where there is N, and 2 where there is E: two orientations do not mix in one row."""
    letters = {segment.letter for segment in segments}
    doubles = {number for number, letter in NUMBERED.items() if {number, letter} <= letters}
    remarks = {
        f"{segment.channel} ignored: the station has the component {segment.component} too": None
        for segment in segments
        if segment.letter in doubles
    }
    segments[:] = [segment for segment in segments if segment.letter not in doubles]
    return remarks

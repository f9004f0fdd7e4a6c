"""Some seconds of a day's file, unpacked without the rest, as they would be if all of it were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lppn_np.archive.record_headers import Records
from lppn_np.optional import require
from lppn_np.waveforms.miniseed import unpack_miniseed

if TYPE_CHECKING:
    from obspy import Trace


def unpack_part(content: bytes, records: Records, first: int, stop: int) -> list[Trace] | None:
    """Unpack the records around an interval.

    Parameters
    ----------
    content : bytes
        All of the file.
    records : Records
        Its headers.
    first, stop : int
        Nanoseconds after 1970.

    Returns
    -------
    list of obspy Trace or None
        Their clocks are those of the traces of the whole file, so that both days see the samples around
        midnight at the same points of the grid. None if what was unpacked is not what the headers say, or
        pymseed is not installed.
    """
    which = records.within(first, stop)
    if which.start >= which.stop:
        return []
    part = memoryview(content)[which.start * records.length : which.stop * records.length]
    stream = unpack_miniseed(part)
    if stream is None:
        return None
    traces = sorted(stream.traces, key=lambda trace: trace.stats.starttime.ns)
    runs = records.runs(which)
    found = [(len(trace.data), trace.stats.sampling_rate) for trace in traces]
    if found != [(size, records.sampling_rate) for _, size in runs]:
        return None
    for trace, (start, _) in zip(traces, runs, strict=True):
        trace.stats.starttime = require("obspy", "waveforms").UTCDateTime(ns=start)
    return traces

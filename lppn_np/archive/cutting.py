"""Parts of traces: views, and where they lie on the grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lppn_np.archive.grid import Grid
from lppn_np.optional import require

if TYPE_CHECKING:
    from obspy import Trace


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


def islands(grid: Grid, traces: list[Trace]) -> list[list[Trace]]:
    """Traces in groups with more than a window of nothing between them: no window sees two of them.

    A day of a few events costs what these cost, in time and in memory.
    """
    groups: list[list[Trace]] = []
    end = -math.inf
    for trace in sorted(traces, key=lambda trace: (trace.stats.starttime.ns, str(trace.stats.channel))):
        start = grid.index(trace.stats.starttime.ns)
        if start - end > grid.length:
            groups.append([])
        groups[-1].append(trace)
        end = max(end, start + len(trace.data))
    return groups

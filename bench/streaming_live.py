"""Packets of many stations as they come from a network: share of a core, and how long picks take."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import lppn_np
from lppn_np.bench.streaming_records import RATE, made_up
from lppn_np.optional import require

#: The first packets compile kernels and fill buffers.
_WARM = 0.05


def live(stations: int, minutes: float, speed: float, early: bool) -> dict[str, Any]:
    """Feed packets of 3.6 to 4 s at ``speed`` times real time; 0: as fast as they go.

    A pick's latency is counted in data; its delay is the time on the clock from when the packet that decides
    it is there, be it worked on or waiting for others, until the pick is told.
    """
    packets = _packets(stations, made_up(round(minutes * 60 * RATE), seed=3))
    ends = np.array([trace.stats.endtime.timestamp for trace in packets])
    lppn_np.StreamingPicker("default").feed(np.zeros((3, 1)))
    lppn_np.pick(made_up(6000, seed=1))  # compiles
    pickers = lppn_np.StreamingPickers("default", early=early)
    warm = 0 if speed else int(_WARM * len(packets))
    latencies: list[float] = []
    delays: list[float] = []
    for packet in packets[:warm]:
        pickers.feed(packet)
    begin, start = time.process_time(), time.monotonic()
    for packet, end in zip(packets[warm:], ends[warm:], strict=True):
        due = start + (end - ends[warm]) / speed if speed else time.monotonic()
        time.sleep(max(0.0, due - time.monotonic()))
        picks = pickers.feed(packet)
        latencies += (pick.latency for pick in picks)  # type: ignore[attr-defined]
        delays += [time.monotonic() - due] * len(picks)
    seconds, span = time.process_time() - begin, float(ends[-1] - ends[warm])
    return {
        "stations": stations,
        "minutes": minutes,
        "speed": speed,
        "early": early,
        "packets": len(packets),
        "picks": len(latencies),
        "seconds on the clock": round(time.monotonic() - start, 1),
        "share of a core at real time": round(seconds / span, 4),
        "ms a packet": round(1e3 * seconds / (len(packets) - warm), 3),
        "latency s": _percentiles(latencies, 2),
        "delay ms": _percentiles([1e3 * delay for delay in delays], 2),
        "samples held MB": round(sum(picker.nbytes for picker in pickers.values()) / 1e6, 1),
    }


def _packets(stations: int, data: Any) -> list[Any]:
    """Traces of one component, cut at places of their own, in order of their ends."""
    obspy = require("obspy", "bench")
    packets = []
    for number in range(stations):
        for row, component in enumerate("ENZ"):
            offset, size = 37 * number + 100 * row, 360 + 20 * row
            for first in range(0, data.shape[1] - size, size):
                header: dict[str, Any] = {
                    "network": "XX",
                    "station": f"S{number:03}",
                    "channel": f"HH{component}",
                    "sampling_rate": RATE,
                    "starttime": obspy.UTCDateTime(1.6e9 + (first + offset) / RATE),
                }
                packets.append(obspy.Trace(data[row, first : first + size], header=header))
    return sorted(packets, key=lambda trace: trace.stats.endtime.ns)


def _percentiles(values: list[float], digits: int) -> dict[str, float]:
    return {str(q): round(float(np.percentile(values, q)), digits) for q in (0, 50, 95, 99, 100)}

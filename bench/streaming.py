"""Streams at full size: equality, memory, latency, share of a core; ``python -m lppn_np.bench.streaming``.

Each part checks the picks against the batch run before it tells a figure, and exits with 1 where they differ.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lppn_np
from lppn_np.bench.seedlink_replay import ReplayServer, packets_of
from lppn_np.data.synthetic import synthetic_noise, synthetic_record
from lppn_np.optional import require

RATE = 100
_LOW = {"P_threshold": 0.1, "S_threshold": 0.1}


def made_up(n_samples: int, seed: int, spacing: int = 6000) -> NDArray[np.int32]:
    """Noise with an earthquake a minute, (3, n_samples) counts."""
    rng = np.random.default_rng(seed)
    data = synthetic_noise(rng, n_samples, rms=100.0)
    for start in range(0, n_samples - 4000, spacing):
        event = synthetic_record(rng, 4000, snr_db=float("inf"), distance_km=float(rng.uniform(5, 90)))
        data[:, start : start + 4000] += event.data * (5000 / np.abs(event.data).max())
    return np.rint(data).astype(np.int32)


def with_gaps(data: NDArray[Any]) -> NDArray[np.float64]:
    """Gaps of a sample to three minutes, some of one component alone, about one in two minutes."""
    rng = np.random.default_rng(7)
    data = data.astype(np.float64)
    for start in rng.integers(0, data.shape[1], data.shape[1] // 12_000):
        rows = slice(None) if rng.random() < 0.7 else int(rng.integers(3))
        data[rows, start : start + int(10 ** rng.uniform(0, 4.2))] = np.nan
    return data


def chunkings(number: int, hours: float) -> dict[str, Any]:
    """Random chunkings of one record with gaps: how far the picks are from the batch run's."""
    data = with_gaps(made_up(round(hours * 3600 * RATE), seed=1))
    model = lppn_np.LPPN.from_pretrained("default")
    expected = lppn_np.pick(data, model=model, **_LOW)  # type: ignore[arg-type]
    different, worst, n_chunks = 0, 0.0, []
    for seed in range(number):
        rng = np.random.default_rng(seed)
        order, at, found, count = rng.uniform(1, 5), 0, list[Any](), 0
        picker = lppn_np.StreamingPicker(model, **_LOW)  # type: ignore[arg-type]
        while at < data.shape[1]:
            size = int(10 ** rng.uniform(0, order)) + 1
            found += picker.feed(data[:, at : at + size])
            at, count = at + size, count + 1
        found = sorted(found + picker.close(), key=lambda p: (p.peak_time, -p.peak_value))
        n_chunks.append(count)
        if [p.phase for p in found] != [p.phase for p in expected]:
            different += 1
            continue
        both = list(zip(found, expected, strict=True))
        worst = max([worst, *(abs(p.peak_time - q.peak_time) for p, q in both)])
        worst = max([worst, *(abs(p.peak_value - q.peak_value) for p, q in both)])
        different += any(abs(p.peak_time - q.peak_time) > 1e-6 for p, q in both)
    share = float(np.isnan(data).any(axis=0).mean())
    return {
        "hours": hours,
        "samples with a gap": round(share, 3),
        "picks": len(expected),
        "chunkings": number,
        "chunks": [min(n_chunks), max(n_chunks)],
        "different": different,
        "worst difference": worst,
    }


def week(days: float) -> dict[str, Any]:
    """One station for days, with gaps: memory of the process and of the samples, and the picks."""
    model, hour = lppn_np.LPPN.from_pretrained("default"), made_up(3600 * RATE, seed=2)
    picker = lppn_np.StreamingPicker(model)
    sizes, held, n_picks, latency = [], [], 0, 0.0
    start, begin = 0.0, time.process_time()
    for number in range(round(days * 24)):
        for first in range(0, hour.shape[1], 400):
            if (first // 400 + number) % 97 == 3:
                continue  # a packet that is lost
            picks = picker.feed(hour[:, first : first + 400], start + first / RATE)
            n_picks += len(picks)
            latency = max([latency, *map(_latency, picks)])
        start += 3600
        sizes.append(_resident())
        held.append(picker.nbytes)
    seconds = time.process_time() - begin
    tenth = max(1, len(sizes) // 10)
    return {
        "days": days,
        "picks": n_picks + len(picker.close()),
        "longest latency s": round(latency, 2),
        "resident MB, second tenth to last": [_mean(sizes[tenth : 2 * tenth]), _mean(sizes[-tenth:])],
        "samples held kB, most": round(max(held) / 1e3),
        "core seconds a day": round(seconds / days, 2),
        "share of a core": round(seconds / (days * 86_400), 6),
    }


def live(stations: int, minutes: float, early: bool) -> dict[str, Any]:
    """Packets of many stations as traces, as fast as they go: what share of a core real time would take."""
    obspy = require("obspy", "bench")
    data = made_up(round(minutes * 60 * RATE), seed=3)
    pickers = lppn_np.StreamingPickers("default", early=early)
    packets = []
    for number in range(stations):
        for row, component in enumerate("ENZ"):
            offset, size = 37 * number + 100 * row, 360 + 20 * row
            for first in range(0, data.shape[1] - size, size):
                header: dict[str, Any] = {
                    "network": "XX",
                    "station": f"S{number:03}",
                    "channel": f"HH{component}",
                }
                header |= {
                    "sampling_rate": RATE,
                    "starttime": obspy.UTCDateTime(1.6e9 + (first + offset) / RATE),
                }
                packets.append(obspy.Trace(data[row, first : first + size], header=header))
    packets.sort(key=lambda trace: trace.stats.endtime.ns)
    warm = len(packets) // 20
    latencies: list[float] = []
    for packet in packets[:warm]:
        pickers.feed(packet)
    begin = time.process_time()
    for packet in packets[warm:]:
        latencies += map(_latency, pickers.feed(packet))
    seconds = time.process_time() - begin
    span = packets[-1].stats.endtime - packets[warm].stats.endtime
    return {
        "stations": stations,
        "minutes": minutes,
        "early": early,
        "packets": len(packets),
        "picks": len(latencies),
        "share of a core": round(seconds / span, 4),
        "ms a packet": round(1e3 * seconds / (len(packets) - warm), 3),
        "latency s": {str(q): round(float(np.percentile(latencies, q)), 2) for q in (0, 50, 95, 100)},
        "samples held MB": round(sum(picker.nbytes for picker in pickers.values()) / 1e6, 1),
    }


def seedlink(minutes: float, speed: float) -> dict[str, Any]:
    """A replay through loopback with two disconnects, against the batch run of the same records."""
    from lppn_np.cli import main as command

    obspy = require("obspy", "bench")
    stream = obspy.Stream()
    for number, name in enumerate(("AAA", "BBB")):
        data = made_up(round(minutes * 60 * RATE), seed=10 + number)
        for row, component in enumerate("ENZ"):
            header: dict[str, Any] = {"network": "XX", "station": name, "channel": f"HH{component}"}
            header |= {"sampling_rate": RATE, "starttime": obspy.UTCDateTime(1.6e9)}
            stream.append(obspy.Trace(data[row], header=header))
    file = io.BytesIO()
    stream.write(file, format="MSEED", reclen=512, encoding="STEIM2")
    packets = packets_of(file.getvalue(), speed)
    expected = sorted((p.trace_id, p.phase, p.peak_time.ns / 1e9, p.peak_value) for p in lppn_np.pick(stream))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "picks.jsonl")
        with ReplayServer(packets, cut_after=(len(packets) // 3, len(packets) // 2), torn=300) as server:
            options = ["--seedlink", server.address, "--streams", "XX_AAA:HH?,XX_BBB:HH?", "--fetch"]
            begin = time.monotonic()
            status = command(["stream", *options, "--retry", "1", "-o", str(output)])
            seconds = time.monotonic() - begin
        lines = [json.loads(line) for line in output.read_text().splitlines()]
    found = sorted(
        (p["trace_id"], p["phase"], obspy.UTCDateTime(p["time"]).ns / 1e9, p["probability"]) for p in lines
    )
    same = [row[:2] for row in found] == [row[:2] for row in expected]
    pairs = list(zip(found, expected, strict=False))
    return {
        "minutes": minutes,
        "speed": speed,
        "seconds": round(seconds, 1),
        "packets": len(packets),
        "connections": server.n_connections,
        "packets sent again": server.n_sent - len(packets),
        "picks": [len(found), len(expected)],
        "worst time difference s": max(abs(a[2] - b[2]) for a, b in pairs),
        "worst probability difference": max(abs(a[3] - b[3]) for a, b in pairs),
        "different": int(status != 0 or not same or max(abs(a[2] - b[2]) for a, b in pairs) > 1.5e-6),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run one part and print its figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m lppn_np.bench.streaming", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    flags: dict[str, list[tuple[str, Any, Any]]] = {
        "chunkings": [("--number", int, 200), ("--hours", float, 2.0)],
        "week": [("--days", float, 7.0)],
        "live": [("--stations", int, 100), ("--minutes", float, 10.0)],
        "seedlink": [("--minutes", float, 30.0), ("--speed", float, 20.0)],
    }
    for name, options in flags.items():
        part = parts.add_parser(name)
        for flag, kind, default in options:
            part.add_argument(flag, type=kind, default=default)
        if name == "live":
            part.add_argument("--early", action="store_true")
    chosen = vars(parser.parse_args(arguments))
    works: dict[str, Any] = {"chunkings": chunkings, "week": week, "live": live, "seedlink": seedlink}
    figures = works[chosen.pop("part")](**chosen)
    print(json.dumps(figures, indent=1))
    return int(figures.get("different", 0) > 0)


def _latency(pick: Any) -> float:
    return float(pick.latency)


def _resident() -> float:
    """Resident memory in MB (Linux)."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 1)


if __name__ == "__main__":
    sys.exit(main())

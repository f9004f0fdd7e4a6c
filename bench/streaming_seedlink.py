"""A SeedLink server on this machine, replayed through the command with two disconnects."""

from __future__ import annotations

import io
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import lppn_np
from lppn_np.bench.seedlink_replay import ReplayServer, packets_of
from lppn_np.bench.streaming_records import RATE, made_up
from lppn_np.optional import require


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

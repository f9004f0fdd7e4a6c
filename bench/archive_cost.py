"""What an archive costs: ``python -m lppn_np.bench.archive_cost --station-days 500 -o cost.json``.

Core-seconds of reading, picking and writing a station-day beside ``obspy.read`` of the same files in the same
run, memory, station-days a second with one worker process and with more, and what that is in money.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lppn_np.archive.figures import gather
from lppn_np.archive.job import Job, make_job
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import Here
from lppn_np.archive.picking import warm_up
from lppn_np.archive.running import run_archive
from lppn_np.archive.workers import Workers
from lppn_np.bench import machine
from lppn_np.bench.archive_files import DAYS, make_archive
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.optional import require
from lppn_np.picking.pipeline import Settings

#: vCPU-seconds a station-day, the QuakeScope project's own estimate of its SeisBench pipeline in the cloud.
PUBLIC_FIGURE = 34.0
#: US dollars a vCPU and hour: about what general-purpose machines of the large clouds cost on demand.
PRICE = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the archive, measure, print, and write what was asked for."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        root = Path(place) / "sds"
        root.mkdir()
        size = make_archive(root, options.station_days)
        print(f"{options.station_days} station-days, {size / 1e9:.2f} GB", file=sys.stderr)
        found = {
            "machine": machine.describe(),
            "station_days": options.station_days,
            "bytes": size,
            "model": options.model,
            "overlap": options.overlap,
            "core": measure_core(root, options.model, options.overlap, options.rounds),
            "scaling": measure_scaling(root, options.model, options.overlap, options.workers, options.rounds),
        }
    found["machine_after"] = machine.describe()["load"]
    print("\n".join(lines(found, options.price)))
    if options.output:
        atomic_write(options.output, (json.dumps(found, indent=1) + "\n").encode(), InputError)
    return 0


def measure_core(root: Path, model: str, overlap: int, rounds: int) -> dict[str, Any]:
    """CPU seconds of one core, a station-day: ours and ``obspy.read``, in turns, on the first station."""
    obspy = require("obspy", "bench")
    station = root.parent / "one"
    shutil.copytree(root, station, ignore=lambda _, names: [n for n in names if n[0] == "S" and n != "S0000"])
    files = sorted(str(path) for path in station.rglob("*.D.2020.*"))
    warm_up(_job(station, root.parent / "x", model, overlap))
    turns: dict[str, list[float]] = {"lppn-np": [], "obspy.read": []}
    steps: dict[str, list[float]] = {"read": [], "pick": [], "write": []}
    for number in range(rounds):
        begin = time.process_time()
        for file in files:
            obspy.read(file)
        turns["obspy.read"].append((time.process_time() - begin) / (len(files) / 3))
        output = root.parent / f"core{number}"
        run_archive(_job(station, output, model, overlap), Layout("sds"), Here(), progress=io.StringIO())
        figures = gather(output)
        turns["lppn-np"].append(figures.cpu_seconds / figures.n_station_days)
        for name, values in steps.items():
            values.append(figures.seconds[name] / figures.n_station_days)
    return {
        "cpu_seconds": turns,
        "steps": steps,
        "peak_mb": figures.peak_mb,
        "picks": figures.rows / figures.n_station_days,
    }


def measure_scaling(
    root: Path, model: str, overlap: int, workers: Sequence[int], rounds: int
) -> dict[str, Any]:
    """Station-days a second by number of worker processes, in turns; imports and compilation included."""
    rates: dict[str, list[float]] = {str(count): [] for count in workers}
    overhead, peak = [], 0.0
    for number in range(rounds):
        for count in workers:
            output = root.parent / f"scale{number}-{count}"
            job = _job(root, output, model, overlap)
            summary = run_archive(job, Layout("sds"), Workers(count), progress=io.StringIO())
            rates[str(count)].append(summary.plan.n_station_days / summary.seconds)
            peak = max(peak, gather(output).peak_mb)
            overhead.append(_client_seconds(root, job))
    return {"station_days_per_s": rates, "client_s_per_shard": overhead, "peak_mb": peak}


def _job(root: Path, output: Path, model: str, overlap: int) -> Job:
    return make_job(str(root), str(output), model, Settings(overlap=overlap))


def _client_seconds(root: Path, job: Job) -> float:
    """Seconds of the client for each shard: a second run, in which there is nothing to pick."""
    begin = time.perf_counter()
    summary = run_archive(job, Layout("sds"), Here(), progress=io.StringIO())
    return (time.perf_counter() - begin) / max(1, summary.skipped)


def lines(found: dict[str, Any], price: float) -> list[str]:
    """The figures as Markdown."""
    core, scaling = found["core"], found["scaling"]
    ours, obspys = (statistics.median(core["cpu_seconds"][name]) for name in ("lppn-np", "obspy.read"))
    steps = {name: statistics.median(values) for name, values in core["steps"].items()}
    rates = {int(n): statistics.median(values) for n, values in scaling["station_days_per_s"].items()}
    least = min(rates)
    text = [
        f"| {found['station_days']} station-days, {found['bytes'] / 1e9:.1f} GB of STEIM2 | |",
        "|---|---|",
        f"| core-seconds a station-day, read + pick + write | {ours:.2f} |",
        f"| the same in times of `obspy.read` of the same files ({obspys:.3f} s) | {ours / obspys:.1f} |",
        f"| wall seconds of reading / picking / writing | {' / '.join(f'{s:.2f}' for s in steps.values())} |",
        f"| picks a station-day | {core['picks']:.0f} |",
        f"| largest worker process | {scaling['peak_mb']:.0f} MB |",
        f"| core-seconds for 1000 station-days | {1000 * ours:,.0f} |",
        f"| dollars for 1000 station-days at {price:g} $ a vCPU-hour | {1000 * ours / 3600 * price:.3f} |",
        f"| a SeisBench pipeline ({PUBLIC_FIGURE:g} vCPU-s a station-day) | "
        f"{1000 * PUBLIC_FIGURE / 3600 * price:.3f} $ |",
    ]
    text += [
        f"| {count} worker processes | {rate:.3f} station-days/s, {rate / rates[least]:.2f} times {least} |"
        for count, rate in sorted(rates.items())
    ]
    client = statistics.median(scaling["client_s_per_shard"])
    limit = min(8, DAYS) / client if client > 0 else float("inf")
    text.append(
        f"| the client's own {client * 1e3:.1f} ms a shard of 8 days | at most {limit:,.0f} station-days/s |"
    )
    return text


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lppn_np.bench.archive_cost", description=__doc__)
    parser.add_argument("--station-days", type=int, default=20)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument(
        "--overlap", type=int, default=1024, help="samples that windows share (default: 1024)"
    )
    parser.add_argument("--price", type=float, default=PRICE, help="dollars a vCPU-hour")
    parser.add_argument(
        "--folder", type=Path, help="for the archive, 30 MB a station-day; default: temporary"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write all figures as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

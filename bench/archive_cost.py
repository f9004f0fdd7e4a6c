"""What an archive costs: ``python -m lppn_np.bench.archive_cost --station-days 60 --rounds 1 -o cost.json``.

Core-seconds of a station-day, all together and step by step, beside ``obspy.read`` of the same files in the
same run; memory; station-days a second with one worker and with more; and what that is in money.
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
from lppn_np.archive.job import model_of
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import Here
from lppn_np.archive.picking import warm_up
from lppn_np.archive.running import run_archive
from lppn_np.bench import machine
from lppn_np.bench.archive_files import make_archive
from lppn_np.bench.archive_scaling import RUNNERS, SHARD_DAYS, job_for, measure_scaling
from lppn_np.bench.archive_steps import seconds_of_steps
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.optional import require

#: vCPU-seconds a station-day, the QuakeScope project's own estimate of its SeisBench pipeline in the cloud.
PUBLIC_FIGURE = 34.0
#: US dollars a vCPU and hour: about what general-purpose machines of the large clouds cost on demand.
PRICE = 0.05
#: Days of one station that the core-seconds are measured on.
_CORE_DAYS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the archive, measure, print, and write what was asked for."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        half = max(1, options.station_days // len(RUNNERS))
        roots = {name: Path(place) / name for name in RUNNERS}
        size = sum(_make(root, half) for root in roots.values())
        print(f"{half * len(RUNNERS)} station-days, {size / 1e9:.2f} GB", file=sys.stderr)
        found = {
            "machine": machine.describe(),
            "station_days": half * len(RUNNERS),
            "bytes": size,
            "model": options.model,
            "overlap": options.overlap,
            "core": measure_core(roots["processes"], options.model, options.overlap, options.rounds),
            "scaling": measure_scaling(
                roots, options.model, options.overlap, options.workers, options.rounds
            ),
        }
    found["machine_after"] = machine.describe()["load"]
    print("\n".join(lines(found, options.price)))
    if options.output:
        atomic_write(options.output, (json.dumps(found, indent=1) + "\n").encode(), InputError)
    return 0


def _make(root: Path, station_days: int) -> int:
    root.mkdir()
    return make_archive(root, station_days)


def measure_core(root: Path, model: str, overlap: int, rounds: int) -> dict[str, Any]:
    """CPU seconds of one core, a station-day: ours and ``obspy.read``, in turns, on the first days."""
    obspy = require("obspy", "bench")
    station = root.parent / "one"
    files = sorted(root.glob("*/XX/S0000/*.D/*"), key=lambda path: path.name[-3:])[: 3 * _CORE_DAYS]
    for file in files:
        (station / file.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, station / file.relative_to(root))
    job = job_for(station, root.parent / "x", model, overlap)
    warm_up(job)
    turns: dict[str, list[float]] = {"lppn-np": [], "obspy.read": []}
    for number in range(rounds):
        begin = time.process_time()
        for file in files:
            obspy.read(str(file))
        turns["obspy.read"].append((time.process_time() - begin) / (len(files) / 3))
        output = root.parent / f"core{number}"
        job = job_for(station, output, model, overlap)
        run_archive(job, Layout("sds"), Here(), shard_days=SHARD_DAYS, progress=io.StringIO())
        figures = gather(output)
        turns["lppn-np"].append(figures.cpu_seconds / figures.n_station_days)
    return {
        "cpu_seconds": turns,
        "steps": seconds_of_steps(files[:3], model_of(job), overlap, rounds),
        "picks": figures.rows / figures.n_station_days,
    }


def lines(found: dict[str, Any], price: float) -> list[str]:
    """The figures as Markdown."""
    core, scaling = found["core"], found["scaling"]
    ours, obspys = (statistics.median(core["cpu_seconds"][name]) for name in ("lppn-np", "obspy.read"))
    steps = {name: statistics.median(values) for name, values in core["steps"].items()}
    rest = ours - sum(seconds for name, seconds in steps.items() if name != "obspy.read")
    text = [
        f"| {found['station_days']} station-days, {found['bytes'] / 1e9:.1f} GB of STEIM2 | |",
        "|---|---|",
        f"| core-seconds a station-day, read + pick + write | {ours:.2f} |",
        f"| the same in times of `obspy.read` of the same files ({obspys:.3f} s) | {ours / obspys:.1f} |",
        *(f"| {name} alone | {seconds:.3f} |" for name, seconds in steps.items()),
        f"| windows, decoding, duplicates and what else is left | {rest:.3f} |",
        f"| picks a station-day | {core['picks']:.0f} |",
        f"| largest worker process | {scaling['peak_mb']:.0f} MB |",
        f"| core-seconds for 1000 station-days | {1000 * ours:,.0f} |",
        f"| dollars for 1000 station-days at {price:g} $ a vCPU-hour | {1000 * ours / 3600 * price:.3f} |",
        f"| a SeisBench pipeline ({PUBLIC_FIGURE:g} vCPU-s a station-day) | "
        f"{1000 * PUBLIC_FIGURE / 3600 * price:.3f} $ |",
    ]
    for runner, counts in scaling["station_days_per_s"].items():
        rates = {int(n): statistics.median(values) for n, values in counts.items()}
        least = min(rates)
        text += [
            f"| {runner}, {n} workers | {rate:.3f} station-days/s, {rate / rates[least]:.2f} times {least} |"
            for n, rate in sorted(rates.items())
        ]
    client = statistics.median(scaling["client_s_per_shard"])
    limit = SHARD_DAYS / client if client > 0 else float("inf")
    text.append(
        f"| the client's own {client * 1e3:.1f} ms a shard of {SHARD_DAYS} days | "
        f"at most {limit:,.0f} station-days/s |"
    )
    return text


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lppn_np.bench.archive_cost", description=__doc__)
    parser.add_argument("--station-days", type=int, default=20, help="one half in processes, one on Dask")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument(
        "--overlap", type=int, default=1024, help="samples that windows share (default: 1024)"
    )
    parser.add_argument("--price", type=float, default=PRICE, help="dollars a vCPU-hour")
    parser.add_argument(
        "--folder", type=Path, help="for the archive, 32 MB a station-day; default: temporary"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write all figures as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

"""Station-days a second with one worker and with more, in processes of this machine and on Dask, in turns."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lppn_np.archive.figures import gather
from lppn_np.archive.job import Job, make_job
from lppn_np.archive.layouts import Layout
from lppn_np.archive.on_dask import OnDask
from lppn_np.archive.outcome import Here, Runner
from lppn_np.archive.running import Summary, run_archive
from lppn_np.archive.workers import Workers
from lppn_np.bench.archive_cluster import Cluster
from lppn_np.errors import InputError
from lppn_np.picking.pipeline import Settings

#: Two shards of equal size for each station of ten days, so that two workers have the same to do.
SHARD_DAYS = 5
RUNNERS = ("processes", "dask")


def job_for(root: Path, output: Path, model: str, overlap: int) -> Job:
    """Describe the picking of an archive."""
    return make_job(str(root), str(output), model, Settings(overlap=overlap))


def measure_scaling(
    roots: dict[str, Path], model: str, overlap: int, workers: Sequence[int], rounds: int
) -> dict[str, Any]:
    """Measure every runner with every number of workers, each round in another order.

    Imports and, the first time, compilation are included, the start of Dask's processes is not: a cluster is
    there before the command.

    Parameters
    ----------
    roots : dict of Path
        The archive of each of RUNNERS.
    model : str
    overlap : int
    workers : sequence of int
    rounds : int
    """
    cells = [(runner, count) for count in workers for runner in RUNNERS]
    rates: dict[str, dict[str, list[float]]] = {name: {str(n): [] for n in workers} for name in RUNNERS}
    overhead, peak = [], 0.0
    for number in range(rounds):
        for runner, count in cells if number % 2 == 0 else reversed(cells):
            output = roots[runner].parent / f"scale{number}-{runner}-{count}"
            job = job_for(roots[runner], output, model, overlap)
            summary = _run(runner, count, job)
            if summary.failures:
                raise InputError(f"{runner}, {count} workers: {next(iter(summary.failures.values()))}")
            rates[runner][str(count)].append(summary.plan.n_station_days / summary.seconds)
            peak = max(peak, gather(output).peak_mb)
            overhead.append(_client_seconds(job))
    return {"station_days_per_s": rates, "client_s_per_shard": overhead, "peak_mb": peak}


def _run(runner: str, count: int, job: Job) -> Summary:
    if runner == "processes":
        return _archive(job, Workers(count))
    with Cluster(count) as cluster:
        return _archive(job, OnDask(cluster.address, job))


def _archive(job: Job, runner: Runner) -> Summary:
    return run_archive(job, Layout("sds"), runner, shard_days=SHARD_DAYS, progress=io.StringIO())


def _client_seconds(job: Job) -> float:
    """Seconds of the client for each shard: a second run, in which there is nothing to pick."""
    begin = time.perf_counter()
    summary = _archive(job, Here())
    return (time.perf_counter() - begin) / max(1, summary.skipped)

"""``pick_shard``: everything that is done for one shard, in one plain function."""

from __future__ import annotations

import datetime
import functools
import hashlib
import importlib.metadata
import platform
from dataclasses import asdict
from typing import Any

import numpy as np

import lppn_np
from lppn_np.archive import manifest as manifests
from lppn_np.archive import places
from lppn_np.archive.day_files import DayFiles
from lppn_np.archive.day_picks import DayPicks
from lppn_np.archive.fetching import Fetched
from lppn_np.archive.grid import Grid
from lppn_np.archive.job import Job, model_of
from lppn_np.archive.shard import Shard
from lppn_np.archive.shard_clock import ShardClock
from lppn_np.archive.station_day import pick_day
from lppn_np.archive.table import parquet
from lppn_np.errors import LPPNError
from lppn_np.optional import require
from lppn_np.provenance import Provenance

_PACKAGES = ("numpy", "numba", "obspy", "pyarrow")


def pick_shard(shard: Shard) -> manifests.Manifest:
    """Read, pick and write one shard.

    The manifest of an earlier run goes first and the new one comes last: where there is a manifest, the
    picks beside it are whole. Running a shard twice, or in two processes at once, gives the same files.

    Parameters
    ----------
    shard : Shard

    Returns
    -------
    dict
        The manifest: inputs with size and hash, picks and errors of each day, times, versions.

    Raises
    ------
    OutputError
        The results cannot be written.
    LPPNError
        The weights or the source cannot be used. Bad waveform files are no error: they are in the manifest.
    """
    clock = ShardClock()
    model = model_of(shard.job)
    settings = shard.job.settings().resolve(model)
    files = DayFiles(shard, Grid.of(model.sampling_rate, model.in_samples, shard.job.overlap))
    picks, days, errors = [], [], []
    for day in shard.days:
        with clock("read"):
            traces, bounds = files.around(day)
        with clock("pick"):
            try:
                found = pick_day(model, settings, traces, bounds)
                picks.append(found)
                days.append(_summary(day, found))
            except LPPNError as error:
                days.append({"day": day.isoformat(), "seconds": 0.0, "picks": {}, "notes": []})
                errors.append(_error(day, "", "unusable", str(error)))
    fetched = files.all()
    for file in fetched:
        errors += [_error(file.file.day, file.file.path, kind, text) for kind, text in file.errors]
    with clock("write"):
        places.remove(shard.job.output, places.manifest_file(shard))
        table = parquet(DayPicks.join(picks), shard.instrument, Provenance.of(model, settings))
        places.write(shard.job.output, places.picks_file(shard), table)
    manifest = {
        "format": manifests.FORMAT,
        "shard": shard.name,
        "instrument": shard.instrument._asdict(),
        "settings": shard.job.picking(),
        "days_planned": [day.isoformat() for day in shard.days],
        "days": days,
        "inputs": [_input(shard, file) for file in fetched],
        "errors": errors,
        "output": {
            "path": places.picks_file(shard).as_posix(),
            "rows": sum(len(part.peak) for part in picks),
            "size": len(table),
            "sha256": hashlib.sha256(table).hexdigest(),
        },
        **clock.figures(),
        "versions": versions(),
        "host": platform.node(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    manifests.write(shard, manifest)
    return manifest


def warm_up(job: Job) -> None:
    """Load the weights and have the kernels compiled, or read from numba's cache, before the first shard."""
    model = model_of(job)
    noise = np.random.default_rng(0).normal(size=(3, model.in_samples))  # float64, what integers become
    lppn_np.pick(noise, model=model, engine=job.engine)
    require("pyarrow.parquet", "archive")  # 0.6 s


@functools.cache
def versions() -> dict[str, str]:
    """Of the packages that picks depend on."""
    found = {"lppn-np": lppn_np.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "?"
    return found


def _summary(day: datetime.date, found: DayPicks) -> dict[str, Any]:
    names, counts = np.unique(found.phase, return_counts=True)
    return {
        "day": day.isoformat(),
        "seconds": round(found.seconds, 2),
        "picks": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "notes": list(found.notes),
    }


def _error(day: datetime.date, path: str, kind: str, message: str) -> dict[str, str]:
    return {"day": day.isoformat(), "path": path, "kind": kind, "message": message[:500]}


def _input(shard: Shard, fetched: Fetched) -> dict[str, Any]:
    return {
        "path": fetched.file.path,
        "day": fetched.file.day.isoformat(),
        **asdict(fetched.state),
        "sha256": fetched.sha256,
        "context": fetched.file.day not in shard.days,
        "notes": fetched.notes,
    }

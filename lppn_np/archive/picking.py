"""``pick_shard``: everything that is done for one shard, in one plain function."""

from __future__ import annotations

import datetime
import functools
import hashlib
import importlib.metadata
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import lppn_np
from lppn_np.archive import manifest as manifests
from lppn_np.archive import places
from lppn_np.archive.fetching import Fetched, fetch
from lppn_np.archive.grid import Grid
from lppn_np.archive.job import Job, model_of
from lppn_np.archive.planning import ONE_DAY
from lppn_np.archive.shard import Shard
from lppn_np.archive.sources import open_source
from lppn_np.archive.station_day import Bounds, DayPicks, cut_trace, pick_day
from lppn_np.archive.table import parquet
from lppn_np.errors import LPPNError

if TYPE_CHECKING:
    from obspy import Trace

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
    clock = _Clock()
    model = model_of(shard.job)
    settings = shard.job.settings().resolve(model)
    files = _Files(shard, Grid.of(model.sampling_rate, model.in_samples, shard.job.overlap), clock)
    picks, days, errors = [], [], []
    for day in shard.days:
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
        table = parquet(DayPicks.join(picks), shard.instrument)
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


class _Files:
    """The traces of three days at a time: each file is read once, and let go when its neighbours are done."""

    def __init__(self, shard: Shard, grid: Grid, clock: _Clock) -> None:
        self._shard, self._grid, self._clock = shard, grid, clock
        self._source = open_source(shard.job.source, shard.job.anonymous)
        self._fetched: dict[datetime.date, list[Fetched]] = {}

    def around(self, day: datetime.date) -> tuple[list[Trace], Bounds]:
        """Traces of a day and of those before and after, and which of these there are."""
        neighbours = day - ONE_DAY, day, day + ONE_DAY
        for past in [known for known in self._fetched if known < day]:
            self._shorten(past, day)
        for near in neighbours:
            if near not in self._fetched:
                with self._clock("read"):
                    files = self._shard.files_of(near)
                    self._fetched[near] = [
                        fetch(self._source, self._shard, file, self._grid) for file in files
                    ]
                if near not in self._shard.days:
                    self._shorten(near, day)
        traces = [trace for near in neighbours for file in self._fetched[near] for trace in file.traces]
        return traces, Bounds(day, not self._fetched[neighbours[0]], not self._fetched[neighbours[2]])

    def all(self) -> list[Fetched]:
        """Every file of the shard."""
        return [file for day in sorted(self._fetched) for file in self._fetched[day]]

    def _shorten(self, past: datetime.date, day: datetime.date) -> None:
        """Keep of a day's traces what another day is picked from: copies, so that the rest is freed."""
        for file in self._fetched[past]:
            cuts = [cut_trace(self._grid, trace, *self._grid.piece(day)) for trace in file.traces]
            file.traces = [cut.copy() for cut in cuts if cut is not None]


class _Clock:
    """Seconds that each step takes."""

    def __init__(self) -> None:
        self._begin, self._cpu = time.perf_counter(), time.process_time()
        self._steps = {"read": 0.0, "pick": 0.0, "write": 0.0}

    def __call__(self, step: str) -> _Step:
        return _Step(self._steps, step)

    def figures(self) -> dict[str, Any]:
        """What is in the manifest."""
        total = time.perf_counter() - self._begin
        return {
            "seconds": {name: round(value, 4) for name, value in (self._steps | {"total": total}).items()},
            "cpu_seconds": round(time.process_time() - self._cpu, 4),
            "peak_mb": _peak_mb(),
        }


def _peak_mb() -> float:
    """The most memory that the process has had so far, not this shard alone; 0 where that is not told.

    Not ``getrusage``: what it tells a process includes the memory of the one that started it.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM:")]
    return round(int(lines[0][1]) / 1024, 1) if lines else 0.0


class _Step:
    def __init__(self, steps: dict[str, float], name: str) -> None:
        self._steps, self._name = steps, name

    def __enter__(self) -> None:
        self._begin = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._steps[self._name] += time.perf_counter() - self._begin


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

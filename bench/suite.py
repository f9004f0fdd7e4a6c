"""All parts one after the other: figures into one dict that is saved as each arrives, and onto the screen."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lppn_np.bench import day, forward, machine, process, roofline, tables, tables_share
from lppn_np.bench.day_record import DAY, make_day, save_day
from lppn_np.bench.isolated import in_fresh_process
from lppn_np.bench.problem import SAMPLES, WINDOWS, Case, all_cases
from lppn_np.errors import InputError

PARTS = ("forward", "day", "process", "roofline")

#: Of the JSON of figures.
FORMAT = 2

Found = dict[str, Any]
#: What was measured just now: a word on it, and its table.
News = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Plan:
    """What to measure. The defaults take about 22 minutes on two cores of 40 GFLOP/s."""

    parts: Sequence[str] = PARTS
    threads: Sequence[int] = (1, 2)
    rounds: int = 9
    cases: Sequence[Case] = field(default_factory=all_cases)
    windows: int = WINDOWS
    samples: int = SAMPLES
    day_samples: int = DAY
    hours: Sequence[float] = (1, 3, 6, 12, 24, 48, 96, 192)
    seisbench_python: str | None = None
    quick: bool = False

    @property
    def few_rounds(self) -> int:
        """Rounds of what takes seconds a turn."""
        return max(2, min(5, self.rounds))


def quick() -> Plan:
    """A small problem."""
    return Plan(
        rounds=3,
        threads=(1,),
        cases=(Case("paper", 16, 8),),
        windows=4,
        day_samples=360_000,
        hours=(0.25, 0.5, 1),
        quick=True,
    )


def run(plan: Plan, say: Callable[[str], None], save: Callable[[Found], None] = lambda _: None) -> Found:
    """Measure the parts of a plan.

    Parameters
    ----------
    plan : Plan
    say : callable
        Gets what is for the screen.
    save : callable
        Gets all figures so far, after each row: what is cut short leaves what it has.
    """
    found: Found = {
        "format": FORMAT,
        "machine": machine.describe(),
        "quick": plan.quick,
        "rounds": plan.rounds,
        "seconds": {},
        "failed": {},
    }
    parts: dict[str, Callable[[Plan, Found, Path], News]] = {
        "forward": _forward, "day": _day, "process": _process, "roofline": _roofline,
    }  # fmt: skip
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for part in (name for name in PARTS if name in plan.parts):
            start = time.perf_counter()
            try:
                for word, table in parts[part](plan, found, Path(folder)):
                    now = time.perf_counter()
                    found["seconds"][part] = now - start
                    say(f"[{(now - begin) / 60:.1f} min] {part}: {word}\n\n{table}")
                    save(found)
            except Exception as error:  # the other parts have something to say, too
                found["failed"][part] = f"{type(error).__name__}: {error}"
                save(found)
    return found


def _forward(plan: Plan, found: Found, _: Path) -> News:
    rows = found["forward"] = []
    total = len(plan.cases) * len(plan.threads)
    for row in forward.rows(plan.cases, plan.threads, plan.rounds, plan.windows, plan.samples):
        rows.append(row)
        yield f"{len(rows)} of {total}", tables.forward_network([row])


def _day(plan: Plan, found: Found, folder: Path) -> News:
    rows = found["day"] = []
    for row in day.rows(_day_file(plan, folder), plan.threads, plan.few_rounds, plan.seisbench_python):
        rows.append(row)
        yield f"{len(rows)} of {len(plan.threads)}", tables.day_row(row)


def _process(plan: Plan, found: Found, folder: Path) -> News:
    found["process"] = process.measure(plan.few_rounds, _day_file(plan, folder), plan.seisbench_python)
    yield "1 of 1", tables.processes(found["process"])


def _roofline(plan: Plan, found: Found, _: Path) -> News:
    peaks: dict[str, float] = {}
    networks: list[dict[str, Any]] = []
    found["roofline"] = {"networks": networks, "peaks": peaks, "growth": []}
    total = len(plan.cases) + 2
    for count in plan.threads:
        peaks[str(count)] = in_fresh_process(roofline.peak_of, count, plan.rounds, threads=count)
    yield f"1 of {total}", tables_share.peaks(peaks)
    for row in roofline.rows(plan.cases, plan.rounds, plan.windows, plan.samples):
        networks.append(row)
        yield f"{1 + len(networks)} of {total}", tables_share.networks([row])
    found["roofline"]["growth"] = in_fresh_process(roofline.growth, plan.hours, min(2, plan.rounds))
    yield f"{total} of {total}", tables_share.growth(found["roofline"]["growth"])


def _day_file(plan: Plan, folder: Path) -> Path:
    path = folder / "data.npy"
    return path if path.exists() else save_day(make_day(plan.day_samples), folder)


def join(runs: Sequence[Found]) -> Found:
    """Figures of several runs on one machine: each part is that of the last run that has it.

    Raises
    ------
    InputError
        They are of different processors, or of different versions of something.
    """
    found: Found = {**runs[0], "seconds": dict(runs[0]["seconds"]), "failed": dict(runs[0]["failed"])}
    for run in runs[1:]:
        for key in ("processor", "versions"):
            if run["machine"][key] != found["machine"][key]:
                raise InputError(f"runs with different {key} cannot stand in one report")
        parts = [part for part in PARTS if part in run]
        for part in parts:
            found[part] = run[part]
            found["failed"].pop(part, None)
        found["seconds"].update(run["seconds"])
        found["failed"].update(run["failed"])
        later = f"{', '.join(parts)}: {run['machine']['date']}"
        found["machine"] = {**found["machine"], "date": f"{found['machine']['date']} ({later})"}
    return found


def failures(found: Found) -> list[str]:
    """Every part and contender that failed or disagreed, one line each."""
    rows = [*found.get("forward", []), *found.get("day", [])]
    return [f"{part}: {reason}" for part, reason in found.get("failed", {}).items()] + [
        f"{row.get('network', 'day')}, {row['threads']} threads, {name}: {reason}"
        for row in rows
        for name, reason in row["failed"].items()
    ]

"""All parts one after the other: figures into one dict, one line on screen as each arrives."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lppn_np.bench import day, forward, machine, process, roofline, tables
from lppn_np.bench.day_record import DAY, make_day, save_day
from lppn_np.bench.problem import CASES, SAMPLES, WINDOWS, Case

PARTS = ("forward", "day", "process", "roofline")


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    parts: Sequence[str] = PARTS
    threads: Sequence[int] = (1, 2)
    rounds: int = 15
    cases: Sequence[Case] = CASES
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


QUICK = Plan(
    rounds=3,
    threads=(1,),
    cases=(Case("paper", 16, 8),),
    windows=4,
    day_samples=360_000,
    hours=(0.25, 0.5, 1),
    quick=True,
)


def run(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure the parts of a plan; ``say`` gets what is for the screen."""
    found: dict[str, Any] = {
        "format": 1,
        "machine": machine.describe(),
        "quick": plan.quick,
        "rounds": plan.rounds,
    }
    if "forward" in plan.parts:
        found["forward"] = []
        measured = forward.rows(plan.cases, plan.threads, plan.rounds, plan.windows, plan.samples)
        for row in measured:
            found["forward"].append(row)
            say(tables.forward_row(row))
    if {"day", "process"} & set(plan.parts):
        with tempfile.TemporaryDirectory() as folder:
            path = save_day(make_day(plan.day_samples), Path(folder))
            _whole_days(plan, path, found, say)
    if "roofline" in plan.parts:
        rows = list(roofline.rows(plan.cases, plan.rounds, plan.windows, plan.samples))
        found["roofline"] = {"networks": rows, "growth": roofline.growth(plan.hours, min(3, plan.rounds))}
        say(tables.roofline(found["roofline"]))
    return found


def _whole_days(plan: Plan, path: Path, found: dict[str, Any], say: Callable[[str], None]) -> None:
    if "day" in plan.parts:
        found["day"] = []
        for row in day.rows(path, plan.threads, plan.few_rounds, plan.seisbench_python):
            found["day"].append(row)
            say(tables.day_row(row))
    if "process" in plan.parts:
        found["process"] = process.measure(plan.few_rounds, path)
        say(tables.processes(found["process"]))


def failures(found: dict[str, Any]) -> list[str]:
    """Every contender that failed or disagreed, one line each."""
    rows = [*found.get("forward", []), *found.get("day", [])]
    return [
        f"{row.get('network', 'day')}, {row['threads']} threads, {name}: {reason}"
        for row in rows
        for name, reason in row["failed"].items()
    ]

"""How near the compiled engines come to the core's peak, and how time grows with the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

import lppn_np
from lppn_np.bench.contenders import OURS
from lppn_np.bench.day_record import make_day
from lppn_np.bench.isolated import in_fresh_process
from lppn_np.bench.problem import Case, make_problem
from lppn_np.bench.timing import Timing, take_turns
from lppn_np.engines import ENGINES

#: Turns of the loop: some milliseconds.
TURNS = 500_000
_PEAK = "peak"


def rows(cases: Iterable[Case], rounds: int, n_windows: int, n_samples: int) -> Iterator[dict[str, Any]]:
    """Yield one row a network, on one thread, each measured in a process of its own."""
    for case in cases:
        yield in_fresh_process(measure, case, rounds, n_windows, n_samples)


def peak_flops() -> tuple[int, float, Callable[[], object]]:
    """Find the vector width (floats) at which one core is fastest: width, operations of a run, the run."""
    from lppn_np.kernels import peak

    best, best_rate = None, 0.0
    for width in peak.WIDTHS:
        chains = getattr(peak, f"multiply_add_chains_{width}")
        out = np.full((peak.CHAINS + 2) * width, 0.5, np.float32)

        def run(chains: Any = chains, out: Any = out) -> None:
            chains(out, TURNS)

        seconds = min(take_turns({_PEAK: run}, 5)[_PEAK])
        operations = 2.0 * peak.CHAINS * width * TURNS
        if operations / seconds > best_rate:
            best, best_rate = (width, operations, run), operations / seconds
    assert best is not None
    return best


def measure(case: Case, rounds: int, n_windows: int, n_samples: int) -> dict[str, Any]:
    """Time the compiled engines and the peak in turns; call it in a fresh process."""
    width, operations, peak_run = peak_flops()
    problem = make_problem(case, 1, n_windows, n_samples)
    work = 2.0 * n_windows * problem.model.summary(n_samples).multiply_adds
    runs: dict[str, Callable[[], object]] = {_PEAK: peak_run}
    for engine in ENGINES:
        if engine != "numpy":
            runs[f"{OURS}{engine}"] = lambda engine=engine: problem.model.forward(problem.x, engine)  # type: ignore[misc]
    seconds = take_turns(runs, rounds)
    peaks = seconds.pop(_PEAK)
    return {
        "network": case.name,
        **asdict(case),
        "width": width,
        "peak_gflops": operations / Timing.of(peaks).median / 1e9,
        "engines": {
            name: {
                "gflops": work / Timing.of(values).median / 1e9,
                "share": asdict(Timing.of(shares(values, work, peaks, operations))),
            }
            for name, values in seconds.items()
        },
    }


def shares(seconds: list[float], work: float, peaks: list[float], operations: float) -> list[float]:
    """Share of the peak that was reached, round by round."""
    return [(work / own) / (operations / peak) for own, peak in zip(seconds, peaks, strict=True)]


def growth(hours: Iterable[float], rounds: int) -> list[dict[str, Any]]:
    """Seconds to pick records of so many hours with the default weights on one thread."""
    day = make_day(max(60_000, min(8_640_000, round(max(hours := list(hours)) * 360_000)))).data
    lppn_np.pick(day[:, :60_000])
    found = []
    for length in hours:
        n_samples = round(length * 360_000)
        record = np.tile(day, (1, -(-n_samples // day.shape[1])))[:, :n_samples]
        values = []
        for _ in range(rounds):
            start = time.perf_counter()
            lppn_np.pick(record)
            values.append(time.perf_counter() - start)
        found.append({"hours": length, **asdict(Timing.of(values))})
    return found

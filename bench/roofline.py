"""How near the engines come to the core's peak, where their time goes, and how it grows with the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import numpy as np

import lppn_np
from lppn_np.bench import memory, steps
from lppn_np.bench.contenders import HEADLINE, OURS
from lppn_np.bench.day_record import make_day
from lppn_np.bench.isolated import in_fresh_process
from lppn_np.bench.problem import Case, make_problem
from lppn_np.bench.timing import Timing, stopwatch, take_turns
from lppn_np.engines import ENGINES

#: Turns of the loop: some milliseconds.
TURNS = 500_000
#: Seconds for all turns of one engine, of one kind of step and of the peak.
BUDGET = 0.5
_PEAK = "peak"


def rows(cases: Iterable[Case], rounds: int, n_windows: int, n_samples: int) -> Iterator[dict[str, Any]]:
    """Yield one row a network, on one thread, each measured in a process of its own."""
    for case in cases:
        yield in_fresh_process(measure, case, rounds, n_windows, n_samples)


def chains(width: int) -> tuple[float, Callable[[], object]]:
    """Operations of a run of multiply-adds on vectors of so many floats, and the run."""
    from lppn_np.kernels import peak

    kernel = getattr(peak, f"multiply_add_chains_{width}")
    out = np.full((peak.CHAINS + 2) * width, 0.5, np.float32)
    return 2.0 * peak.CHAINS * width * TURNS, lambda: kernel(out, TURNS)


def best_width() -> int:
    """Find the vector width (floats) at which one core is fastest."""
    from lppn_np.kernels import peak

    def rate(width: int) -> float:
        operations, run = chains(width)
        return operations / min(take_turns({_PEAK: run}, 5)[_PEAK])

    return max(peak.WIDTHS, key=rate)


def peak_of(n_threads: int, rounds: int) -> float:
    """Peak of so many threads at once, GFLOP/s; cores may share what computes, or their clock may fall."""
    width = best_width()
    runs = [chains(width) for _ in range(n_threads)]
    with ThreadPoolExecutor(n_threads) as pool:

        def together() -> None:
            for done in [pool.submit(run) for _, run in runs]:
                done.result()

        seconds = Timing.of(take_turns({_PEAK: together}, rounds)[_PEAK]).median
    return sum(operations for operations, _ in runs) / seconds / 1e9


def measure(case: Case, rounds: int, n_windows: int, n_samples: int) -> dict[str, Any]:
    """Time the compiled engines, the kinds of steps and the peak in turns; call it in a fresh process."""
    width = best_width()
    operations, peak_run = chains(width)
    problem = make_problem(case, 1, n_windows, n_samples)
    parts = steps.parts(problem)
    nominal = problem.model.summary(n_samples).multiply_adds
    done = sum(count for _, count in parts.values())
    runs: dict[str, Callable[[], object]] = {
        _PEAK: peak_run,
        **{kind: run for kind, (run, _) in parts.items()},
    }
    for engine in ENGINES:
        if engine != "numpy":
            runs[f"{OURS}{engine}"] = lambda engine=engine: problem.model.forward(problem.x, engine)  # type: ignore[misc]
    once = {name: stopwatch(run) for name, run in runs.items()}  # compiles, or reads what was compiled
    once = {name: stopwatch(run) for name, run in runs.items()}
    seconds = take_turns(runs, rounds, budget=BUDGET, once=once)
    peaks = seconds.pop(_PEAK)
    # The fast engine does fewer multiply-adds than the layers say: it folds upsampling into convolutions.
    work = {name: 2.0 * n_windows * (done if name == HEADLINE else nominal) for name in seconds}
    return {
        "network": case.name,
        **asdict(case),
        "width": width,
        "peak_gflops": operations / Timing.of(peaks).median / 1e9,
        "nominal": nominal,
        "done": done,
        "engines": {
            name: {
                "gflops": work[name] / Timing.of(values).median / 1e9,
                "share": asdict(Timing.of(shares(values, work[name], peaks, operations))),
            }
            for name, values in seconds.items()
            if name.startswith(OURS)
        },
        "window": asdict(Timing.of([1e6 * value / n_windows for value in seconds[HEADLINE]])),
        "steps": {
            kind: {
                "microseconds": asdict(Timing.of([1e6 * value / n_windows for value in seconds[kind]])),
                "multiply_adds": count,
                "share": asdict(Timing.of(shares(seconds[kind], 2.0 * n_windows * count, peaks, operations))),
            }
            for kind, (_, count) in parts.items()
        },
    }


def shares(seconds: list[float], work: float, peaks: list[float], operations: float) -> list[float]:
    """Share of the peak that was reached, by the rounds in which both took part."""
    return [(work / own) / (operations / peak) for own, peak in zip(seconds, peaks, strict=False)]


def growth(hours: Sequence[float], rounds: int) -> list[dict[str, Any]]:
    """Seconds to pick records of so many hours with the default weights on one thread, in turns.

    The records are the beginnings of one, a made-up day over and over; ``added``: peak memory (MB) beside it.
    """
    lengths = [round(length * 360_000) for length in hours]
    day = make_day(max(60_000, min(8_640_000, max(lengths)))).data
    record = np.tile(day, (1, -(-max(lengths) // day.shape[1])))
    lppn_np.pick(record[:, :60_000])
    added = [0.0] * len(lengths)

    def picked(index: int) -> Callable[[], object]:
        def run() -> None:
            before = memory.now()
            memory.forget_peak()
            lppn_np.pick(record[:, : lengths[index]])
            added[index] = memory.peak() - before

        return run

    runs = {f"{index}": picked(index) for index in range(len(lengths))}
    seconds = take_turns(runs, rounds, once=dict.fromkeys(runs, 0.0))
    return [
        {"hours": hours[index], "added": added[index], **asdict(Timing.of(seconds[f"{index}"]))}
        for index in range(len(lengths))
    ]

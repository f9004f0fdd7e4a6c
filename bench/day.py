"""A whole day from array to picks, beside STA/LTA (obspy) and PhaseNet (SeisBench) on the same samples."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lppn_np
from lppn_np import LPPN
from lppn_np.bench.contenders import HEADLINE, OURS, line_up
from lppn_np.bench.day_record import RATE, DayRecord, load_day, share_found
from lppn_np.bench.forward import ratios
from lppn_np.bench.isolated import in_fresh_process
from lppn_np.bench.problem import Case, bundled_case
from lppn_np.bench.seisbench_process import SeisBenchProcess
from lppn_np.bench.timing import Timing, take_turns
from lppn_np.optional import require
from lppn_np.picking.windows import plan_windows

#: Seconds for all turns of one contender.
BUDGET = 60.0
STA_LTA = "obspy STA/LTA"
PHASENET = "SeisBench PhaseNet"

Builder = Callable[[Any], Callable[[], Any]]
Picks = NDArray[np.float64]  # P arrivals, or triggers on the vertical: seconds after the first sample


@dataclass(frozen=True)
class Result:
    """What one contender makes of the day: how many picks, and P times where they mean something."""

    n_picks: int
    p_times: Picks | None


def networks() -> tuple[Case, ...]:
    """Those that pick the day: the paper's at S=16, and what is bundled."""
    return (Case("paper", 16, 4), *map(bundled_case, ("paper", "default", "small")))


def rows(
    data: Path, threads: Iterable[int], rounds: int, seisbench_python: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one row a number of threads; every row is measured in a fresh process."""
    for count in threads:
        yield in_fresh_process(measure, data, count, rounds, seisbench_python, threads=count)


def measure(data: Path, threads: int, rounds: int, seisbench_python: str | None) -> dict[str, Any]:
    """Pick the day with every contender, in turns."""
    day = load_day(data)
    cases = networks()
    results: dict[str, Result] = {}
    seisbench: list[SeisBenchProcess] = []

    def phasenet(_: Any) -> Callable[[], Any]:
        seisbench.append(SeisBenchProcess(seisbench_python, data, threads))
        return lambda: Result(seisbench[0].run(), None)

    table: dict[str, Builder] = {
        STA_LTA: lambda _: functools.partial(sta_lta, day),
        PHASENET: phasenet,
    }
    for case in cases:
        table[_ours(case)] = functools.partial(_picking, day, quiet_model(case), threads)
    lineup = line_up(day, {name: _noted(results, name, build) for name, build in table.items()})  # type: ignore[arg-type]
    seconds = take_turns(lineup.ready, rounds, budget=BUDGET, settled=True, once=lineup.setup)
    peer_memory = {PHASENET: seisbench[0].end()} if seisbench else {}
    return {
        "threads": threads,
        "samples": day.data.shape[1],
        "events": len(day.p_times),
        "contenders": {
            name: {
                "seconds": values,
                **asdict(Timing.of(values)),
                "setup": lineup.setup[name],
                "picks": results[name].n_picks,
                "found": _found(results[name], day),
                "peak_memory": peer_memory.get(name),
            }
            for name, values in seconds.items()
        },
        "weights": {case.name: case.weights for case in cases},
        "multiply_adds": {case.name: multiply_adds(quiet_model(case), day.data.shape[1]) for case in cases},
        "seisbench": seisbench[0].versions if seisbench else None,
        "ratios": {case.name: ratios(seconds, _ours(case)) for case in cases},
        "left_out": lineup.left_out,
        "failed": lineup.failed,
    }


def quiet_model(case: Case) -> LPPN:
    """Bundled weights, or random ones that mostly say noise."""
    model = case.model()
    if case.bundled:
        return model
    bias = np.array(model.tensors["class_head.bias"])
    bias[0] += 100.0  # far above what random weights give to the other classes: no picks
    return LPPN(case.config, {**model.tensors, "class_head.bias": bias})


def multiply_adds(model: LPPN, n_samples: int) -> int:
    """All windows of a record together."""
    windows = plan_windows(n_samples, model.in_samples, model.config.overlap, model.config.blinding)
    return len(windows) * model.summary(model.in_samples).multiply_adds


def sta_lta(day: DayRecord) -> Result:
    """Demean, bandpass 1 to 20 Hz, recursive STA/LTA (0.5 s, 10 s) and triggers, each component.

    The functions for arrays: a Stream's detrend, filter and trigger find the same in 1.05 to 1.2 times the
    time, as they copy it.
    """
    bandpass = require("obspy.signal.filter", "bench").bandpass
    trigger = require("obspy.signal.trigger", "bench")
    triggers = []
    for row in day.data:
        filtered = bandpass(row - row.mean(), 1.0, 20.0, RATE, corners=4)
        ratio = trigger.recursive_sta_lta(filtered, round(0.5 * RATE), round(10 * RATE))
        triggers.append(trigger.trigger_onset(ratio, 3.5, 1.0))
    vertical = np.array([begin / RATE for begin, _ in triggers[2]])
    return Result(sum(map(len, triggers)), vertical)


def _ours(case: Case) -> str:
    return f"{HEADLINE} {case.name}"


def _picking(day: DayRecord, model: LPPN, threads: int, _: Any) -> Callable[[], Result]:
    def run() -> Result:
        picks = lppn_np.pick(day.data, model=model, engine=HEADLINE.removeprefix(OURS), n_threads=threads)
        return Result(len(picks), np.array([pick.peak_time for pick in picks if pick.phase == "P"]))

    return run


def _noted(results: dict[str, Result], name: str, build: Builder) -> Builder:
    """Keep the latest result of what is built: a day need not be picked once more to see it."""

    def built(problem: Any) -> Callable[[], Any]:
        run = build(problem)

        def noted() -> None:
            results[name] = run()

        return noted

    return built


def _found(result: Result, day: DayRecord) -> float | None:
    if result.p_times is None or result.n_picks == 0:
        return None
    return share_found(result.p_times, day.p_times)

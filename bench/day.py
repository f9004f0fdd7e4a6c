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
from lppn_np import LPPN, LPPNConfig
from lppn_np.bench.contenders import HEADLINE, OURS, line_up
from lppn_np.bench.day_record import RATE, DayRecord, load_day, share_found
from lppn_np.bench.forward import ratios
from lppn_np.bench.isolated import in_fresh_process
from lppn_np.bench.problem import lively_model
from lppn_np.bench.seisbench_process import SeisBenchProcess
from lppn_np.bench.timing import REST, Timing, take_turns
from lppn_np.optional import require

#: Seconds for all turns of one contender.
BUDGET = 60.0
#: Stride and features of the networks that pick the day.
NETWORKS = ((16, 4), (16, 8))
STA_LTA = "obspy STA/LTA"
PHASENET = "SeisBench PhaseNet"

Picks = NDArray[np.float64]  # P arrivals, or triggers on the vertical: seconds after the first sample


@dataclass(frozen=True)
class Result:
    """What one contender makes of the day: how many picks, and P times where they mean something."""

    n_picks: int
    p_times: Picks | None


def rows(
    data: Path, threads: Iterable[int], rounds: int, seisbench_python: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one row a number of threads; every row is measured in a fresh process."""
    for count in threads:
        yield in_fresh_process(measure, data, count, rounds, seisbench_python, threads=count)


def measure(data: Path, threads: int, rounds: int, seisbench_python: str | None) -> dict[str, Any]:
    """Pick the day with every contender, in turns."""
    day = load_day(data)
    results: dict[str, Result] = {}
    seisbench: list[SeisBenchProcess] = []

    def phasenet(_: Any) -> Callable[[], Any]:
        seisbench.append(SeisBenchProcess(seisbench_python, data, threads))
        return lambda: Result(seisbench[0].run(), None)

    table: dict[str, Callable[[Any], Callable[[], Any]]] = {
        STA_LTA: lambda _: functools.partial(sta_lta, day),
        PHASENET: phasenet,
    }
    for stride, features in NETWORKS:
        model, _ = model_for(stride, features)
        table[f"{HEADLINE} {model_name(stride, features)}"] = _ours(day, model, threads)
    lineup = line_up(day, table)  # type: ignore[arg-type]
    for name, run in lineup.ready.items():
        results[name] = run()  # type: ignore[assignment]
    seconds = take_turns(lineup.ready, rounds, budget=BUDGET, rest=REST)
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
        "weights": {model_name(s, n): model_for(s, n)[1] for s, n in NETWORKS},
        "seisbench": seisbench[0].versions if seisbench else None,
        "ratios": {model_name(s, n): ratios(seconds, f"{HEADLINE} {model_name(s, n)}") for s, n in NETWORKS},
        "left_out": lineup.left_out,
        "failed": lineup.failed,
    }


def model_name(stride: int, features: int) -> str:
    """As it stands in tables."""
    return f"S={stride} n={features}"


def model_for(stride: int, features: int) -> tuple[LPPN, str]:
    """Bundled weights of that network, or random ones that mostly say noise, and which they are."""
    for name in LPPN.list_pretrained():
        model = LPPN.from_pretrained(name)
        if (model.config.variant, model.config.stride, model.config.features) == ("paper", stride, features):
            return model, name
    config = LPPNConfig(stride=stride, features=features)
    tensors = lively_model(config).tensors
    bias = np.array(tensors["class_head.bias"])
    bias[0] += 100.0  # far above what random weights give to the other classes: no picks
    return LPPN(config, {**tensors, "class_head.bias": bias}), "random"


def sta_lta(day: DayRecord) -> Result:
    """Demean, bandpass 1 to 20 Hz, recursive STA/LTA (0.5 s, 10 s) and triggers, each component."""
    bandpass = require("obspy.signal.filter", "bench").bandpass
    trigger = require("obspy.signal.trigger", "bench")
    triggers = []
    for row in day.data:
        filtered = bandpass(row - row.mean(), 1.0, 20.0, RATE, corners=4)
        ratio = trigger.recursive_sta_lta(filtered, round(0.5 * RATE), round(10 * RATE))
        triggers.append(trigger.trigger_onset(ratio, 3.5, 1.0))
    vertical = np.array([begin / RATE for begin, _ in triggers[2]])
    return Result(sum(map(len, triggers)), vertical)


def _ours(day: DayRecord, model: LPPN, threads: int) -> Callable[[Any], Callable[[], Any]]:
    def run() -> Result:
        picks = lppn_np.pick(day.data, model=model, engine=HEADLINE.removeprefix(OURS), n_threads=threads)
        return Result(len(picks), np.array([pick.peak_time for pick in picks if pick.phase == "P"]))

    return lambda _: run


def _found(result: Result, day: DayRecord) -> float | None:
    if result.p_times is None or result.n_picks == 0:
        return None
    return share_found(result.p_times, day.p_times)

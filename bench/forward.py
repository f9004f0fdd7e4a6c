"""Batches of windows through every network and every contender: checked, then timed in turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from typing import Any

from lppn_np.bench.checking import check_all
from lppn_np.bench.contenders import HEADLINE, line_up
from lppn_np.bench.isolated import in_fresh_process
from lppn_np.bench.problem import SAMPLES, WINDOWS, Case, make_problem
from lppn_np.bench.timing import Timing, ratio, take_turns

#: Seconds for all turns of one contender.
BUDGET = 1.5


def rows(
    cases: Iterable[Case],
    threads: Iterable[int],
    rounds: int,
    n_windows: int = WINDOWS,
    n_samples: int = SAMPLES,
) -> Iterator[dict[str, Any]]:
    """Yield one row a network and number of threads, each measured in a process of its own."""
    threads = tuple(threads)
    for case in cases:
        for count in threads:
            try:
                yield in_fresh_process(measure, case, count, rounds, n_windows, n_samples, threads=count)
            except BrokenProcessPool as error:
                head = {"network": case.name, "threads": count, "contenders": {}, "left_out": {}}
                yield {**head, "failed": {"all": f"the process died: {error}"}}


def measure(case: Case, threads: int, rounds: int, n_windows: int, n_samples: int) -> dict[str, Any]:
    """Check and time every contender on one network; call it in a fresh process."""
    problem = make_problem(case, threads, n_windows, n_samples)
    lineup = line_up(problem)
    checks = check_all(problem, lineup.ready)
    wrong = {name for name, check in checks.items() if not check.passed}
    failed = dict(lineup.failed)
    for name in wrong:
        check = checks[name]
        failed[name] = (
            f"differs from the textbook by {check.logits:.1e} (logits) and {check.offsets:.1e} (offsets); "
            f"at most {check.bound:.1e} is allowed"
        )
    right = {name: run for name, run in lineup.ready.items() if name not in wrong}
    once = {name: check.seconds for name, check in checks.items()}
    seconds = take_turns(right, rounds, budget=BUDGET, settled=True, once=once)
    return {
        "network": case.name,
        **asdict(case),
        "threads": threads,
        "windows": n_windows,
        "samples": n_samples,
        "multiply_adds": n_windows * problem.model.summary(n_samples).multiply_adds,
        "contenders": {
            name: {
                "seconds": values,
                **asdict(Timing.of(values)),
                "setup": lineup.setup[name],
                "difference": asdict(checks[name]),
            }
            for name, values in seconds.items()
        },
        "ratios": ratios(seconds),
        "left_out": lineup.left_out,
        "failed": failed,
    }


def ratios(seconds: dict[str, list[float]], ours: str = HEADLINE) -> dict[str, dict[str, float]]:
    """How many times as long as ours every other contender takes."""
    if ours not in seconds:
        return {}
    return {name: asdict(ratio(values, seconds[ours])) for name, values in seconds.items() if name != ours}

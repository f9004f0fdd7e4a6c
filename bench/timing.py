"""Times of contenders, taken in turns so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of one contender.

    Attributes
    ----------
    median, low, high : float
        Of the rounds: the middle, and the quarter and three-quarter points.
    """

    median: float
    low: float
    high: float


def interleaved(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Run every contender once to warm up, then in turns for ``rounds`` rounds."""
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    timings = {}
    for name, values in seconds.items():
        low, _, high = statistics.quantiles(values, n=4)
        timings[name] = Timing(statistics.median(values), low, high)
    return timings

"""Times of contenders, taken in turns so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: Seconds that the process is watched for, and that it may go on working at most, before a turn.
_WATCHED, _PATIENCE = 0.01, 1.0
#: Share of one core below which a process counts as idle. A sleeping one takes 0.02.
_IDLE = 0.1
#: However slow a contender is, it gets this many turns.
LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Timing:
    """Seconds of one contender, or a ratio.

    Attributes
    ----------
    median, low, high : float
        Of the rounds: the middle, and the quarter and three-quarter points.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Timing:
        """Summarise the values of at least one round."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(statistics.median(values), low, high)


def interleaved(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Run every contender once to warm up, then in turns for ``rounds`` rounds, each in an idle process."""
    return {name: Timing.of(values) for name, values in take_turns(contenders, rounds, settled=True).items()}


def take_turns(
    contenders: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    budget: float = float("inf"),
    settled: bool = False,
    once: Mapping[str, float] | None = None,
) -> dict[str, list[float]]:
    """Time every contender in turns, in another order each round.

    Parameters
    ----------
    contenders : mapping of str to callable
        What to time, by name. Each is called once more, before the first round, to warm up.
    rounds : int
        How often.
    budget : float
        Seconds for all turns of one contender. A slow one takes part in the first rounds only.
    settled : bool
        Whether to wait for an idle process before each turn; see :func:`settle`.
    once : mapping of str to float, optional
        Seconds that each has taken just now. Nothing is then warmed up again.

    Returns
    -------
    dict of str to list of float
        Seconds by round.
    """
    if once is None:
        once = {name: stopwatch(run) for name, run in contenders.items()}
    turns = {
        name: min(rounds, max(LEAST_ROUNDS, int(min(budget / max(once[name], 1e-9), rounds))))
        for name in contenders
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    order, shuffler = list(contenders), random.Random(0)
    for index in range(rounds):
        shuffler.shuffle(order)
        for name in order:
            if index < turns[name]:
                if settled:
                    settle()
                seconds[name].append(stopwatch(contenders[name]))
    return seconds


def settle() -> None:
    """Wait until no thread of this process computes, one second at most.

    The threads of other frameworks go on turning after their work, in case there is more: PyTorch's for 10
    ms, ONNX Runtime's for 60 (measured). They would take a core from whoever comes next.
    """
    end = time.perf_counter() + _PATIENCE
    while time.perf_counter() < end:
        computed = time.process_time()
        time.sleep(_WATCHED)
        if time.process_time() - computed < _IDLE * _WATCHED:
            return


def stopwatch(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ratio(peer: Sequence[float], ours: Sequence[float]) -> Timing:
    """How many times as long as ``ours`` the ``peer`` takes, by the rounds in which both took part."""
    return Timing.of([theirs / own for theirs, own in zip(peer, ours, strict=False)])

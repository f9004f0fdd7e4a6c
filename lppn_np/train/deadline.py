"""A run that ends in time: the number of steps is fitted to the pace, and the schedule with it."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Steps before the first fit, which compilation and reading would spoil.
_FIRST = 100
#: Share of the time, and seconds, kept for the last validation and for writing.
_RESERVE, _RESERVE_SECONDS = 0.01, 10.0


class Deadline:
    """Says at any step how many steps the whole run may have.

    Parameters
    ----------
    minutes : float
        From now to the end of the run.
    step : int
        Steps already done.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(self, minutes: float, step: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._first = clock, step + _FIRST
        self._end = clock() + 60 * minutes * (1 - _RESERVE) - _RESERVE_SECONDS
        self._mark: tuple[int, float] | None = None

    def steps(self, step: int, most: int) -> int:
        """Steps of the whole run at the mean pace so far, validations included.

        Parameters
        ----------
        step : int
            Steps done, one of these calls after each.
        most : int
            The answer is not larger.
        """
        now = self._clock()
        if now >= self._end:
            return step
        if step < self._first:
            return most
        if self._mark is None:
            self._mark = step, now
        begin, then = self._mark
        if step == begin:
            return most
        pace = (now - then) / (step - begin)
        return min(most, step + max(1, int((self._end - now) / max(pace, 1e-9))))

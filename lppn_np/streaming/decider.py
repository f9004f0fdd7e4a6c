"""Samples in, arrivals out, by sample numbers: the chain of ``pick`` on a record that is still growing."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.model import LPPN
from lppn_np.picking.decode import Candidates, keep_pickable
from lppn_np.picking.measuring import NOISE, SIGNAL
from lppn_np.picking.pipeline import Settings, candidates_in, choose, gap_margin, make_task
from lppn_np.picking.windows import Windows
from lppn_np.streaming.grid import Grid
from lppn_np.streaming.line import Line
from lppn_np.streaming.pool import NOTHING, Pool, as_matrix, from_matrix


class Decider:
    """Arrivals of a record of which the first ``settled`` samples are known.

    Parameters
    ----------
    model : LPPN
    settings : Settings
        Resolved.
    early : bool
        Decide without regard to where the record may end.

    Attributes
    ----------
    settled : int
        Samples that nothing is waited for any more.
    used : int
        Samples that windows have been made of, so that they must not change any more.
    line : Line
        Samples that are still needed, and those that came after the settled ones.
    """

    def __init__(self, model: LPPN, settings: Settings, early: bool) -> None:
        assert settings.overlap is not None
        assert settings.blinding is not None
        assert settings.min_distance is not None
        self.model, self.settings, self.early = model, settings, early
        self.grid = Grid(model.in_samples, settings.overlap, settings.blinding)
        self.line = Line(beyond=model.in_samples)
        self.settled = 0
        self.used = 0
        self._next = 0  # window
        self._due = 0.0
        self._margin = gap_margin(model)
        stride, rate = model.config.stride, model.sampling_rate
        # An offset may point out of its segment, but not so far (14,000 of four networks: 0.04 strides).
        self._stray = (1 + model.config.neighbours) * stride
        # Of the start of a window, where the first of its candidates may be.
        self._lost = settings.blinding - stride + 1 - self._stray
        self._waiting = NOTHING  # for the samples around them
        self._before = max(math.ceil(-NOISE[0] * rate), self._stray + self._margin) + 1
        self._after = math.ceil(SIGNAL[1] * rate)
        least = settings.min_distance * rate
        kind = np.array([ord(label[0]) for label in model.labels])
        self._pool = Pool(functools.partial(_choose, model, settings), max(least, stride), least, kind)

    @property
    def opened(self) -> bool:
        """Whether a window has been worked on, so that the first sample cannot be another one any more."""
        return self._next > 0

    @property
    def n_idle(self) -> int:
        """So many samples more can be settled without deciding anything."""
        if self._due <= self.settled:
            return 0
        return min(math.ceil(self._due - self.settled) - 1, self.grid.length)

    @property
    def latency(self) -> int:
        """Samples between an arrival and the one that decides it, at most, where none is missing."""
        beyond = self._pool.reach + self._stray + self.model.config.stride
        return math.ceil(self.grid.length - self.grid.blinding + beyond)

    def settle(self, n_samples: int) -> Candidates:
        """Take the first ``n_samples`` for known and return the arrivals that have been decided by that.

        Samples that are absent stay so: they are a gap.
        """
        if n_samples <= self.settled:
            return NOTHING
        self.settled = n_samples
        if n_samples < self._due:
            return NOTHING
        complete = self.grid.complete(n_samples)
        while self._next < complete:
            stop = min(complete, -(-self.line.top // self.grid.step))
            if stop <= self._next:  # nothing but gap, however long
                self._go_on_with(complete)
                break
            self._look(self.grid.regular(self._next, stop))
            self._go_on_with(stop)
        found = self._decide(n_samples, self._horizon(n_samples))
        self._due = self._next_due()
        return found

    def finish(self, n_samples: int) -> Candidates:
        """Let the record end after ``n_samples`` and return all that has not been returned."""
        early = self.settle(n_samples)
        if n_samples < 1:
            return early
        windows = self.grid.last(n_samples, self._next)
        if self.early and self._next:  # what lies before has been told
            first = np.maximum(windows.first, self._next * self.grid.step + self.grid.blinding)
            windows = dataclasses.replace(windows, first=first)
        self._look(windows)
        return Candidates.join([early, self._decide(n_samples, math.inf)])

    def forget(self) -> None:
        """Let go of samples that no window and no candidate needs any more."""
        first = min([self.settled - self.grid.length, self._pool.first, *self._waiting.time])
        self.line.forget(max(0, math.floor(first) - self._before))

    def dump(self) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Arrays and numbers that :meth:`load` takes."""
        arrays = {**self.line.dump(), **self._pool.dump(), "waiting": as_matrix(self._waiting)}
        return arrays, {"base": self.line.base, "settled": self.settled, "next": self._next}

    def load(self, arrays: dict[str, NDArray[Any]], numbers: dict[str, int]) -> None:
        """Go on where :meth:`dump` was called."""
        self.line.load(numbers["base"], arrays["rows"], arrays["flags"])
        self._pool.load(arrays["pool"], arrays["told"])
        self._waiting = from_matrix(arrays["waiting"])
        self.settled = numbers["settled"]
        self._go_on_with(numbers["next"])

    def _go_on_with(self, window: int) -> None:
        """Have worked on all windows before that one."""
        self._next, self._due = window, 0.0
        self.used = (window - 1) * self.grid.step + self.grid.length if window else 0

    def _look(self, windows: Windows) -> None:
        """Work on windows; the first is number ``_next``."""
        task = make_task(self.model, self.line.samples(self.settled), windows, self.settings)
        found = candidates_in(self.model, task, self.settings)
        if not len(found):
            return
        found = dataclasses.replace(found, window=found.window + self._next)
        self._waiting = Candidates.join([self._waiting, found])

    def _decide(self, n_samples: int, horizon: float) -> Candidates:
        """Pass on candidates whose surroundings are known, and tell what is certain."""
        if len(self._waiting):
            known = self._waiting.time + self._margin + 1 < n_samples
            if horizon == math.inf:
                known[:] = True
            samples = self.line.samples(n_samples)
            self._pool.add(keep_pickable(self._waiting.take(known), samples, self._margin))
            self._waiting = self._waiting.take(~known)
        return self._pool.decide(min([horizon, *self._waiting.time]))

    def _horizon(self, n_samples: int) -> float:
        """Before it no window to come has a candidate.

        The record may end at once, and its last window then ends with it.
        """
        if self._next == 0:
            return -math.inf
        start = self._next * self.grid.step if self.early else n_samples - self.grid.length
        # An arrival is measured when it is told.
        return min(start + self._lost, n_samples - self._after)

    def _next_due(self) -> float:
        """Samples from which on a decision may be another one than now.

        Before that many nothing is looked at: chunks of a sample are decided on no more often than long ones.
        """
        window = self._next * self.grid.step + self.grid.length + 1  # one more is complete
        if self._next == 0:
            return window
        waiting = self._waiting.time.min(initial=math.inf)
        known = math.floor(waiting) + self._margin + 1 if len(self._waiting) else math.inf
        wanted = self._pool.due
        certain = math.inf
        if wanted <= waiting and not (self.early and wanted > self._next * self.grid.step + self._lost):
            certain = wanted + (
                self._after if self.early else max(self.grid.length - self._lost, self._after)
            )
        return min(window, known, certain)


def _choose(model: LPPN, settings: Settings, found: Candidates) -> Candidates:
    return choose(model, found, settings)

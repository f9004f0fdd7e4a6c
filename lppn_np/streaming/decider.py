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
from lppn_np.streaming.pool import Pool, as_matrix, from_matrix


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
        self._next = 0  # window
        self._margin = gap_margin(model)
        stride, rate = model.config.stride, model.sampling_rate
        # An offset may point out of its segment, but not so far (14,000 of four networks: 0.04 strides).
        self._stray = (1 + model.config.neighbours) * stride
        self._waiting = Candidates.join([])  # for the samples around them
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
    def used(self) -> int:
        """Samples that windows have been made of, so that they must not change any more."""
        return (self._next - 1) * self.grid.step + self.grid.length if self._next else 0

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
            return Candidates.join([])
        self.settled = n_samples
        complete = self.grid.complete(n_samples)
        while self._next < complete:
            stop = min(complete, -(-self.line.top // self.grid.step))
            if stop <= self._next:  # nothing but gap, however long
                self._next = complete
                break
            self._look(self.grid.regular(self._next, stop))
            self._next = stop
        return self._decide(n_samples, self._horizon())

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
        self.settled, self._next = numbers["settled"], numbers["next"]

    def _look(self, windows: Windows) -> None:
        """Work on windows; the first is number ``_next``."""
        task = make_task(self.model, self.line.samples(self.settled), windows, self.settings)
        found = candidates_in(self.model, task, self.settings)
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

    def _horizon(self) -> float:
        """Before it no window to come has a candidate.

        The record may end at once, and its last window then ends with it.
        """
        if self._next == 0:
            return -math.inf
        start = self._next * self.grid.step if self.early else self.settled - self.grid.length
        first = start + self.grid.blinding - self.model.config.stride + 1 - self._stray
        return min(first, self.settled - self._after)  # an arrival is measured when it is told


def _choose(model: LPPN, settings: Settings, found: Candidates) -> Candidates:
    return choose(model, found, settings)

"""Candidates that wait until no later one can change what becomes of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.decode import Candidates

Choose = Callable[[Candidates], Candidates]
Flags = NDArray[np.bool_]

#: Made once: an empty one costs a tenth of what a window does.
NOTHING = Candidates.join([])


class Pool:
    """Removal of duplicates, told as soon as it is certain.

    The one who chooses is :func:`lppn_np.picking.pipeline.choose`, as for a whole record; only *when* it can
    be believed is worked out here. It keeps the most probable candidate, drops those that are too close, and
    goes on with the next. So a candidate's fate hangs on more probable ones within reach alone, theirs on
    more probable ones within theirs, and what is still to come matters only through such a chain.

    Parameters
    ----------
    choose : callable
        Candidates to those that are kept.
    reach : float
        Samples; candidates further apart do not know of each other.
    min_distance : float
        Samples; of two closer ones the less probable is dropped, whatever their windows.
    kind : ndarray, shape (n_classes,)
        The kind of each class; kinds do not know of each other.

    Attributes
    ----------
    due : float
        The horizon that decides more than the last one did.
    """

    def __init__(self, choose: Choose, reach: float, min_distance: float, kind: NDArray[np.intp]) -> None:
        self._choose, self.reach, self._min_distance, self._kind = choose, reach, min_distance, kind
        self._found = NOTHING
        self._told = np.zeros(0, np.bool_)
        self.due = math.inf

    def __len__(self) -> int:
        return len(self._found)

    def add(self, found: Candidates) -> None:
        """More candidates, in the order that the whole record would have them in."""
        if len(found):
            self._found = Candidates.join([self._found, found])
            self._told = np.append(self._told, np.zeros(len(found), np.bool_))
            self.due = min(self.due, float(found.time.min()) + self.reach)

    def decide(self, horizon: float) -> Candidates:
        """Those that are certain to be kept and have not been told yet.

        Parameters
        ----------
        horizon : float
            Nothing is added any more at an earlier time (samples).
        """
        if not len(self._found):
            self.due = math.inf
        if horizon < self.due or not len(self._found):
            return NOTHING
        kept = self._kept()
        certain = self._certain(kept, horizon)
        new = self._found.take(kept & certain & ~self._told)
        self._told |= kept & certain
        # Dropped ones have no say; kept ones have one while somebody undecided is, or may come, within reach.
        needed = ~certain | (kept & self._concerns(~certain, horizon))
        self._found, self._told = self._found.take(needed), self._told[needed]
        # A candidate waits for one, maybe itself, that something new may come within reach of.
        waiting = self._found.time[~self._told & (horizon - self._found.time < self.reach)]
        self.due = float(waiting.min()) + self.reach if len(waiting) else math.inf
        return new

    @property
    def first(self) -> float:
        """Time of the first candidate that has not been told."""
        return float(self._found.time[~self._told].min(initial=math.inf))

    def dump(self) -> dict[str, NDArray[Any]]:
        """Arrays that :meth:`load` takes."""
        return {"pool": as_matrix(self._found), "told": self._told}

    def load(self, pool: NDArray[np.float64], told: Flags) -> None:
        """Take back what :meth:`dump` gave."""
        self._found, self._told, self.due = from_matrix(pool), np.array(told, np.bool_), -math.inf

    def _kept(self) -> Flags:
        """Which ones would be kept if nothing came any more."""
        # Numbers in a column that the choice does not look at tell which ones come back.
        numbers = np.arange(len(self._found), dtype=np.int64)
        kept = np.zeros(len(numbers), np.bool_)
        kept[self._choose(dataclasses.replace(self._found, begin=numbers)).begin] = True
        return kept

    def _certain(self, kept: Flags, horizon: float) -> Flags:
        time, kind = self._found.time, self._kind[self._found.label]
        settled = horizon - time >= self.reach  # nothing new comes within reach
        certain = np.zeros(len(time), np.bool_)
        order = np.lexsort((time, -self._found.probability))  # as the choice goes
        for rank, i in enumerate(order.tolist()):
            above = order[:rank]
            apart = np.abs(time[above] - time[i])
            near = above[(kind[above] == kind[i]) & (apart < self.reach)]
            certain[i] = settled[i] and certain[near].all()
            if not kept[i] and not certain[i]:  # whatever comes, one that is sure to stay drops it
                certain[i] = (
                    kept[near] & certain[near] & (np.abs(time[near] - time[i]) < self._min_distance)
                ).any()
        return certain

    def _concerns(self, undecided: Flags, horizon: float) -> Flags:
        """Which ones are in reach of an undecided one, or of one that may come."""
        time, open_ = self._found.time, np.sort(self._found.time[undecided])
        first = np.searchsorted(open_, time - self.reach, "left")
        stop = np.searchsorted(open_, time + self.reach, "right")
        return (stop > first) | (horizon - time < self.reach)


def as_matrix(found: Candidates) -> NDArray[np.float64]:
    """Candidates as (6, n) numbers; all whole ones are below 2**53."""
    return np.stack([np.asarray(column, np.float64) for column in vars(found).values()])


def from_matrix(matrix: NDArray[np.float64]) -> Candidates:
    """What :func:`as_matrix` was given."""
    label, time, probability, begin, end, window = np.array(matrix, np.float64)
    whole = (each.astype(np.int64) for each in (begin, end, window))
    return Candidates(label.astype(np.intp), time, probability, *whole)

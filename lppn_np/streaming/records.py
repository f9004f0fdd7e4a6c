"""The records of one station, one after the other: where each begins, and when it is over."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings, gap_margin
from lppn_np.picks import Pick
from lppn_np.streaming.chunk import Chunk, values_of_array
from lppn_np.streaming.counts import Counts
from lppn_np.streaming.decider import Decider
from lppn_np.streaming.feeding import Feeder
from lppn_np.streaming.instant import Instant
from lppn_np.streaming.opening import Opening
from lppn_np.streaming.options import ISLAND_GAP, Options
from lppn_np.streaming.staging import Staging
from lppn_np.streaming.telling import Teller


class Records:
    """Takes the chunks of a station and returns its picks, in the order in which they are decided.

    Parameters
    ----------
    model : LPPN
    settings : Settings
        Resolved.
    options : Options
        Checked.
    teller : Teller

    Attributes
    ----------
    counts : Counts
    opening : Opening or None
        While the record's first sample may still come.
    origin : Instant or None
        Of the record, or of the one that has ended.
    feeder : Feeder or None
        Of the record; None before its first chunk.
    lead : int
        Samples of gap before the record, where it is not the first one.
    end : float
        Of what has come, in nanoseconds.
    """

    def __init__(self, model: LPPN, settings: Settings, options: Options, teller: Teller) -> None:
        self._model, self._settings, self._options, self._teller = model, settings, options, teller
        self._rows = tuple(model.component_order.index(c) for c in options.components)
        self.counts = Counts()
        self.opening: Opening | None = Opening(self.counts)
        self.origin: Instant | None = None
        self.feeder: Feeder | None = None
        self.lead, self.end = 0, -math.inf
        self._staging = Staging()

    def follow(self, data: Any) -> bool:
        """Take an array that goes on where the last one ended, if it cannot decide anything."""
        return self._staging.take(data)

    def unstage(self) -> None:
        """Put in place what :meth:`follow` has taken: to be done before anything else is."""
        if self._staging.n_samples:
            orders = self._options.component_order, self._model.component_order
            values = values_of_array(self._staging.clear(), *orders)
            picks = self.take([Chunk(slice(0, 3), self.after_all(), values, self._teller.sampling_rate)])
            assert not picks
        self._staging.clear()

    def stage(self, dtype: np.dtype[Any]) -> None:
        """Let arrays of that type follow, where the record has no gap that something may still fill."""
        feeder = self.feeder
        if feeder is not None and feeder.decider.opened and feeder.is_in_step:
            self._staging.open(dtype, feeder.decider.n_idle)

    @property
    def nbytes(self) -> int:
        """Memory of the samples that are held."""
        held = self.opening.nbytes if self.opening else 0
        return held + self._staging.nbytes + (self.feeder.decider.line.nbytes if self.feeder else 0)

    def new_decider(self) -> Decider:
        """One for a record that begins."""
        return Decider(self._model, self._settings, self._options.early)

    def new_feeder(self, first: Chunk) -> Feeder:
        """One for a record that begins with that chunk."""
        wait = round(self._options.max_latency * self._model.sampling_rate)
        return Feeder(self.new_decider(), first, self.lead, wait, self._rows, self.counts, self._teller)

    def after_all(self) -> Instant:
        """When the next sample is due."""
        if self.feeder is None:
            return Instant.of(0.0)
        origin, end = self.feeder.origin, max([end for end in self.feeder.ends if end is not None])
        return origin.at(origin.ns + round(end * 1e9 / self.feeder.rate))

    def comparable(self, time: Instant) -> Instant:
        """Return that time, if it can be counted from the record's first sample.

        Raises
        ------
        InputError
            It cannot.
        """
        if self.origin is not None and not time.is_like(self.origin):
            raise InputError(
                f"a time given as {time.kind}, after others given as {self.origin.kind}: one cannot be "
                "counted from the other"
            )
        return time

    def take(self, chunks: list[Chunk]) -> list[Pick]:
        """Take chunks that came together and return the picks that have been decided by that."""
        picks: list[Pick] = []
        waiting: list[Chunk] = []
        for chunk in sorted(chunks, key=lambda chunk: chunk.order):
            if self._is_over(chunk.time.ns):
                picks, waiting = picks + self._put(waiting) + self._break(), []
            waiting.append(chunk)
            self.end = max(self.end, chunk.time.ns + chunk.values.shape[1] / chunk.rate * 1e9)
        return picks + self._put(waiting)

    def advance(self, time: Instant) -> list[Pick]:
        """It is that late."""
        if self.feeder is None:
            return []
        now = self.comparable(time).ns
        picks = self.feeder.advance(now)
        return picks + self._break() if self._is_over(now - self._options.max_latency * 1e9) else picks

    def finish(self) -> list[Pick]:
        """End the record with what has come."""
        return self.feeder.finish() if self.feeder else []

    def _put(self, chunks: list[Chunk]) -> list[Pick]:
        """Hand chunks in order of time, of one record, to where they are put in place."""
        if not chunks:
            return []
        if self.opening is not None:
            chunks, first = self.opening.take(chunks, self._limit())
            if first is not None:
                self.counts, self.origin = dataclasses.replace(self.opening.counts), first.time
                self.feeder = self.new_feeder(first)
        assert self.feeder is not None
        picks = self.feeder.take(chunks)
        if self.feeder.decider.opened:
            self.opening = None
        return picks

    def _limit(self) -> float:
        if self.feeder is None:
            return -math.inf
        feeder = self.feeder
        return feeder.origin.ns + (feeder.newest - feeder.lead - feeder.wait) / feeder.rate * 1e9

    def _is_over(self, ns: float) -> bool:
        """Whether a record of traces has ended before that time: the next one is a record of its own."""
        return bool(self._teller.instrument) and self.end > -math.inf and ns - self.end > ISLAND_GAP * 1e9

    def _break(self) -> list[Pick]:
        """End a record and be ready for the next."""
        margin = gap_margin(self._model)
        picks = self.feeder.finish(margin) if self.feeder else []
        self.feeder, self.opening, self.lead, self.end = None, Opening(self.counts), margin, -math.inf
        return picks

"""``StreamingPicker``: picks of one station while its record grows."""

from __future__ import annotations

import dataclasses
import math
import os
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.picking.check import check_sampling_rate
from lppn_np.picking.decode import Candidates
from lppn_np.picking.listing import list_picks
from lppn_np.picking.pipeline import Settings, gap_margin
from lppn_np.picks import Pick, PickList
from lppn_np.streaming import state
from lppn_np.streaming.chunk import Chunk, chunks_of_array, chunks_of_segments
from lppn_np.streaming.counts import Counts
from lppn_np.streaming.decider import Decider
from lppn_np.streaming.feeding import Feeder
from lppn_np.streaming.instant import Instant
from lppn_np.streaming.opening import Opening
from lppn_np.streaming.options import ISLAND_GAP, Options

Model = LPPN | str | os.PathLike[str]


@dataclasses.dataclass(frozen=True, eq=False)
class StreamedPick(Pick):
    """A pick out of a stream; equal to a :class:`~lppn_np.Pick` with the same attributes.

    Attributes
    ----------
    latency : float
        Seconds of data that had come after the arrival when it was told.
    """

    latency: float = float("nan")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pick):
            return NotImplemented
        names = [field.name for field in dataclasses.fields(Pick) if field.compare]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = Pick.__hash__


class StreamingPicker:
    """Pick the record of one station while it grows; together the picks are those of :func:`lppn_np.pick`.

    Each pick is told once, as soon as nothing that may still come can change it. See ``docs/streaming.md``
    for what decides a pick, and how long it takes.

    Parameters
    ----------
    model : LPPN, str or path
        As in :func:`lppn_np.pick`, like the next five.
    P_threshold, S_threshold : float, optional
        Least probability of a pick.
    overlap, blinding : int, optional
        Samples that neighbouring windows share, and that are left to the neighbour.
    min_distance : float, optional
        Seconds; at most the length of a window.
    sampling_rate : float
        Hz, of arrays; the model's.
    component_order : str
        What the rows of an array are.
    trace_id : str
        Name for the picks of arrays; traces have their own.
    max_latency : float
        Seconds that missing samples are waited for: until data of any component are that much further.
        Chunks may come in any order within it.
    components : str
        The ones that are waited for. A station that only has a vertical: ``"Z"``.
    early : bool
        Tell a pick as soon as the windows around it are done, 10 s earlier on average, without regard to a
        record that ends right after it: after :meth:`close` the picks of the last 30 s may then differ from
        those of :func:`lppn_np.pick`.
    flexible_horizontal_components : bool
        Take component 1 for N and 2 for E.
    batch_size : int
        Windows computed at once, where much data come at once.
    engine : {"numba", "layers", "numpy"}
        As in :func:`lppn_np.pick`.
    n_threads : int
        As in :func:`lppn_np.pick`.

    Examples
    --------
    >>> import numpy as np, lppn_np
    >>> untrained = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=8))
    >>> picker = lppn_np.StreamingPicker(untrained, P_threshold=0.99, S_threshold=0.99, engine="numpy")
    >>> for chunk in np.random.default_rng(0).normal(size=(5, 3, 1000)):
    ...     print(picker.feed(chunk))
    0 picks
    0 picks
    0 picks
    0 picks
    0 picks
    >>> picker.close()
    []
    """

    def __init__(
        self,
        model: Model = "default",
        *,
        P_threshold: float | None = None,
        S_threshold: float | None = None,
        overlap: int | None = None,
        blinding: int | None = None,
        min_distance: float | None = None,
        sampling_rate: float = 100.0,
        component_order: str = "ENZ",
        trace_id: str = "",
        max_latency: float = 30.0,
        components: str = "ENZ",
        early: bool = False,
        flexible_horizontal_components: bool = True,
        batch_size: int = 64,
        engine: str = "numba",
        n_threads: int = 1,
    ) -> None:
        self.model = load_model(model)
        settings = Settings(
            P_threshold, S_threshold, overlap, blinding, min_distance, batch_size, engine, n_threads
        )
        check_sampling_rate(sampling_rate, self.model.sampling_rate)
        self._start(
            settings.resolve(self.model),
            Options(component_order, max_latency, components, early, flexible_horizontal_components),
        )
        self.trace_id, self.sampling_rate = trace_id, float(sampling_rate)

    def _start(self, settings: Settings, options: Options) -> None:
        self.settings, self.options = settings, options.checked(self.model, settings)
        self.trace_id, self.instrument = "", ""
        self.counts = Counts()
        self._opening: Opening | None = Opening(self.counts)
        self._origin: Instant | None = None  # of the record, or of the one that has ended
        self._feeder: Feeder | None = None
        self._lead = 0  # samples of gap before the record, where it is not the first one
        self._end = -math.inf  # of what has come, in nanoseconds
        self._closed = False

    def feed(self, data: Any, starttime: Any = None) -> PickList:
        """Take a piece of the record.

        Parameters
        ----------
        data : array_like, shape (3, n_samples), obspy.Stream or obspy.Trace
            Of any length. In an array NaN is a gap. Traces are of one instrument of one station; the
            components may come one by one. What comes at once is taken in order of time.
        starttime : optional
            Time of an array's first sample, as in :func:`lppn_np.pick`. None: right after the last sample
            that was fed.

        Returns
        -------
        PickList of StreamedPick
            Those that have been decided by it, in order of time; the times are of the kind of the first
            ``starttime``.

        Raises
        ------
        InputError
            Data that cannot be used; nothing of them has been taken.
        """
        if self._closed:
            raise InputError("the stream is closed; begin a new StreamingPicker")
        if state.is_traces(data):
            if starttime is not None:
                raise InputError("traces know their starttime; give one for arrays only")
            from lppn_np.waveforms.segments import group_segments

            groups = group_segments(data, self.options.flexible_horizontal_components).segments
            return self.feed_segments(groups)
        time = self._after_all() if starttime is None else Instant.of(starttime)
        return self._take(
            chunks_of_array(
                data, time, self.options.component_order, self.model.component_order, self.sampling_rate
            ),
            None,
        )

    def feed_segments(self, groups: dict[tuple[str, str], list[Any]]) -> PickList:
        """Take traces that have been sorted by instrument (:mod:`lppn_np.waveforms.segments`)."""
        if not groups:
            return PickList()
        known = {(self.trace_id, self.instrument)} if self.instrument else set()
        if len(names := known | set(groups)) > 1:
            found = ", ".join(sorted(f"{trace_id} {instrument}" for trace_id, instrument in names))
            raise InputError(f"traces of several instruments ({found}); lppn_np.StreamingPickers takes them")
        (name,) = groups
        model = self.model
        return self._take(chunks_of_segments(groups[name], model.component_order, model.sampling_rate), name)

    def advance(self, time: Any) -> PickList:
        """Say how late it is, for the time without data.

        What should have come ``max_latency`` before that is not waited for. When no trace has come for
        ten minutes more, the record ends, as it does for :func:`lppn_np.pick`.

        Parameters
        ----------
        time
            Now, of a kind that ``starttime`` may be.

        Returns
        -------
        PickList of StreamedPick
            Those that have been decided by it.
        """
        if self._feeder is None or self._closed:
            return PickList()
        now = self._comparable(Instant.of(time)).ns
        picks = self._feeder.advance(now)
        if self._is_over(now - self.options.max_latency * 1e9):
            picks += self._break()
        return _in_order(picks)

    def close(self) -> PickList:
        """End the record with what has come, and return the picks that had to wait for that.

        Returns
        -------
        PickList of StreamedPick
            The last ones.
        """
        picks = self._feeder.finish() if self._feeder and not self._closed else []
        self._closed = True
        return _in_order(picks)

    @property
    def latency(self) -> float:
        """Seconds of data after an arrival within which it is told, when no samples are missing.

        A weak one beside others, each weaker than the next and less than ``min_distance`` from it, may take
        that much longer for each of them.
        """
        decider = self._feeder.decider if self._feeder else self._new_decider()
        return decider.latency / self.model.sampling_rate

    @property
    def nbytes(self) -> int:
        """Memory of the samples that are held."""
        held = self._opening.nbytes if self._opening else 0
        return held + (self._feeder.decider.line.nbytes if self._feeder else 0)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all that is needed to go on to one ``.npz``, whole or not at all.

        Raises
        ------
        InputError
            The path cannot be written.
        """
        state.write(Path(path), [state.dump(self)], {"kind": "picker"})

    @classmethod
    def restore(cls, path: str | os.PathLike[str], model: Model = "default") -> StreamingPicker:
        """Go on where :meth:`save` was called: no pick is lost or told again.

        Parameters
        ----------
        path : path
            What :meth:`save` wrote.
        model : LPPN, str or path
            The one that the saved picker had.

        Raises
        ------
        InputError
            No such file, another file, or another model.
        """
        dumps, _ = state.read(Path(path), "picker")
        return state.load(cls, dumps[0], load_model(model), Path(path))

    def _new_decider(self) -> Decider:
        return Decider(self.model, self.settings, self.options.early)

    def _new_feeder(self, first: Chunk) -> Feeder:
        options = self.options
        rows = tuple(self.model.component_order.index(c) for c in options.components)
        wait = round(options.max_latency * self.model.sampling_rate)
        return Feeder(self._new_decider(), first, self._lead, wait, rows, self.counts, self._tell)

    def _after_all(self) -> Instant:
        if self._feeder is None:
            return Instant.of(0.0)
        origin, end = self._feeder.origin, max(end for end in self._feeder.ends if end is not None)
        return origin.at(origin.ns + round(end * 1e9 / self._feeder.rate))

    def _comparable(self, time: Instant) -> Instant:
        if self._origin is not None and not time.is_like(self._origin):
            raise InputError(
                f"a time given as {time.kind}, after others given as {self._origin.kind}: one cannot be "
                "counted from the other"
            )
        return time

    def _take(self, chunks: list[Chunk], name: tuple[str, str] | None) -> PickList:
        for chunk in chunks:
            self._comparable(chunk.time)
        if self._origin is not None and bool(self.instrument) != (name is not None):
            raise InputError("arrays and traces do not mix in one stream")
        if name is not None:
            self.trace_id, self.instrument = name
        picks: list[Pick] = []
        waiting: list[Chunk] = []
        for chunk in sorted(chunks, key=lambda chunk: chunk.order):
            if self._is_over(chunk.time.ns):
                picks, waiting = picks + self._put(waiting) + self._break(), []
            waiting.append(chunk)
            self._end = max(self._end, chunk.time.ns + len(chunk.values) / chunk.rate * 1e9)
        return _in_order(picks + self._put(waiting))

    def _put(self, chunks: list[Chunk]) -> list[Pick]:
        """Hand chunks in order of time, of one record, to where they are put in place."""
        if not chunks:
            return []
        if self._opening is not None:
            chunks, first = self._opening.take(chunks, self._limit())
            if first is not None:
                self.counts, self._origin = dataclasses.replace(self._opening.counts), first.time
                self._feeder = self._new_feeder(first)
        assert self._feeder is not None
        picks = self._feeder.take(chunks)
        if self._feeder.decider.opened:
            self._opening = None
        return picks

    def _limit(self) -> float:
        if self._feeder is None:
            return -math.inf
        feeder = self._feeder
        return feeder.origin.ns + (feeder.newest - feeder.lead - feeder.wait) / feeder.rate * 1e9

    def _is_over(self, ns: float) -> bool:
        """Whether a record of traces has ended before that time: the next one is a record of its own."""
        return bool(self.instrument) and self._end > -math.inf and ns - self._end > ISLAND_GAP * 1e9

    def _break(self) -> list[Pick]:
        """End a record and be ready for the next."""
        margin = gap_margin(self.model)
        picks = self._feeder.finish(margin) if self._feeder else []
        self._feeder, self._opening, self._lead, self._end = None, Opening(self.counts), margin, -math.inf
        return picks

    def _tell(self, found: Candidates, feeder: Feeder) -> list[Pick]:
        rate = self.model.sampling_rate
        seconds = feeder.clocks.seconds(found.time) if self.instrument else found.time / self.sampling_rate
        samples, labels = feeder.decider.line.samples(feeder.decider.settled), self.model.labels
        clock = feeder.origin.clock
        picks = list_picks(found, samples, labels, self.trace_id, clock, seconds, rate)
        latencies = ((feeder.newest - found.time) / rate).tolist()
        return [
            StreamedPick(**vars(pick), latency=latency)
            for pick, latency in zip(picks, latencies, strict=True)
        ]


def _in_order(picks: list[Pick]) -> PickList:
    return PickList(sorted(picks, key=lambda pick: (pick.peak_time, -(pick.peak_value or 0.0))))

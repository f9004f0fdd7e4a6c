"""``StreamingPicker``: picks of one station while its record grows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.picking.check import check_sampling_rate
from lppn_np.picking.pipeline import Settings
from lppn_np.picks import PickList
from lppn_np.provenance import Provenance
from lppn_np.streaming import state
from lppn_np.streaming.chunk import Chunk, chunks_of_array, chunks_of_segments, is_traces, values_of_array
from lppn_np.streaming.counts import Counts
from lppn_np.streaming.instant import Instant
from lppn_np.streaming.options import Options
from lppn_np.streaming.records import Records
from lppn_np.streaming.telling import Teller, in_order

Model = LPPN | str | os.PathLike[str]


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
        options = Options(component_order, max_latency, components, early, flexible_horizontal_components)
        self._start(settings.resolve(self.model), options, Teller(self.model, float(sampling_rate), trace_id))

    def _start(self, settings: Settings, options: Options, teller: Teller) -> None:
        self.settings, self.options = settings, options.checked(self.model, settings)
        self._teller = teller
        teller.provenance = Provenance.of(self.model, settings)
        self._records = Records(self.model, self.settings, self.options, teller)
        self._closed = False

    @property
    def trace_id(self) -> str:
        """Name of the picks: what was given for arrays, or the traces'."""
        return self._teller.trace_id

    @property
    def instrument(self) -> str:
        """Channel code of the traces without its last letter, empty for arrays."""
        return self._teller.instrument

    @property
    def sampling_rate(self) -> float:
        """Hz, of arrays."""
        return self._teller.sampling_rate

    @property
    def counts(self) -> Counts:
        """What has happened to the samples."""
        self._records.unstage()
        return self._records.counts

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
        if starttime is None and self._records.follow(data):
            return PickList()
        if self._closed:
            raise InputError("the stream is closed; begin a new StreamingPicker")
        if is_traces(data):
            if starttime is not None:
                raise InputError("traces know their starttime; give one for arrays only")
            from lppn_np.waveforms.segments import group_segments

            groups = group_segments(data, self.options.flexible_horizontal_components).segments
            return self.feed_segments(groups)
        self._records.unstage()
        time = self._records.after_all() if starttime is None else Instant.of(starttime)
        values = values_of_array(data, self.options.component_order, self.model.component_order)
        picks = self._take(chunks_of_array(values, time, self.sampling_rate), None)
        self._records.stage(getattr(data, "dtype", values.dtype))
        return picks

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
        self._records.unstage()
        return PickList() if self._closed else in_order(self._records.advance(Instant.of(time)))

    def close(self) -> PickList:
        """End the record with what has come, and return the picks that had to wait for that.

        Returns
        -------
        PickList of StreamedPick
            The last ones.
        """
        self._records.unstage()
        picks = [] if self._closed else self._records.finish()
        self._closed = True
        return in_order(picks)

    @property
    def latency(self) -> float:
        """Seconds of data after an arrival within which it is told, when no samples are missing.

        A weak one beside others, each weaker than the next and less than ``min_distance`` from it, may take
        that much longer for each of them.
        """
        return self._records.new_decider().latency / self.model.sampling_rate

    @property
    def nbytes(self) -> int:
        """Memory of the samples that are held."""
        return self._records.nbytes

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

    def _take(self, chunks: list[Chunk], name: tuple[str, str] | None) -> PickList:
        records, teller = self._records, self._teller
        for chunk in chunks:
            records.comparable(chunk.time)
        if records.origin is not None and bool(teller.instrument) != (name is not None):
            raise InputError("arrays and traces do not mix in one stream")
        if name is not None:
            teller.trace_id, teller.instrument = name
        return in_order(records.take(chunks))

"""``StreamingPickers``: any number of stations, a picker each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.picks import PickList, merge_lists
from lppn_np.streaming import state
from lppn_np.streaming.picker import Model, StreamingPicker
from lppn_np.streaming.problems import Problems
from lppn_np.waveforms.instruments import PREFERRED

Name = tuple[str, str]


class StreamingPickers(Mapping[Name, StreamingPicker]):
    """Pick the packets of many stations.

    A mapping from ``(trace_id, instrument)``, such as ``("CI.CLC.", "HH")``, to the picker of that record. Of
    the instruments that share a NET.STA.LOC one is picked, as :func:`lppn_np.pick` does: when a better one
    appears, it takes over.

    Parameters
    ----------
    model : LPPN, str or path
        As in :func:`lppn_np.pick`.
    on_problem : callable, optional
        Called with a text for each trace that cannot be used, once a channel. Default: a Python warning.
    **settings
        Those of :class:`~lppn_np.StreamingPicker`, the same for all stations.

    Examples
    --------
    >>> import lppn_np
    >>> pickers = lppn_np.StreamingPickers(lppn_np.LPPN(lppn_np.LPPNConfig()), P_threshold=0.5)
    >>> len(pickers)
    0
    """

    def __init__(
        self, model: Model = "default", *, on_problem: Callable[[str], None] | None = None, **settings: Any
    ) -> None:
        self.model = load_model(model)
        self._settings = settings
        self._new()  # refuses what cannot work now, not with the first packet
        self._begin({}, on_problem)

    def _begin(self, pickers: dict[Name, StreamingPicker], on_problem: Callable[[str], None] | None) -> None:
        self._pickers = pickers
        self._problems = Problems(on_problem)

    def __getitem__(self, name: Name) -> StreamingPicker:
        return self._pickers[name]

    def __iter__(self) -> Iterator[Name]:
        return iter(self._pickers)

    def __len__(self) -> int:
        return len(self._pickers)

    @property
    def settings(self) -> dict[str, Any]:
        """What was chosen for all stations."""
        return dict(self._settings)

    def feed(self, stream: Any) -> PickList:
        """Take packets of any stations.

        Parameters
        ----------
        stream : obspy.Stream or obspy.Trace
            In any order. What cannot be used, such as another sampling rate than the model's, is reported
            and left out.

        Returns
        -------
        PickList of StreamedPick
            Those that have been decided by it.

        Raises
        ------
        InputError
            No Stream, or one without traces.
        """
        from lppn_np.waveforms.segments import group_segments

        flexible = self._settings.get("flexible_horizontal_components", True)
        lists = []
        for name, segments in group_segments(stream, flexible).segments.items():
            try:
                lists.append(self._feed(name, segments))
            except InputError as error:
                self._problems.tell(segments[0].channel, str(error))
        return merge_lists(lists)

    def advance(self, time: Any) -> PickList:
        """Say how late it is; see :meth:`StreamingPicker.advance`."""
        return merge_lists([picker.advance(time) for picker in self._pickers.values()])

    def close(self) -> PickList:
        """End all records; see :meth:`StreamingPicker.close`."""
        return merge_lists([picker.close() for picker in self._pickers.values()])

    def save(self, path: str | os.PathLike[str], **remarks: Any) -> None:
        """Write all that is needed to go on to one ``.npz``, whole or not at all.

        Parameters
        ----------
        path : path
        **remarks
            JSON-ready values that :func:`lppn_np.streaming.state.read_remarks` gives back.

        Raises
        ------
        InputError
            The path cannot be written.
        """
        dumps = [state.dump(picker) for picker in self._pickers.values()]
        state.write(Path(path), dumps, {"kind": "pickers", "settings": self._settings, "remarks": remarks})

    @classmethod
    def restore(
        cls,
        path: str | os.PathLike[str],
        model: Model = "default",
        on_problem: Callable[[str], None] | None = None,
    ) -> StreamingPickers:
        """Go on where :meth:`save` was called; see :meth:`StreamingPicker.restore`.

        Parameters
        ----------
        path : path
            What :meth:`save` wrote.
        model : LPPN, str or path
            The one that the saved pickers had.
        on_problem : callable, optional
            As for a new one.

        Raises
        ------
        InputError
            No such file, another file, or another model.
        """
        dumps, meta = state.read(Path(path), "pickers")
        model = load_model(model)
        try:
            pickers = cls(model, on_problem=on_problem, **meta["settings"])
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}: the state of a stream is damaged ({error!r})") from error
        each = [state.load(StreamingPicker, dumped, model, Path(path)) for dumped in dumps]
        pickers._begin({(one.trace_id, one.instrument): one for one in each}, on_problem)
        return pickers

    def _new(self) -> StreamingPicker:
        return StreamingPicker(self.model, **self._settings)

    def _feed(self, name: Name, segments: list[Any]) -> PickList:
        if name in self._pickers:
            return self._pickers[name].feed_segments({name: segments})
        trace_id, instrument = name
        others = [known for known in self._pickers if known[0] == trace_id]
        if any(_rank(known[1]) < _rank(instrument) for known in others):
            self._problems.tell(segments[0].channel, f"{trace_id}{instrument}: {others[0][1]} is preferred")
            return PickList()
        picker = self._new()
        picks = picker.feed_segments({name: segments})
        for worse in others:
            del self._pickers[worse]
            self._problems.tell(worse[0] + worse[1], f"{trace_id}{worse[1]}: {instrument} is preferred")
        self._pickers[name] = picker
        return picks


def _rank(instrument: str) -> tuple[int, str]:
    place = PREFERRED.index(instrument) if instrument in PREFERRED else len(PREFERRED)
    return place, instrument

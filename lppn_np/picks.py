"""Picks, with SeisBench's names and attributes."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from lppn_np import exporters
from lppn_np.errors import InputError
from lppn_np.exporters.times import epoch_ns, is_relative
from lppn_np.optional import require
from lppn_np.provenance import SOFTWARE, Provenance, gathered


@dataclass(frozen=True)
class Pick:
    """One arrival.

    Attributes
    ----------
    trace_id : str
        ``NET.STA.LOC``, empty for a bare array.
    start_time, end_time : time
        Where the run of segments above the threshold begins and ends.
    peak_time : time
        The arrival: seconds after the first sample (float) for an array; of the kind of ``starttime``
        where one was given; ``UTCDateTime`` for a Stream.
    peak_value : float
        Probability of the class in the segment, in (0, 1].
    phase : str
        ``"P"`` or ``"S"``; with seven classes also ``"Pg"``, ``"Sg"``, ``"Pn"``, ``"Sn"``.
    snr : float, optional
        Signal to noise in dB: mean square of the 2 s after the arrival over that of the 4 s that end 0.5 s
        before it, all components together, after the noise's mean was taken off. None where data is missing.
    amplitude : float, optional
        Where it was asked for: the largest deviation of any component from its mean before the arrival, in
        the 5 s after it or up to the next arrival, in the unit of the record.
    provenance : Provenance, optional
        Software, weights and thresholds that made it; None for a pick that was not made by a model.

    Notes
    -----
    Measurements and origin do not tell picks apart: ``==`` leaves out ``snr``, ``amplitude`` and
    ``provenance``. ``sorted`` puts picks in order of start, end and name, as SeisBench's.
    """

    #: SeisBench's picks may have a polarity; LPPN tells none.
    polarity = None
    polarity_value = None

    trace_id: str
    start_time: Any
    end_time: Any = None
    peak_time: Any = None
    peak_value: float | None = None
    phase: str | None = None
    snr: float | None = field(default=None, compare=False)
    amplitude: float | None = field(default=None, compare=False)
    provenance: Provenance | None = field(default=None, compare=False, repr=False)

    def __lt__(self, other: Pick) -> bool:
        mine, others = ((p.start_time, p.end_time, p.trace_id) for p in (self, other))
        return bool(mine < others)

    def __str__(self) -> str:
        time = exporters.time_text(self.peak_time)
        value = "-" if self.peak_value is None else f"{self.peak_value:.3f}"
        return f"{self.trace_id or '-':<14} {self.phase or '-':<3} {time}  {value}"


class PickList(list[Pick]):
    """A list of picks, in order of time.

    Parameters
    ----------
    picks : iterable of Pick
    provenance : iterable of Provenance
        What looked for picks, so that an empty list tells it, too.
    """

    def __init__(self, picks: Iterable[Pick] = (), provenance: Iterable[Provenance] = ()) -> None:
        super().__init__(picks)
        self._looked_with = tuple(provenance)

    @property
    def provenance(self) -> tuple[Provenance, ...]:
        """Software, weights and thresholds that made the picks, each once; empty if nothing is known."""
        looked_with: tuple[Provenance, ...] = getattr(self, "_looked_with", ())  # pickles of before it
        return gathered(looked_with, (pick.provenance for pick in self))

    def select(
        self, trace_id: str | None = None, min_confidence: float | None = None, phase: str | None = None
    ) -> PickList:
        """Return the picks that meet every condition given.

        Parameters
        ----------
        trace_id : str, optional
            Regular expression that the whole trace id matches.
        min_confidence : float, optional
            Least ``peak_value``.
        phase : str, optional
            Phase name, matched exactly.

        Raises
        ------
        InputError
            ``trace_id`` is not a regular expression.
        """
        try:
            pattern = re.compile("" if trace_id is None else trace_id)
        except (re.error, TypeError, OverflowError) as error:
            raise InputError(f"trace_id {trace_id!r} is not a regular expression: {error}") from error
        chosen = (
            pick
            for pick in self
            if (trace_id is None or pattern.fullmatch(pick.trace_id))
            and (min_confidence is None or (pick.peak_value or 0.0) >= min_confidence)
            and (phase is None or pick.phase == phase)
        )
        return PickList(chosen, self.provenance)

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame, one row a pick.

        Columns
        -------
        station, time, start_time, end_time, probability, phase, polarity, polarity_probability
            SeisBench's. ``station`` is the trace id; dates are ``datetime64[ns]``, UTC without a zone.
        trace_id, peak_time, peak_value, snr, amplitude
            The attributes of :class:`Pick` that go by another name there, or are not there.
        made_by, weights_sha256
            Software, weights and thresholds as text, and the digest of the weights; None if not known.

        ``attrs["lppn-np"]`` of the frame is a list of what made the picks, as of :meth:`Provenance.to_dict`;
        pandas' Parquet keeps it.

        Raises
        ------
        MissingDependencyError
            pandas is not installed.
        """
        pandas = require("pandas", "dataframe")
        columns = {name: [value(pick) for pick in self] for name, value in _COLUMNS.items()}
        frame = pandas.DataFrame(columns)
        if self.provenance:
            frame.attrs[SOFTWARE] = [each.to_dict() for each in self.provenance]
        return frame

    def write(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write the picks to a file, whole or not at all, with the weights' sha256 (docs/picking.md: where).

        Parameters
        ----------
        path : path
            Where to.
        format : str, optional
            ``"csv"``, ``"json"``, ``"phasenet"``, ``"gamma"``, ``"pyocto"``, ``"real"`` (a folder),
            ``"quakeml"``, ``"nonlinloc"``, ``"scml"``, ``"hypoinverse"`` or ``"parquet"``. Default: by the
            suffix of ``path``.

        Raises
        ------
        InputError
            An unknown format, picks that it cannot hold (dates or stations are missing), or a path that
            cannot be written.
        MissingDependencyError
            The format needs obspy or pyarrow.
        """
        exporters.write(self, Path(path), format)

    def plot(self, stream: Any, kind: str = "auto", model: Any = None) -> Any:
        """Draw the picks on the record that they come from.

        Parameters
        ----------
        stream : obspy.Stream
            Picks of stations that it does not hold are left out.
        kind : {"auto", "station", "section", "day"}
            Components of one record; one trace of every record; one component line by line with the rate of
            picks. ``"auto"`` is the first for one record and the second for several.
        model : LPPN, optional
            With it the probabilities of the segments are drawn, too.

        Returns
        -------
        matplotlib.figure.Figure
            :func:`lppn_np.plotting.save_figure` or its own ``savefig`` writes it.

        Raises
        ------
        InputError
            No usable trace, or several records where the kind draws one.
        MissingDependencyError
            matplotlib is not installed.
        """
        # By name: pictures are no part of what the network needs, which imports this module.
        plot_picks = importlib.import_module("lppn_np.plotting").plot_picks
        return plot_picks(self, stream, kind, model)

    def __str__(self) -> str:
        return "\n".join([f"{len(self)} picks", *(str(pick) for pick in self)])


def merge_lists(lists: Iterable[Iterable[Pick]]) -> PickList:
    """One list of all picks, in order of time."""
    lists = list(lists)
    origins = [origin for picks in lists if isinstance(picks, PickList) for origin in picks.provenance]
    picks = sorted((pick for picks in lists for pick in picks), key=lambda pick: pick.peak_time)
    return PickList(picks, gathered(origins))


def _date(name: str) -> Callable[[Pick], Any]:
    def value(pick: Pick) -> Any:
        time = getattr(pick, name)
        if time is None or is_relative(time):
            return time
        return np.datetime64(epoch_ns(time, "a data frame"), "ns")

    return value


def _origin(name: str) -> Callable[[Pick], Any]:
    return lambda pick: exporters.origin_fields(pick).get(name)


#: Columns of a data frame: SeisBench's, then the other attributes.
_COLUMNS: dict[str, Callable[[Pick], Any]] = {
    "station": attrgetter("trace_id"),
    "time": _date("peak_time"),
    "start_time": _date("start_time"),
    "end_time": _date("end_time"),
    "probability": attrgetter("peak_value"),
    "phase": attrgetter("phase"),
    "polarity": attrgetter("polarity"),
    "polarity_probability": attrgetter("polarity_value"),
    **{name: attrgetter(name) for name in ("trace_id", "peak_time", "peak_value", "snr", "amplitude")},
    **{name: _origin(name) for name in exporters.ORIGIN},
}

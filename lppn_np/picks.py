"""Picks, with SeisBench's names and attributes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lppn_np import exporters
from lppn_np.errors import InputError
from lppn_np.optional import require


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
    """

    trace_id: str
    start_time: Any
    end_time: Any = None
    peak_time: Any = None
    peak_value: float | None = None
    phase: str | None = None

    def __str__(self) -> str:
        time = exporters.time_text(self.peak_time)
        value = "-" if self.peak_value is None else f"{self.peak_value:.3f}"
        return f"{self.trace_id or '-':<14} {self.phase or '-':<3} {time}  {value}"


class PickList(list[Pick]):
    """A list of picks, in order of time."""

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
        return PickList(
            pick
            for pick in self
            if (trace_id is None or pattern.fullmatch(pick.trace_id))
            and (min_confidence is None or (pick.peak_value or 0.0) >= min_confidence)
            and (phase is None or pick.phase == phase)
        )

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame, one row a pick, columns named like the attributes of :class:`Pick`.

        Raises
        ------
        MissingDependencyError
            pandas is not installed.
        """
        pandas = require("pandas", "dataframe")
        return pandas.DataFrame([vars(pick) for pick in self], columns=list(Pick.__dataclass_fields__))

    def write(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002
        """Write the picks to a file, whole or not at all.

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

    def __str__(self) -> str:
        return "\n".join([f"{len(self)} picks", *(str(pick) for pick in self)])


def merge_lists(lists: Iterable[Iterable[Pick]]) -> PickList:
    """One list of all picks, in order of time."""
    return PickList(sorted((pick for picks in lists for pick in picks), key=lambda pick: pick.peak_time))

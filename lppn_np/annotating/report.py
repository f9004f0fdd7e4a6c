"""What became of the traces of a station, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.pipeline import gap_margin
from lppn_np.waveforms.preparing import ISLAND_GAP, Station
from lppn_np.waveforms.resampling import stretches

if TYPE_CHECKING:
    from lppn_np.model import LPPN
    from lppn_np.waveforms.records import Record


@dataclass(frozen=True)
class StationReport:
    """
    What became of the traces of one NET.STA.LOC; ``print`` shows it.

    Attributes
    ----------
    trace_id : str
    instrument : str or None
        The one that was used; None where none could be.
    n_picks : int or None
        None where picks were not asked for.
    seconds : float
        With data on some component.
    dropped : tuple of str
        Traces and instruments that were not used, and why.
    filled : tuple of str
        What the network saw as zeros: missing components and gaps.
    resampled : tuple of str
        Channels whose sampling rate was changed.
    too_short : tuple of str
        Stretches in which no pick can be made, and records shorter than a window.
    notes : tuple of str
        Overlaps that disagree, samples off the time grid.
    """

    trace_id: str
    instrument: str | None
    n_picks: int | None
    seconds: float
    dropped: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    resampled: tuple[str, ...] = ()
    too_short: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        picks = "" if self.n_picks is None else f", {self.n_picks} picks"
        head = f"{self.trace_id}{self.instrument or ' not used'}: {self.seconds:.2f} s of data{picks}"
        parts = {"dropped": self.dropped, "filled": self.filled, "resampled": self.resampled}
        parts |= {"too short": self.too_short, "note": self.notes}
        return "\n".join([head, *(f"  {name}: {text}" for name, texts in parts.items() for text in texts)])


def report_on(station: Station, model: LPPN, n_picks: int | None) -> StationReport:
    """
    Look through the records of a station.

    Parameters
    ----------
    station : Station
    model : LPPN
        That they were made for.
    n_picks : int or None
    """
    rate = model.sampling_rate
    surveys = [_Survey(record, rate) for record in station.records]
    filled = [f"no component {component}: zeros" for component in station.missing]
    if len(surveys) > 1:
        filled.append(f"gaps of more than {ISLAND_GAP:g} s: {len(surveys) - 1}")
    gaps = np.concatenate([survey.gaps for survey in surveys]) if surveys else np.empty(0)
    if len(gaps):
        filled.append(f"gaps of all components: {len(gaps)}, {gaps.sum():.2f} s")
    for row, component in enumerate(model.component_order):
        own = sum(survey.own_gaps[row] for survey in surveys)
        if own and component not in station.missing:
            filled.append(f"component {component} alone: {own:.2f} s")
    too_short = []
    if short := [seconds for survey in surveys for seconds in survey.between(2 * gap_margin(model) / rate)]:
        too_short.append(f"between gaps, no picks there: {len(short)} stretches, {sum(short):.2f} s")
    window = model.in_samples / rate
    too_short += [
        f"a record of {survey.span:.2f} s, shorter than a window of {window:g} s: filled up with zeros"
        for survey in surveys
        if survey.span < window
    ]
    missing = {f"no component {component}" for component in "ENZ"}
    notes = dict.fromkeys(note for record in station.records for note in record.notes if note not in missing)
    return StationReport(
        station.trace_id,
        station.instrument,
        n_picks,
        sum(survey.seconds for survey in surveys),
        tuple(station.dropped),
        tuple(filled),
        tuple(station.resampled),
        tuple(too_short),
        tuple(notes),
    )


class _Survey:
    """Lengths of what there is and is not in a record, in seconds."""

    def __init__(self, record: Record, rate: float) -> None:
        missing = np.isnan(record.data)
        data = stretches(~missing.all(axis=0))
        self._lengths = (data[:, 1] - data[:, 0]) / rate
        self.seconds = float(self._lengths.sum())
        self.span = float(data[-1, 1] - data[0, 0]) / rate if len(data) else 0.0
        self.gaps: NDArray[np.float64] = (data[1:, 0] - data[:-1, 1]) / rate
        there = ~missing.all(axis=0)
        self.own_gaps = [float(np.count_nonzero(row & there)) / rate for row in missing]

    def between(self, least: float) -> list[float]:
        """Return the stretches between two gaps that are no longer than `least`."""
        inner = self._lengths[1:-1]
        return [float(seconds) for seconds in inner if seconds <= least]

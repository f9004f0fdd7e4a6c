"""What a picture needs of a record: so little that the records of a whole network can wait to be drawn."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.provenance import Provenance, provenance_of

if TYPE_CHECKING:
    from lppn_np.model import LPPN
    from lppn_np.picking.pipeline import Settings
    from lppn_np.picks import Pick

#: Points a component at most: a day in 24 lines has 2,000 a line.
MOST_POINTS = 48_000

Float = NDArray[np.floating[Any]]
Arrival = tuple[float, str, float]


@dataclass(frozen=True)
class Panel:
    """One record, thinned out.

    Attributes
    ----------
    title : str
        ``NET.STA.LOC.HH``.
    trace_id : str
    start : datetime or None
        Of the first sample, UTC; None for a bare array.
    duration : float
        Seconds.
    components : str
        What the rows are.
    seconds : ndarray, shape (n,)
        After the first sample.
    rows : ndarray, shape (3, n)
        NaN without data.
    arrivals : list of (float, str, float)
        Seconds after the first sample, phase, probability.
    curves : dict of str to ndarray
        Probability of each segment, by phase; empty without a model.
    segment : float
        Seconds of a segment.
    thresholds : dict of str to float
    provenance : tuple of Provenance
        What made the picks.
    """

    title: str
    trace_id: str
    start: datetime.datetime | None
    duration: float
    components: str
    seconds: Float
    rows: Float
    arrivals: list[Arrival]
    curves: dict[str, Float] = field(default_factory=dict)
    segment: float = 0.0
    thresholds: dict[str, float] = field(default_factory=dict)
    provenance: tuple[Provenance, ...] = ()

    def thinned(self, most: int) -> tuple[Float, Float]:
        """Seconds and rows with so many points at most."""
        if self.seconds.size <= most:
            return self.seconds, self.rows
        return thin(self.rows, self.seconds.size / self.duration, most)

    def vertical(self) -> Float:
        """The row Z, or the first that has data."""
        order = sorted(range(3), key=lambda i: self.components[i] != "Z")
        alive = [i for i in order if np.isfinite(self.rows[i]).any()]
        row: Float = self.rows[alive[0] if alive else order[0]]
        return row


def thin(data: Float, sampling_rate: float, most: int = MOST_POINTS) -> tuple[Float, Float]:
    """Least and greatest sample of each of many pieces, where there are more samples than can be seen.

    Parameters
    ----------
    data : ndarray, shape (3, n_samples)
    sampling_rate : float
        Hz.
    most : int
        Points.

    Returns
    -------
    seconds : ndarray, shape (n,)
    rows : ndarray, shape (3, n)
        A piece without data is NaN.
    """
    n = data.shape[1]
    if n <= most:
        return np.arange(n) / sampling_rate, data
    size = -(-n // (most // 2))
    pieces = -(-n // size)
    padded = np.full((3, pieces * size), np.nan, data.dtype)
    padded[:, :n] = data
    cut = padded.reshape(3, pieces, size)
    rows = np.stack([np.fmin.reduce(cut, axis=2), np.fmax.reduce(cut, axis=2)], axis=2)
    seconds = (np.arange(2 * pieces) // 2 * size + np.arange(2 * pieces) % 2 * (size // 2)) / sampling_rate
    return seconds, rows.reshape(3, -1)


def panels_of(
    stream: Any, picks: Iterable[Pick], model: LPPN | None = None, settings: Settings | None = None
) -> list[Panel]:
    """Panels of a Stream, one an instrument of a station.

    Parameters
    ----------
    stream : obspy.Stream
    picks : iterable of Pick
        Those of other stations are left out.
    model : LPPN, optional
        With it come the probabilities.
    settings : Settings, optional
        Of the curves. Default: the model's own.
    """
    from lppn_np.waveforms import records_from_stream

    picks = picks if isinstance(picks, list) else list(picks)
    origin = provenance_of(picks)
    order = "ENZ" if model is None else model.component_order
    panels = []
    for record in records_from_stream(stream, order):
        seconds, rows = thin(record.data, record.sampling_rate)
        duration = record.data.shape[1] / record.sampling_rate
        of_station = [(p.peak_time - record.starttime, p) for p in picks if p.trace_id == record.trace_id]
        arrivals = [(t, p.phase or "", p.peak_value or 0.0) for t, p in of_station if 0 <= t <= duration]
        more = {"provenance": origin, **({} if model is None else _curves(model, settings, record))}
        start = record.starttime.datetime.replace(tzinfo=datetime.UTC)
        title = f"{record.trace_id}.{record.instrument}"
        panels.append(Panel(title, record.trace_id, start, duration, order, seconds, rows, arrivals, **more))
    return panels


def _curves(model: LPPN, settings: Settings | None, record: Any) -> dict[str, Any]:
    from lppn_np.picking.pipeline import Settings, probability_curves

    if abs(record.sampling_rate - model.sampling_rate) > 1e-4 * model.sampling_rate:
        return {}  # the curves belong to a resampled record
    chosen = (settings or Settings()).resolve(model)
    curves = probability_curves(model, record.data, chosen)[1:]  # without "no arrival"
    limits = {"P": chosen.P_threshold, "S": chosen.S_threshold}
    return {
        "curves": dict(zip(model.labels[1:], curves, strict=True)),
        "segment": model.config.stride / model.sampling_rate,
        "thresholds": {label: limits[label[0]] for label in model.labels[1:]},
    }

"""A Stream to probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.annotating.classify import survey_record
from lppn_np.annotating.options import Options
from lppn_np.annotating.report import StationReport, report_on
from lppn_np.optional import require
from lppn_np.picking.pipeline import Settings, gap_margin, probability_curves
from lppn_np.picking.samples import BLOCK, Samples
from lppn_np.waveforms.preparing import stations_from_stream
from lppn_np.waveforms.resampling import stretches
from lppn_np.waveforms.timeline import seconds_of

if TYPE_CHECKING:
    from obspy import Stream, Trace

    from lppn_np.model import LPPN
    from lppn_np.waveforms.records import Record

Curves = NDArray[np.floating[Any]]


def annotate_stream(model: LPPN, stream: Any, options: Options) -> Stream | tuple[Stream, Any]:
    """
    Compute the probabilities of every station's segments; :meth:`lppn_np.LPPN.annotate` says how.

    Parameters
    ----------
    model : LPPN
    stream : obspy.Stream
        Only read.
    options : Options

    Returns
    -------
    obspy.Stream
        With a dict of reports in a tuple where they are asked for.
    """
    settings = options.resolved(model)
    traces: list[Trace] = []
    reports: dict[str, StationReport] = {}
    for station in stations_from_stream(stream, options.preparation(model)):
        for record in station.records:
            traces += _annotate(model, record, settings)
        if options.explain:
            reports[station.trace_id] = report_on(station, model, None)
    annotations = require("obspy", "waveforms").Stream(traces)
    return (annotations, reports) if options.explain else annotations


def _annotate(model: LPPN, record: Record, settings: Settings) -> list[Trace]:
    samples = survey_record(record)
    curves = probability_curves(model, samples, settings)
    curves[:, np.isnan(curves[0])] = (np.arange(len(curves)) == 0)[:, None]  # no signal: certainly no arrival
    pickable = pickable_segments(samples, model.config.stride, gap_margin(model))
    return [
        trace
        for first, stop in stretches(pickable).tolist()
        for trace in _traces(model, record, curves[:, first:stop], first)
    ]


def pickable_segments(samples: Samples, stride: int, margin: int) -> NDArray[np.bool_]:
    """Which segments of a record have a sample that can be picked: not in a gap, nor beside one."""
    n_samples = samples.n_samples
    n_segments = -(-n_samples // stride)
    if not samples.holes.any():
        return np.ones(n_segments, np.bool_)
    blocked = np.zeros(n_samples + 1, np.int32)  # how many gaps and their margins begin less those that end
    for block in np.flatnonzero(samples.holes).tolist():
        piece = samples.piece(block * BLOCK, min((block + 1) * BLOCK, n_samples))
        gaps = stretches(np.logical_and.reduce([np.isnan(row) for row in piece])) + block * BLOCK
        np.add.at(blocked, np.maximum(gaps[:, 0] - margin, 0), 1)
        np.add.at(blocked, np.minimum(gaps[:, 1] + margin, n_samples), -1)
    clear = np.zeros(n_segments * stride, np.bool_)
    clear[:n_samples] = np.cumsum(blocked[:-1]) == 0
    return np.asarray(clear.reshape(n_segments, stride).any(axis=1))


def _traces(model: LPPN, record: Record, curves: Curves, first: int) -> list[Trace]:
    """Return one trace a class; a sample is at the middle of its segment."""
    obspy = require("obspy", "waveforms")
    stride, n_segments = model.config.stride, curves.shape[1]
    middle = first * stride + (stride - 1) / 2
    begin, end = seconds_of(record.timelines, middle + np.array([0, (n_segments - 1) * stride])).tolist()
    rate = model.sampling_rate / stride
    if (
        abs(end - begin - (n_segments - 1) / rate) > 0.5 / model.sampling_rate
    ):  # the station's clock is another
        rate = (n_segments - 1) / (end - begin)
    network, rest = record.trace_id.split(".", 1)
    station, location = rest.rsplit(".", 1)
    header = {"network": network, "station": station, "location": location, "sampling_rate": rate}
    header["starttime"] = record.starttime + begin
    labels = (f"{model.name}_{label}" for label in model.labels)
    return [
        obspy.Trace(curve.astype(np.float32), {**header, "channel": label})
        for curve, label in zip(curves, labels, strict=True)
    ]

"""A Stream to picks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lppn_np.annotating.options import Options
from lppn_np.annotating.output import ClassifyOutput
from lppn_np.annotating.report import StationReport, report_on
from lppn_np.errors import InputError
from lppn_np.picking.listing import list_picks
from lppn_np.picking.pipeline import Settings, find_arrivals
from lppn_np.picking.samples import Samples, survey
from lppn_np.picking.times import clock
from lppn_np.picks import PickList, merge_lists
from lppn_np.provenance import Provenance
from lppn_np.waveforms.preparing import stations_from_stream
from lppn_np.waveforms.timeline import seconds_of

if TYPE_CHECKING:
    from lppn_np.model import LPPN
    from lppn_np.waveforms.records import Record


def classify_stream(model: LPPN, stream: Any, options: Options) -> ClassifyOutput:
    """
    Pick every station of a Stream; :meth:`lppn_np.LPPN.classify` says how.

    Parameters
    ----------
    model : LPPN
    stream : obspy.Stream
        Only read.
    options : Options

    Returns
    -------
    ClassifyOutput
        With ``picks``, and ``reports`` where they are asked for.
    """
    settings = options.resolved(model)
    lists = [PickList(provenance=[Provenance.of(model, settings)])]  # told where nothing is found, too
    reports: dict[str, StationReport] = {}
    for station in stations_from_stream(stream, options.preparation(model)):
        found = [_picks(model, record, settings, options.amplitude) for record in station.records]
        lists += found
        if options.explain:
            reports[station.trace_id] = report_on(station, model, sum(map(len, found)))
    outputs: dict[str, Any] = {"picks": merge_lists(lists)}
    if options.explain:
        outputs["reports"] = reports
    return ClassifyOutput(model.name, **outputs)


def survey_record(record: Record) -> Samples:
    """Return the samples of a record; an infinite one is refused under the station's name."""
    try:
        return survey(record.data)
    except InputError as error:
        raise InputError(f"{record.trace_id}{record.instrument}: {error}") from error


def _picks(model: LPPN, record: Record, settings: Settings, amplitude: bool) -> PickList:
    samples = survey_record(record)
    found = find_arrivals(model, samples, settings)
    time, rate = clock(record.starttime), model.sampling_rate
    seconds = seconds_of(record.timelines, found.time)
    origin = Provenance.of(model, settings)
    return list_picks(found, samples, model.labels, record.trace_id, time, seconds, rate, amplitude, origin)

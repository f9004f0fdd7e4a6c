"""``lppn-np pick``: waveform files to picks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.cli.pick_inputs import Inputs, gather, standard_input
from lppn_np.cli.pick_output import check_outputs, write_outputs
from lppn_np.cli.pick_progress import Progress
from lppn_np.cli.pick_span import Span, moment
from lppn_np.cli.pick_summary import Summary
from lppn_np.errors import InputError
from lppn_np.exporters import FORMATS
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings
from lppn_np.picks import Pick, PickList, merge_lists
from lppn_np.plotting import KINDS, Panel, panels_of

_NUMBERED = {"N": "1", "E": "2"}


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "pick",
        help="pick P and S in waveform files",
        description="Pick P and S in waveform files of any format that obspy reads; the components of a "
        "station may be in one file or in several. A file that cannot be read is reported and skipped; the "
        "exit status is then 1.",
    )
    parser.add_argument(
        "files",
        type=Path,
        nargs="*",
        metavar="RECORD",
        help="files, folders (searched), patterns in quotes ('**' is any depth), or - for standard input",
    )
    _add_inputs(parser.add_argument_group("what is picked"))
    _add_picking(parser.add_argument_group("how"))
    _add_outputs(parser.add_argument_group("results"))
    parser.set_defaults(run=run, usage_error=parser.error)


def _add_inputs(group: Any) -> None:
    group.add_argument("--sds", type=Path, metavar="ROOT", help="archive: YEAR/NET/STA/CHAN.D/...")
    group.add_argument("--from", dest="first", type=moment, metavar="TIME", help="first day, or moment, UTC")
    group.add_argument(
        "--to", dest="last", type=moment, metavar="TIME", help="last day, or moment after the last, UTC"
    )
    group.add_argument(
        "--stations", default="*", metavar="PATTERN", help="NET.STA.LOC with * and ?, such as 'CI.*'"
    )
    group.add_argument(
        "--components",
        type=_components,
        default="ENZ",
        metavar="LETTERS",
        help="use these of E, N and Z only; the others count as missing",
    )


def _add_picking(group: Any) -> None:
    group.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    group.add_argument("--threshold", type=float, help="least probability of a pick, both phases")
    group.add_argument("--P-threshold", dest="P_threshold", type=float, help="least probability of P")
    group.add_argument("--S-threshold", dest="S_threshold", type=float, help="least probability of S")
    group.add_argument("--threads", type=int, default=1, help="0 takes every core")
    group.add_argument("--engine", choices=("numba", "layers", "numpy"), default="numba")


def _add_outputs(group: Any) -> None:
    group.add_argument("-o", "--output", type=Path, help="file of picks; default: print them")
    group.add_argument(
        "--format", choices=sorted(FORMATS), help="of the picks; default: by the file's suffix"
    )
    group.add_argument("--plot", type=Path, metavar="FILE", help="picture (.png, .pdf, .svg)")
    group.add_argument(
        "--plot-kind",
        choices=KINDS,
        default="auto",
        help="station: components and probabilities, in a PDF one page a station; section: all stations; "
        "day: one component, line by line, and picks an hour; auto: station for one, section for several",
    )
    group.add_argument("--amplitude", action="store_true", help="with amplitudes, in the unit of the records")
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="what was dropped, filled, resampled, too short, by station",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="no progress, no summary")


def _components(text: str) -> str:
    letters = text.upper()
    if not letters or set(letters) - set("ENZ"):
        raise argparse.ArgumentTypeError(f"{text!r} is not made of E, N and Z")
    return letters


def run(options: argparse.Namespace) -> int:
    """Pick the files and write or print the picks."""
    if not options.files and not options.sds:
        options.usage_error("the following arguments are required: RECORD, or --sds ROOT")
    check_outputs(options)
    model = load_model(options.model)
    settings = _settings(options)
    settings.resolve(model)  # a wrong setting ends here, and not once for every station
    with standard_input(options.files) as file_of:
        summary, picks, panels = _pick_all(options, model, settings, file_of)
    if summary.stations:
        with summary.timing("write"):
            write_outputs(options, picks, panels)
    if options.verbose:
        print("\n".join(str(report) for report in summary.reports), file=sys.stderr)
    if not options.quiet and summary.stations:
        print("\n".join(summary.lines(picks, options.output)), file=sys.stderr)
    if not summary.stations and not summary.skipped:
        raise InputError("nothing to pick: no trace of these stations, components and times")
    for complaint in summary.complaints():
        print(f"lppn-np pick: {complaint}", file=sys.stderr)
    return 1 if summary.skipped or not summary.stations else 0


def _settings(options: argparse.Namespace) -> Settings:
    both = options.threshold
    return Settings(
        P_threshold=both if options.P_threshold is None else options.P_threshold,
        S_threshold=both if options.S_threshold is None else options.S_threshold,
        n_threads=options.threads,
        engine=options.engine,
    )


def _pick_all(
    options: argparse.Namespace, model: LPPN, settings: Settings, file_of: Any
) -> tuple[Summary, PickList, list[Panel]]:
    from lppn_np.waveforms import read_stream

    summary = Summary()
    span = Span.of(options.first, options.last)
    with summary.timing("read"):
        inputs = gather(options, span, lambda path: read_stream(file_of(path), headonly=True))
    summary.n_files, summary.skipped = inputs.n_files, inputs.skipped
    lists: list[list[Pick]] = []
    panels: list[Panel] = []
    progress = Progress(0 if options.quiet else inputs.n_files)
    for paths, trace_id, stream in _stations(options, inputs, span, summary, file_of):
        try:
            with summary.timing("network"):
                output = model.classify(
                    stream,
                    P_threshold=settings.P_threshold,
                    S_threshold=settings.S_threshold,
                    n_threads=settings.n_threads,
                    engine=settings.engine,
                    amplitude=options.amplitude,
                    explain=True,
                )
        except InputError as error:
            summary.skipped.append(f"{trace_id} {error}")
            progress.step(paths, 0, trace_id)
            continue
        found = output.picks
        kept = PickList((each for each in found if span.holds(each.peak_time)), found.provenance)
        lists.append(kept)
        summary.add(output.reports)
        if options.plot:
            try:
                panels += panels_of(span.cut(stream), kept, model, settings)
            except InputError as error:  # such as two sampling rates of one instrument, which can be picked
                summary.skipped.append(f"{trace_id} cannot be drawn: {error}")
        progress.step(paths, len(kept), trace_id)
    progress.close()
    return summary, merge_lists(lists), panels


def _stations(
    options: argparse.Namespace, inputs: Inputs, span: Span, summary: Summary, file_of: Any
) -> Iterator[tuple[int, str, Any]]:
    """Number of files just read, station, and its traces; the traces of one group at a time are in memory."""
    from lppn_np.optional import require
    from lppn_np.waveforms import read_stream

    obspy = require("obspy", "waveforms")
    for group in inputs.groups:
        traces = obspy.Stream()
        with summary.timing("read"):
            for path in group:
                try:
                    traces += read_stream(file_of(path))
                except InputError as error:
                    summary.skipped.append(str(error))
            span.trim(traces, obspy)
            stations = _by_station(traces, options)
        n_files = len(group)
        for trace_id, stream in sorted(stations.items()):
            yield n_files, trace_id, obspy.Stream(stream)
            n_files = 0


def _by_station(traces: Any, options: argparse.Namespace) -> dict[str, list[Any]]:
    from fnmatch import fnmatchcase

    letters = options.components + "".join(_NUMBERED.get(letter, "") for letter in options.components)
    stations: dict[str, list[Any]] = {}
    for trace in traces:
        trace_id = trace.id.rpartition(".")[0]
        wanted = options.components == "ENZ" or trace.stats.channel.strip().upper()[-1:] in tuple(letters)
        if wanted and fnmatchcase(trace_id, options.stations):
            stations.setdefault(trace_id, []).append(trace)
    return stations

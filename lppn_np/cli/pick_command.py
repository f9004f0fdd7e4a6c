"""``lppn-np pick``: waveform files to picks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lppn_np.api import load_model, pick
from lppn_np.errors import InputError
from lppn_np.exporters import FORMATS, check_format
from lppn_np.model import LPPN
from lppn_np.picks import PickList


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "pick",
        help="pick P and S in waveform files",
        description="Pick P and S in waveform files of any format that obspy reads; the components of a "
        "station may be in one file or in several.",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="RECORD", help="waveform files")
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument("--threshold", type=float, help="least probability of a pick, both phases")
    parser.add_argument("--P-threshold", dest="P_threshold", type=float, help="least probability of P")
    parser.add_argument("--S-threshold", dest="S_threshold", type=float, help="least probability of S")
    parser.add_argument("-o", "--output", type=Path, help="file of picks; default: print them")
    parser.add_argument("--format", choices=sorted(FORMATS), help="of the output; default: by its suffix")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="picture of the one record (.png, .pdf, .svg)"
    )
    parser.add_argument("--threads", type=int, default=1, help="0 takes every core")
    parser.add_argument("--engine", choices=("numba", "layers", "numpy"), default="numba")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Pick the files and write or print the picks."""
    from lppn_np.waveforms import read_stream

    if options.output:
        check_format(options.output, options.format)
    model = load_model(options.model)
    stream = read_stream(options.files)
    if options.threshold is not None:
        options.P_threshold = options.threshold if options.P_threshold is None else options.P_threshold
        options.S_threshold = options.threshold if options.S_threshold is None else options.S_threshold
    picks = pick(
        stream,
        model=model,
        P_threshold=options.P_threshold,
        S_threshold=options.S_threshold,
        n_threads=options.threads,
        engine=options.engine,
    )
    if options.plot:
        _plot(model, stream, picks, options)
    if options.output:
        picks.write(options.output, options.format)
        print(f"{options.output}: {len(picks)} picks", file=sys.stderr)
    else:
        print(picks)
    return 0


def _plot(model: LPPN, stream: Any, picks: PickList, options: argparse.Namespace) -> None:
    from lppn_np.picking.pipeline import Settings, probability_curves
    from lppn_np.plotting import plot_record, save_figure
    from lppn_np.waveforms import records_from_stream

    records = records_from_stream(stream, model.component_order)
    if len(records) != 1:
        names = ", ".join(f"{r.trace_id}.{r.instrument}" for r in records)
        raise InputError(f"--plot draws one record; these files hold {len(records)}: {names}")
    record = records[0]
    settings = Settings(options.P_threshold, options.S_threshold, engine=options.engine).resolve(model)
    curves = probability_curves(model, record.data, settings)[1:]
    limits = {"P": settings.P_threshold, "S": settings.S_threshold}
    figure = plot_record(
        record.data,
        record.sampling_rate,
        model.component_order,
        [(p.peak_time - record.starttime, p.phase or "", p.peak_value or 0.0) for p in picks],
        dict(zip(model.labels[1:], curves, strict=True)),
        model.config.stride,
        f"{record.trace_id}.{record.instrument}  {record.starttime}  {model}",
        {label: limits[label[0]] or 0.0 for label in model.labels[1:]},
    )
    save_figure(figure, options.plot)

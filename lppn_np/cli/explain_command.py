"""``lppn-np explain``: one HTML page that shows how a record is picked."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.model import LPPN


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "explain",
        help="write a page that shows how a record is picked, layer by layer",
        description="Write one self-contained HTML page: the record with its picks, the network's layers, "
        "and every number multiplied out. It needs a browser and nothing else.",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="RECORD", help="waveform files")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="PAGE", help="the page (.html)")
    parser.add_argument(
        "--model",
        action="append",
        help="weights file (.npz) or name of bundled weights; several times to compare. Default: default",
    )
    parser.add_argument("--P-threshold", dest="P_threshold", type=float, help="least probability of P")
    parser.add_argument("--S-threshold", dest="S_threshold", type=float, help="least probability of S")
    parser.add_argument(
        "--trace-id", metavar="NET.STA.LOC", help="which record, where the files hold several"
    )
    parser.add_argument(
        "--start", type=float, default=0.0, metavar="SECONDS", help="leave out what is before"
    )
    parser.add_argument("--length", type=float, metavar="SECONDS", help="leave out what is after")
    parser.add_argument("--engine", choices=("numba", "layers", "numpy"), default="numba")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the page and say how large it is."""
    from lppn_np.explain import build_page, write_page
    from lppn_np.picking.pipeline import Settings
    from lppn_np.waveforms import read_stream

    models = _models(options.model or ["default"])
    first_model = next(iter(models.values()))
    station, record = _choose(read_stream(options.files), first_model, options.trace_id)
    first, data = _cut(record, options.start, options.length)
    page = build_page(
        data,
        models,
        record.sampling_rate,
        component_order=first_model.component_order,
        trace_id=_name(record),
        starttime=str(record.starttime + first / record.sampling_rate),
        notes=_notes(station, record),
        settings=Settings(options.P_threshold, options.S_threshold, engine=options.engine),
    )
    write_page(options.output, page)
    print(f"{options.output}: {len(page.encode()) / 1e6:.2f} MB", file=sys.stderr)
    return 0


def _models(names: list[str]) -> dict[str, LPPN]:
    """Models by the shortest name that tells them apart."""
    short = [Path(name).stem if name.endswith(".npz") else name for name in names]
    if len(set(short)) < len(short):
        short = names
    if len(set(short)) < len(short):
        raise InputError(f"the same model is given twice: {', '.join(names)}")
    return {label: load_model(name) for label, name in zip(short, names, strict=True)}


def _choose(stream: Any, model: LPPN, trace_id: str | None) -> tuple[Any, Any]:
    """Station and record that the page is about, prepared as for a pick."""
    from lppn_np.picking.pipeline import gap_margin
    from lppn_np.waveforms.preparing import Preparation, stations_from_stream

    how = Preparation(model.sampling_rate, model.component_order, margin=gap_margin(model))
    stations = stations_from_stream(stream, how)
    found = [(station, record) for station in stations for record in station.records]
    names = ", ".join(dict.fromkeys(_name(record) for _, record in found))
    if trace_id is not None:
        found = [(s, r) for s, r in found if trace_id in (r.trace_id, _name(r))]
    if not found:
        raise InputError(f"no record is called {trace_id}; the files hold {names}")
    if len({_name(record) for _, record in found}) > 1:
        raise InputError(f"a page shows one record; choose with --trace-id among {names}")
    if len(found) > 1:
        starts = ", ".join(str(record.starttime) for _, record in found)
        raise InputError(f"{names} is in pieces far apart, from {starts}; give the file of one piece")
    return found[0]


def _notes(station: Any, record: Any) -> list[str]:
    resampled = [f"resampled: {channel}" for channel in station.resampled]
    missing = [f"no component {component}" for component in station.missing]
    return list(dict.fromkeys([*resampled, *station.dropped, *missing, *record.notes]))


def _name(record: Any) -> str:
    return f"{record.trace_id}.{record.instrument}"


def _cut(record: Any, start: float, length: float | None) -> tuple[int, Any]:
    """First sample and data of the piece asked for."""
    n_samples = record.data.shape[1]
    seconds = n_samples / record.sampling_rate
    if not 0 <= start < seconds:
        raise InputError(f"--start is {start:g}; the record has {seconds:g} s")
    first = round(start * record.sampling_rate)
    if length is None:
        return first, record.data[:, first:]
    if not length > 0:
        raise InputError(f"--length is {length:g}; seconds > 0 are expected")
    n = max(1, round(min(length, seconds) * record.sampling_rate))
    return first, record.data[:, first : first + n]

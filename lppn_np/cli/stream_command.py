"""``lppn-np stream``: packets from a SeedLink server or a pipe to picks, as they come."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.errors import InputError


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "stream",
        help="pick a SeedLink server's or a pipe's packets as they come",
        description="Pick packets of any number of stations as they come, and write each pick as a JSON line "
        "as soon as nothing can change it.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--seedlink", metavar="HOST:PORT", help="a SeedLink server")
    source.add_argument(
        "records", nargs="?", metavar="RECORDS", help="MiniSEED file or pipe; - is standard input"
    )
    parser.add_argument("--streams", metavar="LIST", help="of the server: NET_STA:SELECTORS,... (CI_CLC:HH?)")
    parser.add_argument(
        "--begin", metavar="TIME", help="of the server's data; default: what comes from now on"
    )
    parser.add_argument("--fetch", action="store_true", help="end when the server has sent all it holds")
    parser.add_argument("--retry", type=float, default=10.0, metavar="S", help="seconds to a new connection")
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument("--threshold", type=float, help="least probability of a pick, both phases")
    parser.add_argument("--P-threshold", dest="P_threshold", type=float, help="least probability of P")
    parser.add_argument("--S-threshold", dest="S_threshold", type=float, help="least probability of S")
    parser.add_argument("--overlap", type=int, help="samples that windows share; more of it, sooner picks")
    parser.add_argument(
        "--blinding", type=int, help="samples at a window's ends that are left to its neighbours"
    )
    parser.add_argument(
        "--max-latency",
        type=float,
        default=30.0,
        metavar="S",
        help="seconds that missing data are waited for",
    )
    parser.add_argument("--components", default="ENZ", help="those waited for; Z for stations without others")
    parser.add_argument("--early", action="store_true", help="10 s sooner on average; see docs/streaming.md")
    parser.add_argument("--engine", choices=("numba", "layers", "numpy"), default="numba")
    parser.add_argument(
        "-o", "--output", type=Path, help="file that the picks are added to; default: print them"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="saved now and then, and at the end; taken up where it is there",
    )
    parser.add_argument(
        "--save-every", type=float, default=60.0, metavar="S", help="seconds between two saves"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Pick until the source ends or SIGTERM or SIGINT comes."""
    from lppn_np.optional import require
    from lppn_np.streaming.journal import Journal
    from lppn_np.streaming.router import StreamingPickers
    from lppn_np.streaming.session import Session
    from lppn_np.streaming.state import read_remarks

    require("obspy", "waveforms")
    model, settings = load_model(options.model), _settings(options)
    link = _link(options) if options.seedlink else None
    remarks: dict[str, Any] = {}
    if options.state and options.state.exists():
        remarks = read_remarks(options.state)
        pickers = StreamingPickers.restore(options.state, model, _report)
        if pickers.settings != settings:
            raise InputError(f"{options.state}: saved with other settings than asked for: {pickers.settings}")
    else:
        pickers = StreamingPickers(model, on_problem=_report, **settings)
    if link and isinstance(remarks.get("place"), dict):
        link.resume(remarks["place"])
    if options.output:
        journal = Journal.append_to(options.output, remarks.get("position") if remarks else None)
    else:
        journal = Journal(sys.stdout.buffer)
    session = Session(
        pickers, journal, lambda: link.sequence if link else None, options.state, options.save_every, _report
    )
    try:
        session.run(link.packets() if link else _records(options.records))
    finally:
        if link:
            link.close()
        if options.output:
            journal.close()
    print(f"{journal.n_written} picks of {len(pickers)} stations", file=sys.stderr)
    return 0


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    chosen = {
        "P_threshold": options.threshold if options.P_threshold is None else options.P_threshold,
        "S_threshold": options.threshold if options.S_threshold is None else options.S_threshold,
    }
    names = ("overlap", "blinding", "max_latency", "components", "early", "engine")
    return chosen | {name: getattr(options, name) for name in names}


def _link(options: argparse.Namespace) -> Any:
    from lppn_np.streaming.seedlink import SeedLink

    if not options.streams:
        raise InputError("--seedlink needs --streams, such as CI_CLC:HH?")
    return SeedLink(
        options.seedlink,
        options.streams,
        fetch=options.fetch,
        begin=options.begin,
        retry=options.retry,
        report=_report,
    )


def _records(source: str) -> Iterator[Any]:
    from lppn_np.streaming.miniseed_pipe import packets

    if source == "-":
        yield from packets(sys.stdin.buffer, _report)
        return
    try:
        with Path(source).open("rb") as file:
            yield from packets(file, _report)
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror or error})") from error


def _report(text: str) -> None:
    print(f"lppn-np stream: {text}", file=sys.stderr, flush=True)

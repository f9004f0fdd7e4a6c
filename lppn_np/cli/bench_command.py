"""``lppn-np bench``: how fast, beside the framework versions, checked first."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.optional import require

_PARTS = ("forward", "day", "process", "roofline")


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    add_options(commands.add_parser("bench", help="compare speed with PyTorch, ONNX Runtime and others"))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; ``python -m lppn_np.bench`` has the same."""
    parser.add_argument("--quick", action="store_true", help="a small problem: to see that all works")
    parser.add_argument("--only", type=_parts, default=_PARTS, metavar="PART[,PART]", help=", ".join(_PARTS))
    parser.add_argument("--threads", type=_positive, nargs="+", help="default: 1 2")
    parser.add_argument("--rounds", type=_positive, help="turns of each contender (default: 9)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, as they arrive")
    parser.add_argument(
        "--from",
        dest="read",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="measure nothing: take the figures of --json FILEs, each part from the last that has it",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a document (.md) and its charts")
    parser.add_argument("--seisbench-python", metavar="PATH", help="interpreter that has SeisBench")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure, print, write; 1 if a contender failed or disagreed."""
    from lppn_np.bench import report, suite

    for path in filter(None, (options.json, options.report)):
        if not path.absolute().parent.is_dir():
            raise InputError(f"{path}: there is no such folder")
    if options.report:
        require("matplotlib.figure", "plot")  # to hear of it before the work, not after
    found = suite.join([_read(path) for path in options.read]) if options.read else _measure(options)
    if options.report:
        report.write(found, options.report)
    elif options.read:
        print(report.text(found, []))
    failures = suite.failures(found)
    for line in failures:
        print(f"lppn-np bench: {line}", file=sys.stderr)
    return 1 if failures else 0


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    from lppn_np.bench import suite

    def save(found: dict[str, Any]) -> None:
        if options.json:
            atomic_write(options.json, (json.dumps(found, indent=1) + "\n").encode(), InputError)

    asked = {
        "parts": options.only,
        "threads": options.threads,
        "rounds": options.rounds,
        "seisbench_python": options.seisbench_python,
    }
    plan = suite.quick() if options.quick else suite.Plan()
    plan = dataclasses.replace(plan, **{key: value for key, value in asked.items() if value is not None})
    found = suite.run(plan, lambda text: print(text, flush=True), save)
    save(found)
    return found


def _read(path: Path) -> dict[str, Any]:
    """Figures of an earlier run, perhaps one that was cut short."""
    from lppn_np.bench import suite

    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        known = found["format"] == suite.FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no figures of lppn-np bench can be read from it ({error})") from error
    if not known:
        raise InputError(f"{path}: figures of another release of lppn-np (format {found['format']})")
    return found


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    unknown = [part for part in parts if part not in _PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no part; known are {', '.join(_PARTS)}")
    return parts


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; a whole number >= 1 is expected")
    return int(text)

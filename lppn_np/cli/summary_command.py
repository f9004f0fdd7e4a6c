"""``lppn-np summary``: the table of layers, and the paper's claims counted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lppn_np.config import PAPER_STRIDES, VARIANTS, LPPNConfig
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.model import LPPN

FORMATS = ("text", "markdown", "json")


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "summary",
        help="print a network's layers, parameters, multiply-adds and receptive fields",
        description="Layers of a network for one window: shapes, parameters, multiply-adds, receptive fields "
        "and memory of the activations.",
    )
    parser.add_argument(
        "model", nargs="?", help="weights file (.npz) or bundled weights; default: by the options"
    )
    parser.add_argument("--variant", choices=VARIANTS, help="default: paper")
    parser.add_argument("--stride", type=int, choices=PAPER_STRIDES, help="samples a segment (paper: 16)")
    parser.add_argument("--features", type=int, help="width n (paper: 8)")
    parser.add_argument("--samples", type=int, help="length of the window; default: the model's own")
    parser.add_argument("--depth", choices=("blocks", "layers"), default="blocks", help="what has a row")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument(
        "--claims", action="store_true", help="the paper's claims as tables (Markdown), of no single model"
    )
    parser.add_argument("-o", "--output", type=Path, help="file to write instead of printing")
    parser.set_defaults(run=run, parser=parser)


def run(options: argparse.Namespace) -> int:
    """Print or write the summary."""
    chosen = [name for name in ("variant", "stride", "features") if getattr(options, name) is not None]
    if options.model and chosen:
        options.parser.error(f"--{chosen[0]} describes a new network; {options.model} is one already")
    if options.claims and (options.model or chosen or options.samples):
        options.parser.error("--claims counts the paper's networks; give no other")
    text = _claims() if options.claims else _summary(options)
    if options.output:
        atomic_write(options.output, f"{text}\n".encode(), InputError)
    else:
        print(text)
    return 0


def _claims() -> str:
    from lppn_np.network.claims import claims_page

    return claims_page().rstrip("\n")


def _summary(options: argparse.Namespace) -> str:
    if options.model:
        from lppn_np.api import load_model

        model = load_model(options.model)
    else:
        values = {
            "variant": options.variant or "paper",
            "stride": options.stride,
            "features": options.features,
        }
        model = LPPN(LPPNConfig(**values))
    table = model.summary(options.samples, depth=options.depth)
    match options.format:
        case "json":
            return table.to_json()
        case "markdown":
            return table.to_markdown()
    return f"{model}\n{table}"

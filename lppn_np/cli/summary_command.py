"""``lppn-np summary``: the table of layers."""

from __future__ import annotations

import argparse
from typing import Any

from lppn_np.config import PAPER_STRIDES, VARIANTS, LPPNConfig
from lppn_np.model import LPPN


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser("summary", help="print a network's layers, parameters and multiply-adds")
    parser.add_argument(
        "model", nargs="?", help="weights file (.npz) or bundled weights; default: by the options"
    )
    parser.add_argument("--variant", choices=VARIANTS, default="paper")
    parser.add_argument("--stride", type=int, choices=PAPER_STRIDES, help="samples a segment (paper: 16)")
    parser.add_argument("--features", type=int, help="width n (paper: 8)")
    parser.add_argument("--samples", type=int, help="length of the window; default: the model's own")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the summary."""
    if options.model:
        from lppn_np.api import load_model

        model = load_model(options.model)
    else:
        config = LPPNConfig(variant=options.variant, stride=options.stride, features=options.features)
        model = LPPN(config)
    table = model.summary(options.samples)
    print(model)
    print(table)
    return 0

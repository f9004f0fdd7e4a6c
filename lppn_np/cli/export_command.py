"""``lppn-np export``: a model as an ONNX file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.model import LPPN

#: Windows of noise that --verify compares.
_VERIFY_WINDOWS = 4


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "export",
        help="write a model as ONNX, for Netron and ONNX Runtime (extra: onnx)",
        description="Write a model as an ONNX file. Its input is windows as the network sees them (the file "
        "says how a record is normalised), its outputs are class logits and offsets in samples.",
    )
    parser.add_argument("output", type=Path, help="file to write (.onnx)")
    parser.add_argument("--model", default="default", help="weights file (.npz) or bundled weights")
    parser.add_argument(
        "--verify", action="store_true", help="compare ONNX Runtime with the model, on windows of noise"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export, and compare where asked for."""
    from lppn_np.onnx_export import onnx_model

    if options.output.suffix != ".onnx":
        raise InputError(f"{options.output}: the file's name must end in .onnx")
    model = load_model(options.model)
    content = onnx_model(model)
    if options.verify and not _verified(model, content):
        return 1
    atomic_write(options.output, content, InputError)
    print(f"{options.output}: {model}", file=sys.stderr)
    return 0


def _verified(model: LPPN, content: bytes) -> bool:
    from lppn_np.onnx_export import compare_with_runtime
    from lppn_np.picking.preprocess import network_input

    noise = np.random.default_rng(0).normal(size=(_VERIFY_WINDOWS, 3, model.in_samples))
    comparison = compare_with_runtime(model, content, network_input(noise, model.config))
    print(comparison)
    return comparison.passed

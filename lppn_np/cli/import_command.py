"""``lppn-np import``: PyTorch checkpoints to weights files, parity checks, and back to PyTorch."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import PAPER_STRIDES
from lppn_np.model import LPPN
from lppn_np.picking.preprocess import network_input
from lppn_np.picking.windows import cut_windows, plan_windows
from lppn_np.weights_import import compare, export_torch, import_checkpoint, read_with_torch

#: Windows of a record that --verify runs; more of them show no more.
_VERIFY_WINDOWS = 8


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "import",
        help="read weights from a PyTorch checkpoint, without PyTorch",
        description="Read an LPPN state dict (.wave, .pt) or TorchScript archive (.jit) and write a weights "
        "file. Nothing in the checkpoint is run.",
    )
    parser.add_argument("source", type=Path, help="checkpoint, or a weights file (.npz)")
    parser.add_argument("-o", "--output", type=Path, help="weights file to write (.npz)")
    parser.add_argument(
        "--stride", type=int, choices=PAPER_STRIDES, help="samples a segment; needed for the paper's networks"
    )
    parser.add_argument(
        "--phase-code",
        action=argparse.BooleanOptionalAction,
        help="whether the weights were trained with it (default: yes for the paper's networks)",
    )
    parser.add_argument("--verify", action="store_true", help="print the parity with PyTorch (needs torch)")
    parser.add_argument(
        "--record", type=Path, nargs="+", help="waveform files of one station for --verify (default: noise)"
    )
    parser.add_argument("--training", action="store_true", help="--verify with batch statistics")
    parser.add_argument(
        "--to-torch", type=Path, metavar="FILE", help="write a PyTorch state dict (needs torch)"
    )
    parser.set_defaults(run=run, parser=parser)


def run(options: argparse.Namespace) -> int:
    """Import, verify, export: whatever was asked for."""
    if not (options.output or options.verify or options.to_torch):
        options.parser.error("nothing to do: give -o, --verify or --to-torch")
    own = options.source.suffix == ".npz"
    if own and (options.stride or options.phase_code is not None):
        options.parser.error("--stride and --phase-code are for checkpoints; a weights file knows its own")
    model = LPPN.load(options.source) if own else _import(options)
    print(f"{options.source}: {model}", file=sys.stderr)
    if options.verify:
        state = None if own else read_with_torch(options.source)
        report = compare(model, state, _batch(model, options.record), training=options.training)
        print(report)
        if not report.passed:
            return 1
    if options.output:
        model.save(options.output)
    if options.to_torch:
        export_torch(model, options.to_torch)
    return 0


def _import(options: argparse.Namespace) -> LPPN:
    return import_checkpoint(options.source, options.stride, phase_code=options.phase_code)


def _batch(model: LPPN, record: list[Path] | None) -> NDArray[np.float32]:
    """Windows of the first instrument in the files, or of noise."""
    if record is None:
        noise = np.random.default_rng(0).normal(size=(_VERIFY_WINDOWS, 3, model.in_samples))
        return network_input(noise, model.config)
    from lppn_np.waveforms import read_stream, records_from_stream

    data = records_from_stream(read_stream(record), model.component_order)[0].data
    starts = plan_windows(data.shape[1], model.in_samples, 0, 0).starts[:_VERIFY_WINDOWS]
    return network_input(cut_windows(data, starts, model.in_samples), model.config)

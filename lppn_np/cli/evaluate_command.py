"""``lppn-np evaluate``: a model and a labelled dataset to scores."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.model import LPPN
from lppn_np.optional import require

if TYPE_CHECKING:
    from lppn_np.data import Dataset
    from lppn_np.evaluation import Report


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "evaluate",
        help="score a model on labelled records",
        description="Compare a model's picks with the labels of a dataset in SeisBench's or STEAD's layout: "
        "precision, recall, F1, residuals, false picks on noise. For weights that were trained on the "
        "same dataset give --split test.",
    )
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="folder of metadata.csv and hdf5 files")
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument("--split", nargs="+", metavar="NAME", help="train, dev, test; default: all records")
    parser.add_argument("--source", nargs="+", metavar="NAME", help="records of these sources only")
    parser.add_argument("--threshold", type=float, help="least probability of a pick, both phases")
    parser.add_argument("--P-threshold", dest="P_threshold", type=float, help="least probability of P")
    parser.add_argument("--S-threshold", dest="S_threshold", type=float, help="least probability of S")
    parser.add_argument(
        "--mode",
        choices=("window", "record"),
        default="window",
        help="one window a record, as in training, or whole records, as in picking (default: window)",
    )
    parser.add_argument(
        "--robustness", action="store_true", help="score damaged records too: components missing, gaps, ..."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="picture of the report (.png, .pdf, .svg)")
    parser.add_argument("--threads", type=int, default=1, help="0 takes every core")
    parser.add_argument("--seed", type=int, default=0, help="of the windows' positions")
    parser.add_argument("--engine", choices=("numba", "layers", "numpy"), default="numba")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate, print the tables, write what was asked for."""
    from lppn_np.evaluation import evaluate, plot_report, robustness
    from lppn_np.evaluation.robustness import INTACT, robustness_text
    from lppn_np.plotting import save_figure

    if options.plot:
        require("matplotlib.figure", "plot")  # to hear of it before the work, not after
    model = load_model(options.model)
    dataset = _open(options, model)
    settings = {
        "windows": options.mode,
        "seed": options.seed,
        "P_threshold": options.threshold if options.P_threshold is None else options.P_threshold,
        "S_threshold": options.threshold if options.S_threshold is None else options.S_threshold,
        "engine": options.engine,
        "n_threads": options.threads,
    }
    damaged: dict[str, Report] = {}
    if options.robustness:
        damaged = robustness(model, dataset, **settings)
        report = damaged[INTACT]
    else:
        report = evaluate(model, dataset, **settings)
    _remark(dataset)
    print(report, flush=True)  # first: a file that cannot be written must not cost the result
    if damaged:
        print("\n" + robustness_text(damaged), flush=True)
    if options.json:
        plain = report.to_dict()
        if damaged:
            plain["robustness"] = {name: other.to_dict() for name, other in damaged.items() if name != INTACT}
        _write_json(plain, options.json)
    if options.plot:
        save_figure(plot_report(report), options.plot)
    return 0


def _open(options: argparse.Namespace, model: LPPN) -> Dataset:
    from lppn_np.data import open_dataset

    dataset = open_dataset(
        options.dataset, component_order=model.component_order, sampling_rate=model.sampling_rate
    )
    return dataset.select(split=options.split, source=options.source)


def _remark(dataset: Dataset) -> None:
    """Say what the dataset left out, and one example why."""
    skipped = dataset.skipped
    if skipped:
        name, reason = next(iter(skipped.items()))
        print(f"{len(skipped):,} records cannot be used, such as {name}: {reason}", file=sys.stderr)


def _write_json(report: dict[str, Any], path: Path) -> None:
    text = json.dumps(report, indent=1, allow_nan=False)
    atomic_write(path, (text + "\n").encode(), InputError)

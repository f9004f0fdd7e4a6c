"""``lppn-np train``: a labelled dataset to a weights file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lppn_np.api import load_model
from lppn_np.config import PAPER_STRIDES, VARIANTS, LPPNConfig
from lppn_np.errors import InputError
from lppn_np.model import LPPN

#: Options that go into the training configuration as they are.
_TRAINING = (
    "steps", "batch_size", "optimiser", "learning_rate", "momentum", "nesterov", "weight_decay", "clip_norm",
    "schedule", "warmup", "noise_share", "average", "validate_every", "patience", "seed", "freeze",
)  # fmt: skip


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "train",
        help="train or fine-tune on a labelled dataset",
        description="Train on STEAD or on a dataset in SeisBench's layout. Beside the weights file stand the "
        "state (.state.npz) that --resume goes on from, the metrics (.metrics.jsonl), their curves (.png).",
    )
    parser.add_argument("dataset", type=Path, nargs="+", help="folder or files of a dataset")
    parser.add_argument("-o", "--output", type=Path, required=True, help="weights file to write (.npz)")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was cut off")
    parser.add_argument("--init", help="weights to start from: a file (.npz) or bundled weights")
    parser.add_argument("--widen", action="store_true", help="with --init: begin with twice its features")
    _add_network(parser)
    _add_training(parser)
    parser.add_argument("--threads", type=int, default=1, help="of the training pass; 0 takes every core")
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches; 0: none")
    parser.add_argument("--checkpoint-minutes", type=float, default=5.0, help="between two savings")
    parser.add_argument("--minutes", type=float, help="fit steps and schedule to end within so long")
    parser.add_argument("--stop-after-minutes", type=float, help="save and stop after so long")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(run=run, parser=parser)


def _add_network(parser: argparse.ArgumentParser) -> None:
    network = parser.add_argument_group("network (not with --init)")
    network.add_argument("--variant", choices=VARIANTS)
    network.add_argument("--stride", type=int, choices=PAPER_STRIDES)
    network.add_argument("--features", type=int)
    network.add_argument("--in-samples", type=int, help="length of a window")
    network.add_argument("--neighbours", type=int, help="segments beside one that count to its probability")
    network.add_argument("--phase-code", action=argparse.BooleanOptionalAction)


def _add_training(parser: argparse.ArgumentParser) -> None:
    training = parser.add_argument_group("training")
    training.add_argument("--config", type=Path, help="JSON file of training settings; options here win")
    training.add_argument("--steps", type=int, help="batches in the whole run")
    training.add_argument("--batch-size", type=int)
    training.add_argument("--optimiser", choices=("adam", "sgd"))
    training.add_argument("--learning-rate", type=float)
    training.add_argument("--momentum", type=float)
    training.add_argument("--nesterov", action=argparse.BooleanOptionalAction)
    training.add_argument("--weight-decay", type=float)
    training.add_argument("--clip-norm", type=float)
    training.add_argument("--schedule", choices=("cosine", "step", "constant"))
    training.add_argument("--warmup", type=int)
    training.add_argument("--noise-share", type=float)
    training.add_argument("--average", type=float, help="decay of the running average of the weights")
    training.add_argument("--validate-every", type=int)
    training.add_argument("--patience", type=int)
    training.add_argument("--freeze", nargs="+", help="tensors that stay, by the start of their names")
    training.add_argument("--seed", type=int)
    training.add_argument("--source", nargs="+", help="only records of these sources")


def run(options: argparse.Namespace) -> int:
    """Train, and say what came out."""
    from lppn_np.data import join, open_dataset
    from lppn_np.train.run import train

    model = _model(options)
    config = _config(options)
    order, rate = model.component_order, model.sampling_rate
    dataset = join(
        [open_dataset(path, component_order=order, sampling_rate=rate) for path in options.dataset]
    )
    if options.source:
        dataset = dataset.select(source=options.source)
    print(f"{dataset!r}\n{model}", file=sys.stderr)
    try:
        best = train(
            dataset,
            model,
            config,
            options.output,
            resume=options.resume,
            n_threads=options.threads,
            workers=options.workers,
            checkpoint_minutes=options.checkpoint_minutes,
            stop_after_minutes=options.stop_after_minutes,
            minutes=options.minutes,
            progress=not options.quiet,
        )
    except KeyboardInterrupt:
        print(f"\nstopped; the same command with --resume goes on ({options.output})", file=sys.stderr)
        return 130
    validation = best.metadata["validation"]
    thresholds = f"P {best.config.P_threshold:g}, S {best.config.S_threshold:g}"
    print(f"{options.output}: mean F1 on dev {validation['score']:.3f}, thresholds {thresholds}")
    return 0


def _model(options: argparse.Namespace) -> LPPN:
    from lppn_np.train.widening import widen

    chosen = {
        name: getattr(options, name)
        for name in ("variant", "stride", "features", "in_samples", "phase_code", "neighbours")
        if getattr(options, name) is not None
    }
    if options.init:
        if chosen:
            options.parser.error(f"--init brings its own network; leave out {', '.join(sorted(chosen))}")
        model = load_model(options.init)
        return widen(model) if options.widen else model
    if options.widen:
        options.parser.error("--widen needs --init, the weights that are to be widened")
    if (length := chosen.get("in_samples", 0)) and length <= LPPNConfig().overlap:
        # A short window cannot share as much with the next one: the same parts of it as by default.
        chosen |= {"overlap": length // 3, "blinding": length // 12}
    return LPPN(LPPNConfig(**chosen), seed=options.seed or 0)


def _config(options: argparse.Namespace) -> Any:
    from lppn_np.train.config import TrainConfig

    settings = _read_settings(options.config) if options.config else {}
    given = {name: getattr(options, name) for name in _TRAINING if getattr(options, name) is not None}
    return TrainConfig.from_dict({**settings, **given})


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no JSON file of training settings ({error})") from error
    if not isinstance(settings, dict):
        raise InputError(f"{path}: a JSON object of training settings is expected")
    return settings

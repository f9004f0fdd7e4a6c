"""What a run shows and leaves: its files, the bar, the best weights, the curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lppn_np.errors import MissingDependencyError
from lppn_np.model import LPPN
from lppn_np.optional import require
from lppn_np.plotting import save_figure
from lppn_np.train.config import TrainConfig
from lppn_np.train.metrics import plot_curves, read_metrics
from lppn_np.train.state import State


@dataclass(frozen=True)
class Files:
    """Where a run writes, all beside the weights file.

    Attributes
    ----------
    weights : Path
        The result.
    """

    weights: Path

    @property
    def state(self) -> Path:
        """What :func:`train` resumes from."""
        return self.weights.with_suffix(".state.npz")

    @property
    def metrics(self) -> Path:
        """JSON lines."""
        return self.weights.with_suffix(".metrics.jsonl")

    @property
    def curves(self) -> Path:
        """Picture of the metrics."""
        return self.weights.with_suffix(".png")


def best_check(state: State, config: TrainConfig) -> dict[str, Any] | None:
    """Return the best validation so far; of equal ones the other measure decides, then the earlier wins."""

    def rank(check: dict[str, Any]) -> tuple[float, float]:
        measures = check["score"], -check["loss"]
        return measures if config.choose_by == "f1" else (measures[1], measures[0])

    return max(state.history, key=rank, default=None)


def write_result(state: State, model: LPPN, config: TrainConfig, files: Files) -> LPPN:
    """Write the best weights so far with their thresholds, draw the curves, and return the model."""
    chosen = model.config.to_dict()
    for phase, threshold in state.best_thresholds.items():
        chosen[f"{phase}_threshold"] = threshold
    metadata = {
        "docstring": f"Trained with lppn-np, {state.step} steps of {config.batch_size} windows.",
        "training": config.to_dict(),
        "validation": {"score": state.best_score, "step": (best_check(state, config) or {}).get("step")},
    }
    best = LPPN(type(model.config).from_dict(chosen), state.best or state.tensors, metadata=metadata)
    best.save(files.weights)
    _try_plot(files, f"{best}")
    return best


def progress_bar(step: int, config: TrainConfig, shown: bool) -> Any:
    """Steps taken, in windows, with the last loss and the best score beside them."""
    tqdm: Callable[..., Any] = require("tqdm", "train").tqdm
    return tqdm(
        total=config.steps,
        initial=step,
        disable=not shown,
        unit="windows",
        unit_scale=config.batch_size,
        mininterval=1.0,
    )


def _try_plot(files: Files, title: str) -> None:
    """Draw the curves where matplotlib is installed; a run does not fail for want of a picture."""
    try:
        save_figure(plot_curves(read_metrics(files.metrics), title), files.curves)
    except MissingDependencyError:
        return

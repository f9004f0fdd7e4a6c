"""What a run leaves for people: one JSON line an event, and a picture of the curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.optional import require


class MetricsFile:
    """A JSON-lines file that a resumed run continues where its state stands.

    Parameters
    ----------
    path : Path
    step : int
        Lines of later steps are dropped: the run takes those steps again.
    """

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path.exists() and step else []
        kept = [line for line in lines if _step_of(line) <= step]
        atomic_write(path, "".join(f"{line}\n" for line in kept).encode(), InputError)

    def write(self, **values: Any) -> None:
        """Append one line."""
        with self._path.open("a") as file:
            file.write(json.dumps(values) + "\n")


def _step_of(line: str) -> float:
    """Step of a line; one that a power cut left unfinished is later than all."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Every complete line of a metrics file."""
    return [json.loads(line) for line in path.read_text().splitlines() if _step_of(line) != float("inf")]


def plot_curves(lines: list[dict[str, Any]], title: str) -> Any:
    """Draw loss and validation scores against steps; returns a matplotlib Figure.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    figure = require("matplotlib.figure", "plot").Figure(figsize=(8, 6), dpi=120, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    steps = [line for line in lines if line["kind"] == "train"]
    checks = [line for line in lines if line["kind"] == "validation"]
    above.plot(
        [s["step"] for s in steps], [s["loss"] for s in steps], color="#999999", lw=0.8, label="training"
    )
    above.plot(
        [c["step"] for c in checks],
        [c["loss"] for c in checks],
        color="#333333",
        marker=".",
        label="dev, unaugmented",
    )
    above.set_yscale("log")
    above.set_ylabel("loss a window")
    above.legend(fontsize=8)
    for phase, colour in (("P", "#0072b2"), ("S", "#d55e00")):
        scores = [c["f1"][phase] for c in checks]
        below.plot(
            [c["step"] for c in checks], scores, color=colour, marker=".", label=f"{phase} F1 at 0.5 s, dev"
        )
    below.set_ylabel("F1 at the best threshold")
    below.set_xlabel("step")
    below.grid(alpha=0.3)
    if checks:
        below.legend(fontsize=8, loc="lower right")
    figure.suptitle(title)
    return figure

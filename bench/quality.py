"""How good a model picks, beside the published weights: ``python -m lppn_np.bench.quality DATA``.

DATA is a folder with ``events/`` (a labelled dataset with splits dev and test), ``checkpoints/`` (published
weights) and ``continuous/``. All models see the same windows of the test records; the thresholds of each are
chosen on dev, by the same rule as a training run does. The tables of docs/models.md come from here.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lppn_np import LPPN
from lppn_np.api import load_model
from lppn_np.bench.quality_continuous import quiet, sequence
from lppn_np.bench.quality_invariance import invariance
from lppn_np.data import Dataset, open_dataset
from lppn_np.evaluation import evaluate, robustness
from lppn_np.evaluation.report import Report
from lppn_np.evaluation.robustness import robustness_text
from lppn_np.evaluation.table import text_table
from lppn_np.train.validation import middle_threshold
from lppn_np.weights_import import import_checkpoint

#: With one, the threshold of S moved by 0.1 from drawing to drawing.
_DRAWINGS = 5
_HEADER = ("model", "records", "P thr.", "P F1", "prec.", "recall", "MAE ms")


def held_out_sets(events: Dataset) -> dict[str, Dataset]:
    """The sets of the test split; of the Californian one only records with three live components."""
    sets = {source: events.select(split="test", source=source) for source in _test_sources(events)}
    if "ncedc_test100" in sets:
        whole = sets["ncedc_test100"]
        live = [i for i, record in enumerate(whole) if (np.ptp(record.data, axis=1) > 0).all()]
        sets["ncedc_test100"] = whole.take(live)
    return sets


def published(folder: Path) -> Iterator[tuple[str, LPPN]]:
    """All checkpoints of a folder, imported."""
    for path in sorted((folder / "paper").glob("*.wave")):
        yield path.stem, import_checkpoint(path, int(path.stem.split("-")[0]))
    for path in sorted((folder / "successors").glob("*.pt")):
        yield path.stem, import_checkpoint(path)


def at_thresholds_of(model: LPPN, dev: Dataset) -> LPPN:
    """The model with thresholds chosen on dev, on several drawings of where windows are cut."""
    reports = [evaluate(model, dev, seed=seed) for seed in range(_DRAWINGS)]
    best: dict[str, Any] = {}
    for name in reports[0].phases:
        curves = [[scores[-1].f1 for scores in report.phases[name].curve] for report in reports]
        best[f"{name}_threshold"] = middle_threshold(reports[0].thresholds, np.mean(curves, axis=0).tolist())
    return LPPN(dataclasses.replace(model.config, **best), model.tensors, metadata=model.metadata)


def main() -> None:
    """Measure, print, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", nargs="+", default=["default"], help="weights files or bundled weights")
    parser.add_argument("--no-published", action="store_true", help="leave the published weights out")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    events = open_dataset(options.data / "events")
    dev, sets = events.select(split="dev"), held_out_sets(events)
    own = {name: load_model(name) for name in options.model}
    models = dict(own)
    if not options.no_published:
        models |= {n: at_thresholds_of(m, dev) for n, m in published(options.data / "checkpoints")}
    figures: dict[str, Any] = {"test": {}}
    for phase in "PS":
        rows = [tuple(cell.replace("P ", f"{phase} ") for cell in _HEADER)]
        for name, model in models.items():
            for source, dataset in sets.items():
                report = evaluate(model, dataset)
                figures["test"].setdefault(name, {}).setdefault(source, {})[phase] = _plain(report, phase)
                rows.append((name, source, *_row(report, phase)))
        print(text_table(rows, n_left=2) + "\n", flush=True)
    for name, model in own.items():
        damaged = robustness(model, sets["ncedc_test100"])
        print(f"{name}, ncedc_test100, {robustness_text(damaged)}\n", flush=True)
        continuous = options.data / "continuous"
        more = {
            "quiet": quiet(model, continuous / "sthelens"),
            "sequence": sequence(model, continuous / "ridgecrest"),
            "invariance": invariance(model, continuous / "ridgecrest"),
        }
        for what, values in more.items():
            print(f"{name} {what}: " + ", ".join(f"{k} {v:.3f}" for k, v in values.items()), flush=True)
        figures[name] = {"robustness": {n: _f1(report) for n, report in damaged.items()}, **more}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def _test_sources(events: Dataset) -> list[str]:
    return sorted(events.select(split="test").counts("source"))


def _row(report: Report, phase: str) -> tuple[str, ...]:
    values = _plain(report, phase)
    shares = (f"{values[name]:.3f}" for name in ("f1", "precision", "recall"))
    return (f"{values['threshold']:.2f}", *shares, f"{1e3 * values['mae']:.0f}")


def _plain(report: Report, phase: str) -> dict[str, float]:
    result = report.phases[phase]
    score = result.overall.scores[-1]
    return {
        "threshold": result.threshold,
        "f1": score.f1,
        "precision": score.precision,
        "recall": score.recall,
        "mae": result.overall.residuals.mae,
    }


def _f1(report: Report) -> dict[str, float]:
    return {name: phase.overall.scores[-1].f1 for name, phase in report.phases.items()}


if __name__ == "__main__":
    main()

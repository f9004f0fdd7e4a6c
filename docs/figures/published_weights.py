"""Measure docs/published-weights.md: ``python docs/figures/published_weights.py ../shared/data``.

Scores the twelve published checkpoints and the bundled weights on the test split of the labelled records, and
writes the tables between the page's markers and the picture beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

from lppn_np import LPPN
from lppn_np.data import open_dataset
from lppn_np.evaluation import evaluate
from lppn_np.weights_import import import_checkpoint

mpl.use("Agg")
from matplotlib import pyplot as plt

PAGE = Path(__file__).parents[1] / "published-weights.md"
MARKERS = "<!-- measured: begin -->", "<!-- measured: end -->"
STRIDES, FEATURES = (8, 16, 32, 64), (4, 8, 16)
SNR_EDGES = (10.0, 20.0, 30.0)


def measure(model: LPPN, records: object) -> dict[str, dict[str, object]]:
    """Scores of P and S on whole records, at the thresholds with the best F1 on these same records."""
    found = evaluate(model, records, windows="record").phases
    best = {f"{phase}_threshold": found[phase].best_threshold for phase in "PS"}
    phases = evaluate(model, records, windows="record", snr_edges=SNR_EDGES, **best).phases
    return {
        phase: {
            "threshold": report.threshold,
            "f1": report.overall.scores[-1].f1,
            "mae": report.overall.residuals.mae,
            "noise": report.n_noise_picks,
            "recall": {name: tally.scores[-1].recall for name, tally in report.by_snr.items()},
            "labels": {name: tally.scores[-1].n_labels for name, tally in report.by_snr.items()},
        }
        for phase, report in phases.items()
    }


def grid(results: dict, title: str, cell: object) -> list[str]:
    """A table with a row for each stride and a column for each width."""
    head = [
        f"| {title} | " + " | ".join(f"n = {n}" for n in FEATURES) + " |",
        "|---" * (1 + len(FEATURES)) + "|",
    ]
    rows = [f"| S = {s} | " + " | ".join(cell(results[s, n]) for n in FEATURES) + " |" for s in STRIDES]
    return [*head, *rows, ""]


def by_snr(published: list[dict], bundled: dict[str, dict], phase: str) -> list[str]:
    """Recall by SNR: the mean of the twelve, their range, and the bundled weights."""
    head = ("recall of " + phase, "labels", "mean of the twelve (range)", *(f"`{name}`" for name in bundled))
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, n_labels in published[0][phase]["labels"].items():
        values = [result[phase]["recall"][name] for result in published]
        cells = [
            name + " dB",
            str(n_labels),
            f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})",
        ]
        cells += [f"{result[phase]['recall'][name]:.2f}" for result in bundled.values()]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def bundled_table(models: dict[str, LPPN], bundled: dict[str, dict]) -> list[str]:
    """One row for each of the bundled weights."""
    lines = [
        "| bundled | network | F1 of P / S | mean error P / S (ms) | picks on noise P / S |",
        "|---" * 5 + "|",
    ]
    for name, result in bundled.items():
        config, p, s = models[name].config, result["P"], result["S"]
        network = f"{config.variant}, S = {config.stride}, n = {config.features}"
        cells = (f"{p['f1']:.3f} / {s['f1']:.3f}", f"{1e3 * p['mae']:.0f} / {1e3 * s['mae']:.0f}")
        lines.append(f"| `{name}` | {network} | {cells[0]} | {cells[1]} | {p['noise']} / {s['noise']} |")
    return [*lines, ""]


def draw(results: dict, models: dict[str, LPPN], bundled: dict[str, dict]) -> None:
    """F1 against stride, and recall against SNR."""
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
    blues = dict(zip(FEATURES, ("#9ecae1", "#4292c6", "#08519c"), strict=True))
    reds = dict(zip(bundled, ("#c0392b", "#e08e0b", "#7d3c98", "#117864"), strict=True))
    for ax, phase in zip(axes[:2], "PS", strict=True):
        for n in FEATURES:
            scores = [results[s, n][phase]["f1"] for s in STRIDES]
            ax.plot(STRIDES, scores, "o-", color=blues[n], label=f"published, n = {n}")
        for name, result in bundled.items():
            stride = models[name].config.stride
            ax.plot(stride, result[phase]["f1"], "*", color=reds[name], markersize=11, label=f"ours: {name}")
        ax.set_xscale("log", base=2)
        ax.set_xticks(STRIDES, [str(s) for s in STRIDES])
        ax.set_ylim(0.5, 1)
        ax.set_xlabel("stride")
        ax.set_title(f"{phase}: F1 within 0.5 s", fontsize=9)
    axes[1].legend(fontsize=7, loc="lower right")
    for phase, style in (("P", "-"), ("S", "--")):
        names = list(next(iter(bundled.values()))[phase]["recall"])
        mean = [np.mean([result[phase]["recall"][name] for result in results.values()]) for name in names]
        axes[2].plot(names, mean, style, marker="o", color=blues[8], label=f"{phase}, mean of the published")
        for bundle, result in bundled.items():
            recall = [result[phase]["recall"][name] for name in names]
            axes[2].plot(names, recall, style, marker="*", color=reds[bundle], label=f"{phase}, {bundle}")
    axes[2].set_ylim(0, 1.02)
    axes[2].set_xlabel("SNR (dB)")
    axes[2].set_title("recall within 0.5 s", fontsize=9)
    axes[2].legend(fontsize=7, loc="lower right", handlelength=4)
    figure.savefig(PAGE.with_suffix(".png"), dpi=110)


def main(shared: Path) -> None:
    """Measure, draw, and put the tables into the page."""
    records = open_dataset(shared / "events").select(split="test")
    records = records.take([i for i, r in enumerate(records) if (np.ptp(r.data, axis=1) > 0).all()])
    results = {
        (s, n): measure(import_checkpoint(shared / "checkpoints" / "paper" / f"{s}-{n}.wave", s), records)
        for s in STRIDES
        for n in FEATURES
    }
    models = {name: LPPN.from_pretrained(name) for name in LPPN.list_pretrained()}
    bundled = {name: measure(model, records) for name, model in models.items()}
    lines = bundled_table(models, bundled)
    for phase in "PS":
        lines += grid(results, f"F1 of {phase}", lambda r, phase=phase: f"{r[phase]['f1']:.3f}")
    lines += grid(
        results, "mean error P / S (ms)", lambda r: f"{1e3 * r['P']['mae']:.0f} / {1e3 * r['S']['mae']:.0f}"
    )
    for phase in "PS":
        lines += by_snr(list(results.values()), bundled, phase)
    lines += grid(results, "picks on noise P / S", lambda r: f"{r['P']['noise']} / {r['S']['noise']}")
    text = PAGE.read_text()
    begin, end = (text.index(marker) for marker in MARKERS)
    PAGE.write_text(text[: begin + len(MARKERS[0])] + "\n\n" + "\n".join(lines) + "\n" + text[end:])
    draw(results, models, bundled)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

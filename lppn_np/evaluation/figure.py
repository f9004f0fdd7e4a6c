"""A report as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from lppn_np.evaluation.groups import UNKNOWN
from lppn_np.evaluation.report import HISTOGRAM_BINS, Report
from lppn_np.evaluation.table import describe_records, number
from lppn_np.optional import require
from lppn_np.provenance import gathered, mark

#: As in the pictures of records: told apart by people who do not see red and green.
_COLOURS = {"P": "#0072b2", "S": "#d55e00"}
_GREY = "#777777"


def plot_report(report: Report) -> Any:
    """Draw residuals, scores against threshold and SNR, and the reliability of the probabilities.

    Parameters
    ----------
    report : Report
        What :func:`lppn_np.evaluation.evaluate` returned.

    Returns
    -------
    matplotlib.figure.Figure
        :func:`lppn_np.plotting.save_figure` writes it.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    figure = require("matplotlib.figure", "plot").Figure(figsize=(13, 7.5), dpi=110, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.08, w_pad=0.08)
    axes = figure.subplots(2, 3)
    for row, phase in enumerate(report.phases):
        _draw_residuals(axes[row, 0], report, phase)
        _draw_thresholds(axes[row, 1], report, phase)
    _draw_snr(axes[0, 2], report)
    _draw_reliability(axes[1, 2], report)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=9)
    figure.suptitle(f"{report.model}\n{describe_records(report)}", fontsize=11)
    return mark(figure, gathered([report.provenance]))


def _draw_residuals(axis: Any, report: Report, name: str) -> None:
    phase, widest = report.phases[name], report.tolerances[-1]
    edges = np.linspace(-widest, widest, HISTOGRAM_BINS + 1)
    counts = np.histogram(phase.residual_seconds, edges)[0]
    axis.stairs(counts, edges, fill=True, color=_COLOURS[name], alpha=0.75)
    axis.axvline(0, color=_GREY, linewidth=0.8)
    r = phase.overall.residuals
    lines = [f"{r.n:,} pairs"]
    if r.n:
        lines += [f"mean {number(r.mean)} s", f"std {number(r.std)} s", f"MAE {number(r.mae)} s"]
    axis.text(0.98, 0.96, "\n".join(lines), transform=axis.transAxes, ha="right", va="top", fontsize=9)
    axis.set_xlim(-widest, widest)
    axis.set_ylim(0, 1.1 * max(1, counts.max()))
    axis.set_title(f"{name} residuals, threshold {phase.threshold:.2f}", fontsize=10)
    axis.set_xlabel("pick - label (s)")
    axis.set_ylabel("pairs")


def _draw_thresholds(axis: Any, report: Report, name: str) -> None:
    phase = report.phases[name]
    scores = [scores[-1] for scores in phase.curve]
    for label, style in (("precision", "--"), ("recall", ":"), ("F1", "-")):
        values = [getattr(score, label.lower()) for score in scores]
        axis.plot(report.thresholds, values, style, color=_COLOURS[name], label=label, linewidth=1.6)
    axis.axvline(phase.threshold, color=_GREY, linewidth=0.8, label=f"used, {phase.threshold:.2f}")
    if not np.isnan(phase.best_threshold):
        best = phase.best.scores[-1].f1
        label = f"best, {phase.best_threshold:.2f}: F1 {best:.2f}"
        axis.plot(phase.best_threshold, best, "o", color=_COLOURS[name], label=label)
    noise = f"; on noise {number(report.false_per_hour(name), 1)} picks an hour" if report.n_noise else ""
    axis.set_title(f"{name} within {report.tolerances[-1]:g} s{noise}", fontsize=10)
    axis.set_xlabel("threshold")
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1.03)
    axis.legend(fontsize=8, loc="lower left", framealpha=0.8)


def _draw_snr(axis: Any, report: Report) -> None:
    axis.set_title(f"by SNR, within {report.tolerances[-1]:g} s", fontsize=10)
    axis.set_xlabel("SNR (dB)")
    phases = report.phases
    # The same bins for every phase, in order.
    groups = [name for name in phases["P"].by_snr if name != UNKNOWN]
    if not groups:
        axis.set_axis_off()
        axis.text(0.5, 0.5, "no SNR in the metadata", transform=axis.transAxes, ha="center")
        return
    counts = ["/".join(f"{p.by_snr[g].scores[-1].n_labels:,}" for p in phases.values()) for g in groups]
    labels = [f"{group}\n{count}" for group, count in zip(groups, counts, strict=True)]
    for name, phase in phases.items():
        scores = [phase.by_snr[group].scores[-1] for group in groups]
        for label, style in (("recall", ":"), ("F1", "-")):
            values = [getattr(score, label.lower()) for score in scores]
            axis.plot(values, style, marker="o", markersize=4, color=_COLOURS[name], label=f"{name} {label}")
    axis.set_xticks(range(len(groups)), labels)
    axis.set_xlabel(f"SNR (dB), and number of {'/'.join(phases)} labels")
    axis.set_ylim(0, 1.03)
    axis.legend(fontsize=8, loc="lower right", framealpha=0.8)


def _draw_reliability(axis: Any, report: Report) -> None:
    axis.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8)
    for name, phase in report.phases.items():
        bins = [b for b in phase.reliability if b.n_picks]
        sizes = [10 + 90 * b.n_picks / max(c.n_picks for c in bins) for b in bins]
        x, y = [b.mean_probability for b in bins], [b.share_right for b in bins]
        axis.plot(x, y, color=_COLOURS[name], linewidth=1)
        label = f"{name}, mean difference {number(phase.calibration_error, 2)}"
        axis.scatter(x, y, sizes, color=_COLOURS[name], label=label)
    axis.set_title("reliability (size: picks)", fontsize=10)
    axis.set_xlabel("probability")
    axis.set_ylabel("share of picks that are right")
    axis.set_xlim(0, 1.02)
    axis.set_ylim(0, 1.03)
    axis.legend(fontsize=8, loc="best", framealpha=0.8)

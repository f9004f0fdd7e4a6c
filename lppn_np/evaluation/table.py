"""A report as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lppn_np.evaluation.scores import Score, Tally

if TYPE_CHECKING:
    from lppn_np.evaluation.report import PhaseReport, Report

_SCORE_HEADER = ("phase", "threshold", "within", "labels", "picks", "right", "precision", "recall", "F1")
_RESIDUAL_HEADER = ("phase", "n", "mean", "std", "MAE", "RMSE", "median", "calib.")
_GROUPS: dict[str, Callable[[PhaseReport], dict[str, Tally]]] = {
    "source": lambda phase: phase.by_source,
    "SNR (dB)": lambda phase: phase.by_snr,
    "distance (km)": lambda phase: phase.by_distance,
    "% of window": lambda phase: phase.by_place,
}


def report_text(report: Report) -> str:
    """Tables: scores, residuals, false picks on noise, then scores within the widest tolerance by group."""
    widest = f"within {report.tolerances[-1]:g} s"
    phases = report.phases
    parts = [
        _heading(report),
        text_table([_SCORE_HEADER, *(row for name in phases for row in _score_rows(report, name))]),
        f"best threshold by F1 {widest}\n"
        + text_table([_SCORE_HEADER, *(_best_row(report, name) for name in phases)]),
        f"residuals (pick - label, seconds) of the pairs {widest}; calibration error\n"
        + text_table([_RESIDUAL_HEADER, *(_residual_row(n, p) for n, p in phases.items())]),
        _noise_text(report),
        f"parts of the data, {widest}",
        *(_group_text(report, title, choose) for title, choose in _GROUPS.items()),
    ]
    return "\n\n".join(part for part in parts if part)


def describe_records(report: Report) -> str:
    """What was evaluated, in one line."""
    noise = f", {report.n_noise:,} of them noise ({report.noise_hours:.2f} h)" if report.n_noise else ""
    one = f"windows of {report.in_samples} samples, seed {report.seed}"
    how = one if report.windows == "window" else "whole records"
    return f"{report.n_records:,} records{noise}; {how}"


def number(value: float, digits: int = 3) -> str:
    """A number for a table; a dash for NaN."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _heading(report: Report) -> str:
    by = report.provenance
    origin = [by.made_by, f"sha256 {by.sha256}"] if by else []
    lines = [report.model, *origin, describe_records(report)]
    if report.n_unlabelled:
        lines.append(f"left out: {report.n_unlabelled:,} records with neither a P nor an S label")
    if report.n_unusable:
        lines.append(f"left out: {report.n_unusable:,} records that could not be read")
    return "\n".join(lines)


def _score_rows(report: Report, name: str) -> list[Sequence[str]]:
    phase = report.phases[name]
    pairs = zip(report.tolerances, phase.overall.scores, strict=True)
    return [(name, number(phase.threshold, 2), f"{t:g} s", *_counts(s), *_shares(s)) for t, s in pairs]


def _best_row(report: Report, name: str) -> Sequence[str]:
    phase = report.phases[name]
    score = phase.best.scores[-1]
    threshold = number(phase.best_threshold, 2)
    return (name, threshold, f"{report.tolerances[-1]:g} s", *_counts(score), *_shares(score))


def _residual_row(name: str, phase: PhaseReport) -> Sequence[str]:
    r = phase.overall.residuals
    values = (r.mean, r.std, r.mae, r.rmse, r.median, phase.calibration_error)
    return (name, f"{r.n:,}", *(number(value) for value in values))


def _noise_text(report: Report) -> str:
    if not report.n_noise:
        return ""
    counts = (
        f"{name} {phase.n_noise_picks:,} ({number(report.false_per_hour(name), 2)} an hour)"
        for name, phase in report.phases.items()
    )
    return "picks on noise: " + ", ".join(counts)


def _group_text(report: Report, title: str, choose: Callable[[PhaseReport], dict[str, Tally]]) -> str:
    rows = [
        (name, group, *_counts(tally.scores[-1]), *_shares(tally.scores[-1]), number(tally.residuals.std))
        for name, phase in report.phases.items()
        for group, tally in choose(phase).items()
        if tally.scores[-1].n_labels or tally.scores[-1].n_picks
    ]
    header = ("phase", title, "labels", "picks", "right", "precision", "recall", "F1", "std")
    return text_table([header, *rows], n_left=2) if rows else ""


def _counts(score: Score) -> Sequence[str]:
    return (f"{score.n_labels:,}", f"{score.n_picks:,}", f"{score.n_right:,}")


def _shares(score: Score) -> Sequence[str]:
    return (number(score.precision), number(score.recall), number(score.f1))


def text_table(rows: Sequence[Sequence[str]], n_left: int = 1) -> str:
    """Columns as wide as their widest cell; the first ``n_left`` to the left, numbers to the right."""
    columns = []
    for k, column in enumerate(zip(*rows, strict=True)):
        width = max(len(cell) for cell in column)
        columns.append([cell.ljust(width) if k < n_left else cell.rjust(width) for cell in column])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))

"""The same model on the same records, intact and damaged."""

from __future__ import annotations

from typing import Any

from lppn_np.data import Dataset
from lppn_np.evaluation.damage import DAMAGES, Damaged
from lppn_np.evaluation.evaluator import evaluate
from lppn_np.evaluation.report import Report
from lppn_np.evaluation.table import number, text_table
from lppn_np.model import LPPN

INTACT = "intact"


def robustness(model: LPPN, dataset: Dataset, **settings: Any) -> dict[str, Report]:
    """Evaluate a model on a dataset as it is and under each damage.

    Parameters
    ----------
    model : LPPN
    dataset : Dataset
    **settings
        Of :func:`lppn_np.evaluation.evaluate`.

    Returns
    -------
    dict of str to Report
        ``"intact"`` first, then the names in :data:`lppn_np.evaluation.damage.DAMAGES`.
    """
    damaged: dict[str, Any] = {name: Damaged(dataset, name) for name in DAMAGES}
    return {name: evaluate(model, data, **settings) for name, data in {INTACT: dataset, **damaged}.items()}


def robustness_text(reports: dict[str, Report]) -> str:
    """Tables of F1 at the operating thresholds, as such and as a share of the intact records'."""
    intact = reports[INTACT]
    rows: list[tuple[str, ...]] = [("records", *(f"{p} {what}" for p in intact.phases for what in _COLUMNS))]
    for name, report in reports.items():
        cells: list[str] = []
        for phase, result in report.phases.items():
            score, whole = result.overall.scores[-1], intact.phases[phase].overall.scores[-1]
            share = score.f1 / whole.f1 if whole.f1 else float("nan")
            cells += [number(score.precision), number(score.recall), number(score.f1), number(share, 2)]
        rows.append((name, *cells))
    return f"within {intact.tolerances[-1]:g} s at the operating thresholds\n" + text_table(rows)


_COLUMNS = ("precision", "recall", "F1", "of intact")

"""How well a model picks a labelled dataset: the arrivals it finds, misses and makes up.

The rules that decide what counts are in :mod:`lppn_np.evaluation.observe` (which picks are judged) and
:mod:`lppn_np.evaluation.matching` (which pick answers which label).
"""

from lppn_np.evaluation.evaluator import evaluate
from lppn_np.evaluation.figure import plot_report
from lppn_np.evaluation.report import PhaseReport, Report
from lppn_np.evaluation.robustness import robustness

__all__ = ["PhaseReport", "Report", "evaluate", "plot_report", "robustness"]

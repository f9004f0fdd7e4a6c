"""What an evaluation found."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lppn_np.evaluation.matching import Float
from lppn_np.evaluation.scores import ReliabilityBin, Score, Tally
from lppn_np.provenance import Provenance

#: Bars of the residual histogram, over the widest tolerance on either side.
HISTOGRAM_BINS = 50


@dataclass(frozen=True)
class PhaseReport:
    """Everything about one phase; what is not said otherwise holds at ``threshold``.

    Attributes
    ----------
    threshold : float
        Least probability of a pick.
    overall : Tally
        All pieces of record.
    by_source, by_snr, by_distance, by_place : dict of str to Tally
        Parts of them: by source, SNR (dB), distance (km), and the label's place in its window (per cent,
        not for whole records). Noise records stand in ``by_source`` only; what no metadata tell is empty.
    curve : tuple of tuple of Score
        For each of the report's thresholds, one score a tolerance.
    noise_picks : tuple of int
        For each of the report's thresholds, picks on noise records.
    n_noise_picks : int
        The same at ``threshold``.
    best_threshold : float
        Of the report's thresholds the one with the largest F1 within the widest tolerance; of equals
        the lowest. NaN without labels.
    best : Tally
        All pieces of record at the best threshold.
    reliability : tuple of ReliabilityBin
        Of all picks from the lowest threshold up.
    residual_seconds : ndarray of float64
        Pick - label of the pairs within the widest tolerance.
    """

    threshold: float
    overall: Tally
    by_source: dict[str, Tally]
    by_snr: dict[str, Tally]
    by_distance: dict[str, Tally]
    by_place: dict[str, Tally]
    curve: tuple[tuple[Score, ...], ...]
    noise_picks: tuple[int, ...]
    n_noise_picks: int
    best_threshold: float
    best: Tally
    reliability: tuple[ReliabilityBin, ...]
    residual_seconds: Float = field(repr=False)

    @property
    def calibration_error(self) -> float:
        """Mean difference of probability and share of right picks, weighted by picks; NaN without picks."""
        bins = [b for b in self.reliability if b.n_picks]
        if not bins:
            return math.nan
        total = sum(b.n_picks for b in bins)
        return sum(b.n_picks * abs(b.mean_probability - b.share_right) for b in bins) / total


@dataclass(frozen=True)
class Report:
    """Scores of a model on a dataset; ``print`` shows tables.

    Attributes
    ----------
    model : str
        Description of the model.
    windows : {"window", "record"}
        One window of ``in_samples`` a record, or whole records.
    in_samples : int
        Samples in a window.
    seed : int
        Of the windows' positions.
    n_records, n_noise, n_unlabelled, n_unusable : int
        Records evaluated, those of them that are noise, records left out because they are neither
        labelled nor noise, and records that could not be read.
    noise_hours : float
        Of data on noise records.
    tolerances : tuple of float
        Seconds between a pick and its label, at most (inclusive); ascending.
    thresholds : tuple of float
        Of the curves; ascending.
    phases : dict of str to PhaseReport
        ``"P"`` and ``"S"``.
    provenance : Provenance, optional
        Software, weights and thresholds.
    """

    model: str
    windows: str
    in_samples: int
    seed: int
    n_records: int
    n_noise: int
    n_unlabelled: int
    n_unusable: int
    noise_hours: float
    tolerances: tuple[float, ...]
    thresholds: tuple[float, ...]
    phases: dict[str, PhaseReport]
    provenance: Provenance | None = None

    def false_per_hour(self, phase: str) -> float:
        """Picks of a phase in an hour of noise; NaN without noise records."""
        return self.phases[phase].n_noise_picks / self.noise_hours if self.noise_hours else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is undefined (NaN) is None, residuals come as a histogram."""
        plain: dict[str, Any] = _plain(self)
        plain["provenance"] = self.provenance and self.provenance.to_dict()
        edges = np.linspace(-self.tolerances[-1], self.tolerances[-1], HISTOGRAM_BINS + 1)
        for name, phase in self.phases.items():
            counts = np.histogram(phase.residual_seconds, edges)[0]
            histogram = {"edges": edges.round(6).tolist(), "counts": counts.tolist()}
            plain["phases"][name]["residual_histogram"] = histogram
            plain["phases"][name]["noise_picks_per_hour"] = _plain(self.false_per_hour(name))
        return plain

    def __str__(self) -> str:
        from lppn_np.evaluation.table import report_text

        return report_text(self)


def _plain(value: Any) -> Any:
    """Dataclasses with their properties, dicts, tuples and numbers, without what is not for JSON."""
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value)]
        names += [name for name, member in vars(type(value)).items() if isinstance(member, property)]
        return {name: _plain(getattr(value, name)) for name in names if name != "residual_seconds"}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value

"""The picks of one phase against its labels, at any threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lppn_np.evaluation.arguments import Request
from lppn_np.evaluation.groups import Mask, by_bin, by_name
from lppn_np.evaluation.matching import ROUNDING, Float, Pairs, PhaseTable, match, near_pairs
from lppn_np.evaluation.observe import Observation, phase_table
from lppn_np.evaluation.report import PhaseReport
from lppn_np.evaluation.scores import ReliabilityBin, Residuals, Score, Tally

#: Per cent of the window. A label late in its window has little after it to be recognised by.
_QUARTERS = (25.0, 50.0, 75.0)


class Judge:
    """Judges the picks of one phase at any threshold, from one list of pairs.

    Parameters
    ----------
    table : PhaseTable
        Labels and picks down to the lowest threshold that will be asked for.
    tolerances : sequence of float
        Seconds, ascending.
    sampling_rate : float
        Hz.
    """

    def __init__(self, table: PhaseTable, tolerances: Sequence[float], sampling_rate: float) -> None:
        self.table = table
        self._rate = sampling_rate
        self._limits = [tolerance * sampling_rate for tolerance in tolerances]
        self._pairs = near_pairs(table, self._limits[-1])

    def matched(self, threshold: float) -> Pairs:
        """Pairs matched within the widest tolerance among the picks that reach a threshold."""
        return match(self._pairs.take(self._pairs.probability >= threshold))

    def residuals(self, threshold: float) -> Float:
        """Pick - label of the matched pairs, in seconds."""
        return self.matched(threshold).residual / self._rate

    def scores(self, threshold: float) -> tuple[Score, ...]:
        """One score a tolerance."""
        distance = np.abs(self.matched(threshold).residual)
        n_labels = len(self.table.label_sample)
        n_picks = int(np.count_nonzero(self.table.pick_probability >= threshold))
        return tuple(
            Score(n_labels, n_picks, int(np.count_nonzero(distance <= limit + ROUNDING)))
            for limit in self._limits
        )

    def tally(self, threshold: float) -> Tally:
        """Scores and residuals together."""
        return Tally(self.scores(threshold), Residuals.of(self.residuals(threshold)))

    def reliability(self, threshold: float, n_bins: int = 10) -> tuple[ReliabilityBin, ...]:
        """Bins of the picks that reach a threshold, equally wide from 0 to 1."""
        edges = np.arange(n_bins + 1) / n_bins
        probability = self.table.pick_probability
        right = np.zeros(len(probability), bool)
        right[self.matched(threshold).pick] = True
        place = np.clip(np.searchsorted(edges, probability, "right") - 1, 0, n_bins - 1)
        place[probability < threshold] = -1
        return tuple(
            _bin(edges[k : k + 2], probability[place == k], right[place == k]) for k in range(n_bins)
        )


def judge_phase(
    observations: list[Observation], phase: str, threshold: float, sampling_rate: float, request: Request
) -> PhaseReport:
    """Everything there is to say about one phase.

    Parameters
    ----------
    observations : list of Observation
        Of all pieces of record.
    phase : {"P", "S"}
    threshold : float
        Least probability of a pick, outside of curves.
    sampling_rate : float
        Hz.
    request : Request
        Thresholds of the curves, tolerances, bin edges.
    """
    table = phase_table(observations, phase)
    judge = Judge(table, request.tolerances, sampling_rate)
    entries = [observation.entry for observation in observations]
    places = [observation.place(phase) for observation in observations]
    noise = np.array([entry.is_noise for entry in entries])
    labelled = np.array([bool(observation.labels[phase]) for observation in observations])
    noise_probability = table.on(noise).pick_probability
    curve = tuple(judge.scores(t) for t in request.thresholds)
    best = _best_threshold(curve, request.thresholds)

    def tallies(groups: dict[str, Mask]) -> dict[str, Tally]:
        parts = {n: Judge(table.on(mask), request.tolerances, sampling_rate) for n, mask in groups.items()}
        return {name: part.tally(threshold) for name, part in parts.items()}

    return PhaseReport(
        threshold=threshold,
        overall=judge.tally(threshold),
        by_source=tallies(by_name([entry.source for entry in entries])),
        by_snr=tallies(by_bin([entry.snr_db for entry in entries], request.snr_edges, ~noise)),
        by_place=tallies(by_bin(places, _QUARTERS, labelled)),
        by_distance=tallies(by_bin([entry.distance_km for entry in entries], request.distance_edges, ~noise)),
        curve=curve,
        noise_picks=tuple(int(np.count_nonzero(noise_probability >= t)) for t in request.thresholds),
        n_noise_picks=int(np.count_nonzero(noise_probability >= threshold)),
        best_threshold=best,
        best=judge.tally(best),
        reliability=judge.reliability(request.thresholds[0]),
        residual_seconds=judge.residuals(threshold),
    )


def _best_threshold(curve: Sequence[tuple[Score, ...]], thresholds: Sequence[float]) -> float:
    """The lowest of those with the largest F1 within the widest tolerance; NaN without labels."""
    if not curve[0][-1].n_labels:
        return math.nan
    return thresholds[int(np.argmax([scores[-1].f1 for scores in curve]))]


def _bin(edges: Float, probability: Float, right: NDArray[np.bool_]) -> ReliabilityBin:
    mean = float(probability.mean()) if len(probability) else math.nan
    return ReliabilityBin(float(edges[0]), float(edges[1]), len(right), int(right.sum()), mean)

"""Counts, scores and residuals of one phase."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lppn_np.evaluation.matching import Float


@dataclass(frozen=True)
class Score:
    """How many labels were found and how many picks are right.

    Attributes
    ----------
    n_labels, n_picks, n_right : int
        Labels, judged picks, and matched pairs of the two.
    """

    n_labels: int
    n_picks: int
    n_right: int

    @property
    def precision(self) -> float:
        """Share of the picks that are right; NaN without picks."""
        return _share(self.n_right, self.n_picks)

    @property
    def recall(self) -> float:
        """Share of the labels that were found; NaN without labels."""
        return _share(self.n_right, self.n_labels)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN with neither labels nor picks."""
        return _share(2 * self.n_right, self.n_labels + self.n_picks)


@dataclass(frozen=True)
class Residuals:
    """Statistics of pick - label, in seconds, over the matched pairs; NaN where there is none.

    Attributes
    ----------
    n : int
        Matched pairs.
    mean, std, mae, rmse, median : float
        Mean, standard deviation (about the mean, divided by n), mean absolute value, root of the mean
        square, median.
    """

    n: int
    mean: float
    std: float
    mae: float
    rmse: float
    median: float

    @classmethod
    def of(cls, seconds: Float) -> Residuals:
        """Statistics of an array."""
        if len(seconds) == 0:
            return cls(0, *[math.nan] * 5)
        return cls(
            len(seconds),
            float(np.mean(seconds)),
            float(np.std(seconds)),
            float(np.mean(np.abs(seconds))),
            float(np.sqrt(np.mean(np.square(seconds)))),
            float(np.median(seconds)),
        )


@dataclass(frozen=True)
class Tally:
    """Scores of one set of pieces at one threshold.

    Attributes
    ----------
    scores : tuple of Score
        One a tolerance.
    residuals : Residuals
        Of the pairs within the widest tolerance.
    """

    scores: tuple[Score, ...]
    residuals: Residuals


@dataclass(frozen=True)
class ReliabilityBin:
    """Picks of similar probability, to see whether they are right as often as the network says.

    Attributes
    ----------
    low, high : float
        Probabilities ``low <= p < high``; the last bin holds 1 as well.
    n_picks, n_right : int
        Picks, and those matched within the widest tolerance.
    mean_probability : float
        NaN in an empty bin.
    """

    low: float
    high: float
    n_picks: int
    n_right: int
    mean_probability: float

    @property
    def share_right(self) -> float:
        """Share of the picks that are right; NaN in an empty bin."""
        return _share(self.n_right, self.n_picks)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan

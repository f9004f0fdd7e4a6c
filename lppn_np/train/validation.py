"""How good the weights are now: loss and scores on the dev split."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lppn_np.data import Dataset
from lppn_np.evaluation import evaluate
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import check_labels
from lppn_np.model import LPPN
from lppn_np.train.augment_config import AugmentConfig
from lppn_np.train.batches import Sampler
from lppn_np.train.config import TrainConfig

#: Batches of the validation loss; they are always the same.
_LOSS_BATCHES = 8
#: What an F1 may lack of the best one to count as equal, and the threshold of a phase without labels.
_AS_GOOD, _UNSCORED = 0.005, 0.3


@dataclass(frozen=True)
class Scores:
    """Of one validation.

    Attributes
    ----------
    loss : float
        A window, on unaugmented windows, with the running statistics.
    f1 : dict of str to float
        By phase, within 0.5 s at the best threshold; 0 without labels.
    thresholds : dict of str to float
        In the middle of those that are as good as the best.
    """

    loss: float
    f1: dict[str, float]
    thresholds: dict[str, float]

    @property
    def score(self) -> float:
        """What decides which weights are best: the mean F1 of P and S."""
        return sum(self.f1.values()) / len(self.f1)


def middle_threshold(thresholds: Sequence[float], f1: Sequence[float]) -> float:
    """Return the middle one of the thresholds whose F1 is within 0.005 of the best; 0.3 without any score.

    On a few hundred labels the best one is a matter of one pick. Where all are equally good, as on seventeen
    clear records, the lowest of them (0.05) would pick noise in everything else.

    Examples
    --------
    >>> middle_threshold([0.1, 0.2, 0.3, 0.4, 0.5], [0.7, 0.901, 0.903, 0.9, 0.6])
    0.3
    """
    scored = [value for value in f1 if not math.isnan(value)]
    if not scored:
        return _UNSCORED
    good = [t for t, value in zip(thresholds, f1, strict=True) if value >= max(scored) - _AS_GOOD]
    return good[len(good) // 2]


class Validator:
    """Scores models on a dev split, always on the same windows."""

    def __init__(self, dataset: Dataset, model: LPPN, config: TrainConfig, n_threads: int) -> None:
        self._dataset, self._n_threads = dataset, n_threads
        plain = dataclasses.replace(config, augment=AugmentConfig.off(), source_weights=())
        sampler = Sampler(dataset, model.config, plain)
        self._batches = [sampler.batch(step) for step in range(_LOSS_BATCHES)]

    def __call__(self, model: LPPN, training: TrainingPass) -> Scores:
        """Score a model; ``training`` lends its buffers."""
        losses = []
        for batch in self._batches:
            shape, n_classes = batch.classes.shape, model.config.n_classes
            labels = check_labels(batch.classes, batch.offsets, None, (shape[0], shape[1]), n_classes)
            result = training.run(model.tensors, batch.x, labels, frozen=True)
            losses.append(result.loss / len(batch.x))
        report = evaluate(model, self._dataset, n_threads=self._n_threads)
        f1, thresholds = {}, {}
        for name, phase in report.phases.items():
            value = phase.best.scores[-1].f1
            f1[name] = 0.0 if math.isnan(value) else value
            thresholds[name] = middle_threshold(report.thresholds, [scores[-1].f1 for scores in phase.curve])
        return Scores(float(np.mean(losses)), f1, thresholds)

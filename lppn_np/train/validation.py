"""How good the weights are now: loss and scores on the dev split."""

from __future__ import annotations

import dataclasses
import math
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
        Those best thresholds.
    """

    loss: float
    f1: dict[str, float]
    thresholds: dict[str, float]

    @property
    def score(self) -> float:
        """What decides which weights are best: the mean F1 of P and S."""
        return sum(self.f1.values()) / len(self.f1)


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
            thresholds[name] = 0.3 if math.isnan(phase.best_threshold) else phase.best_threshold
        return Scores(float(np.mean(losses)), f1, thresholds)

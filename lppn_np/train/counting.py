"""Class weights of a training run, told to the model, so that its probabilities are those of arrivals."""

from __future__ import annotations

import dataclasses
from typing import Any

from lppn_np.model import LPPN
from lppn_np.train.config import TrainConfig


def with_weights_of(model: LPPN, config: TrainConfig) -> LPPN:
    """Return the model with the weights that P and S have in this run beside "no arrival".

    What earlier runs had does not count: a network forgets them. A class that counts nothing has no odds.
    """
    labels = model.config.labels
    weights = config.class_weights or (1.0,) * len(labels)
    ratios: dict[str, Any] = {"P_weight": 1.0, "S_weight": 1.0}
    if len(weights) == len(labels) and weights[0] > 0:  # else the first batch says what is wrong
        shares = {f"{phase}_weight": weights[labels.index(phase)] / weights[0] for phase in "PS"}
        ratios |= {name: share for name, share in shares.items() if share > 0}
    return LPPN(dataclasses.replace(model.config, **ratios), model.tensors, metadata=model.metadata)

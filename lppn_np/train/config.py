"""Everything that decides a training run, in one frozen object."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from lppn_np.errors import ConfigError
from lppn_np.gradients.labels import OFFSET_WEIGHT
from lppn_np.train.augment_config import AugmentConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A training run. With the same data, weights and seed it gives the same weights, bit for bit.

    Parameters
    ----------
    steps : int
        Batches in the whole run.
    batch_size : int
        Windows in a batch.
    optimiser : {"adam", "sgd"}
        The authors of LPPN used Adam.
    learning_rate : float
        At its highest, after the warm-up.
    momentum, nesterov : float, bool
        Of SGD.
    weight_decay : float
        Of convolution weights; not of biases and normalisations.
    clip_norm : float
        Largest norm of all gradients together; 0 does not clip.
    schedule : {"cosine", "step", "constant"}
        How the learning rate goes down: along a half cosine to ``final_share`` of it, or by
        ``step_factor`` every ``step_every`` steps.
    warmup : int
        Steps over which the learning rate rises from 0.
    final_share, step_every, step_factor : float, int, float
        See ``schedule``.
    class_weights : tuple of float or None
        Multiply the loss of the segments of each class.
    offset_weight : float
        Of the squared offset error (samples) beside the cross-entropy; the paper has 1/10.
    source_weights : tuple of (str, float)
        How often records of a source are drawn; the others have 1. A source's records share its weight
        times their number.
    unknown_phases : tuple of (str, str)
        Sources whose labels of a phase are not to be trusted, as ``("network_auto", "S")``: they are dropped
        in training and validation, and where such an arrival could be is left out of the loss. Sources that
        the dataset does not have are passed over, as in ``source_weights``: a recipe serves other datasets.
    review_at : tuple of float
        Shares of the run after which the network picks all training records; what it finds far from every
        label is unlabelled from then on (:mod:`lppn_np.train.review`). Empty never does.
    review_threshold : float
        Least probability of such a pick.
    noise_share : float
        Share of the windows drawn from noise records, where there are some.
    average : float
        Decay of the running average of the weights that is validated and saved; 0 takes them as they are.
    validate_every : int
        Steps between validations on the dev split.
    choose_by : {"f1", "loss"}
        What the best validation is: the largest mean F1 of P and S, or the smallest loss. On some hundred
        labels an F1 is a matter of a few picks, and the loss is steadier.
    patience : int
        Validations without improvement after which the run stops; 0 never stops.
    freeze : tuple of str
        Tensors whose names start so stay as they are, with their running statistics.
    seed : int
        Of everything random.
    augment : AugmentConfig
        How windows are drawn.

    Raises
    ------
    ConfigError
        A value that cannot work.
    """

    steps: int = 10_000
    batch_size: int = 32
    optimiser: str = "adam"
    learning_rate: float = 2e-3
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    clip_norm: float = 0.0
    schedule: str = "cosine"
    warmup: int = 200
    final_share: float = 0.01
    step_every: int = 2_000
    step_factor: float = 0.5
    class_weights: tuple[float, ...] | None = None
    offset_weight: float = OFFSET_WEIGHT
    source_weights: tuple[tuple[str, float], ...] = ()
    unknown_phases: tuple[tuple[str, str], ...] = ()
    review_at: tuple[float, ...] = ()
    review_threshold: float = 0.4
    noise_share: float = 0.1
    average: float = 0.0
    validate_every: int = 500
    choose_by: str = "f1"
    patience: int = 0
    freeze: tuple[str, ...] = ()
    seed: int = 0
    augment: AugmentConfig = dataclasses.field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "step_every", "validate_every"):
            _require(name, getattr(self, name), 1, whole=True)
        for name in ("warmup", "patience", "seed"):
            _require(name, getattr(self, name), 0, whole=True)
        for name in ("learning_rate", "weight_decay", "clip_norm", "step_factor", "offset_weight"):
            _require(name, getattr(self, name), 0)
        for name in ("momentum", "final_share", "noise_share", "average"):
            _require(name, getattr(self, name), 0)
            if getattr(self, name) > 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; at most 1 is expected")
        for share in (self.review_threshold, *self.review_at):
            _require("a share of review_at, or review_threshold,", share, 0)
            if not 0 < share < 1:
                raise ConfigError(
                    f"review_at or review_threshold holds {share}; numbers in (0, 1) are expected"
                )
        for name, known in (
            ("optimiser", ("adam", "sgd")),
            ("schedule", ("cosine", "step", "constant")),
            ("choose_by", ("f1", "loss")),
        ):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} is {getattr(self, name)!r}; one of {known} is expected")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON-ready values."""
        values = dataclasses.asdict(self)
        values["augment"] = self.augment.to_dict()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Build from :meth:`to_dict`'s output, or from some of its keys; an unknown key is a ConfigError."""
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"unknown training keys {unknown}; known are {sorted(known)}")
        given = dict(values)
        for name in ("augment", "class_weights", "freeze", "review_at", "source_weights", "unknown_phases"):
            if given.get(name) is not None:
                given[name] = _from_json(name, given[name])
        return cls(**given)


def reviews_due(config: TrainConfig, step: int) -> int:
    """How many reviews of the catalogue a run has had after so many steps."""
    return sum(step >= max(1, round(share * config.steps)) for share in config.review_at)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Learning rate of a step, the first being 0."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    if config.schedule == "constant":
        return config.learning_rate
    if config.schedule == "step":
        return config.learning_rate * config.step_factor ** (step // config.step_every)
    through = (step - config.warmup) / max(1, config.steps - config.warmup)
    share = (1 + math.cos(math.pi * min(1.0, through))) / 2
    return config.learning_rate * (config.final_share + (1 - config.final_share) * share)


def _from_json(name: str, value: Any) -> Any:
    """Make a field's own type of what JSON has for it."""
    try:
        if isinstance(value, str):  # a sequence too, of letters
            raise TypeError("a text")
        if name == "augment":
            return AugmentConfig.from_dict(value)
        if name == "source_weights":  # pairs, or an object
            return tuple((str(source), float(weight)) for source, weight in dict(value).items())
        if name == "unknown_phases":
            return tuple((str(source), str(phases)) for source, phases in dict(value).items())
        return tuple(value)
    except ConfigError:
        raise
    except (TypeError, ValueError) as error:
        expected = "an object" if name == "augment" else "a list"
        raise ConfigError(f"{name} is {value!r}; {expected} is expected ({error})") from error


def _require(name: str, value: Any, least: float, whole: bool = False) -> None:
    kind = int if whole else (int, float)
    if (
        isinstance(value, bool)
        or not isinstance(value, kind)
        or not (math.isfinite(value) and value >= least)
    ):
        raise ConfigError(f"{name} is {value!r}; a {'whole ' if whole else ''}number >= {least} is expected")

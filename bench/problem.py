"""What is computed: the networks of the table, weights that make every layer count, and windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np import LPPN, LPPNConfig
from lppn_np.config import SUCCESSOR_FEATURES

Array = NDArray[np.floating[Any]]

WINDOWS, SAMPLES = 64, 3072
STRIDES, FEATURES = (8, 16, 32, 64), (4, 8, 16)


@dataclass(frozen=True)
class Case:
    """A network of the table."""

    variant: str
    stride: int
    features: int
    bundled: str | None = None
    """The bundled weights that are taken, or None for random ones."""

    @property
    def name(self) -> str:
        """As it stands in tables."""
        if self.variant == "paper":
            return f"S={self.stride} n={self.features}"
        return self.bundled or self.variant

    @property
    def weights(self) -> str:
        """Where the weights are from and what network they are of."""
        return f"{self.bundled or 'random'} ({self.variant} S={self.stride} n={self.features})"

    @property
    def config(self) -> LPPNConfig:
        """Its configuration."""
        return LPPNConfig(variant=self.variant, stride=self.stride, features=self.features)

    def model(self) -> LPPN:
        """The bundled model, or one that makes every layer count."""
        return LPPN.from_pretrained(self.bundled) if self.bundled else lively_model(self.config)


def bundled_case(name: str) -> Case:
    """The network of bundled weights, with these weights."""
    config = LPPN.from_pretrained(name).config
    return Case(config.variant, config.stride, config.features, name)


PAPER = tuple(Case("paper", stride, features) for stride in STRIDES for features in FEATURES)
SUCCESSORS = tuple(Case(variant, 8, features) for variant, features in SUCCESSOR_FEATURES.items())


def all_cases() -> tuple[Case, ...]:
    """Every network of the table; the weights that :func:`lppn_np.pick` takes are the last."""
    return (*PAPER, *SUCCESSORS, bundled_case("default"))


@dataclass(frozen=True, eq=False)
class Problem:
    """What every contender gets.

    Attributes
    ----------
    model : LPPN
    x : ndarray, shape (B, 3, T), float32
        Windows as the network sees them.
    threads : int
        The same for all.
    """

    model: LPPN
    x: NDArray[np.float32]
    threads: int


def make_problem(case: Case, threads: int, n_windows: int = WINDOWS, n_samples: int = SAMPLES) -> Problem:
    """Draw weights and windows; the same case gives the same numbers everywhere."""
    x = np.random.default_rng(1).normal(size=(n_windows, 3, n_samples)).astype(np.float32)
    return Problem(case.model(), x, threads)


def lively_model(config: LPPNConfig, seed: int = 0) -> LPPN:
    """Model with random running statistics too: drawn anew, normalisations would do nothing."""
    rng = np.random.default_rng(seed)
    tensors = LPPN(config, seed=seed).tensors
    ranges = {"weight": (0.5, 1.5), "bias": (-0.2, 0.8), "running_mean": (-0.2, 0.2), "running_var": (0.1, 1)}
    for variance in [name for name in tensors if name.endswith(".running_var")]:
        norm = variance.removesuffix("running_var")
        for part, (low, high) in ranges.items():
            shape = tensors[norm + part].shape
            tensors[norm + part] = rng.uniform(low, high, shape).astype(np.float32)
    return LPPN(config, tensors)

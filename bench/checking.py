"""Nothing is timed before it is checked: every contender against the textbook in float64."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lppn_np.bench import torch_contenders
from lppn_np.bench.problem import Array, Problem
from lppn_np.bench.torch_contenders import Run
from lppn_np.errors import MissingDependencyError

#: Largest difference, as a share of the largest logit and of the largest offset.
BOUND = 2e-5
#: Where PyTorch's own rounding is larger than a third of it (tiny), the bound is three times that rounding.
TIMES_OWN_ROUNDING = 3.0


@dataclass(frozen=True)
class Check:
    """How far one contender is from the textbook.

    Attributes
    ----------
    logits, offsets : float
        Largest difference over the largest magnitude; infinity where a shape or a number is wrong.
    bound : float
        What is allowed.
    seconds : float
        That the run took whose results were compared.
    """

    logits: float
    offsets: float
    bound: float
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether both are within the bound."""
        return max(self.logits, self.offsets) <= self.bound


def check_all(problem: Problem, contenders: Mapping[str, Run]) -> dict[str, Check]:
    """Compare the results of all contenders with the textbook's on every window."""
    expected = problem.model.forward(problem.x.astype(np.float64), "numpy", problem.threads)
    found = {}
    for name, run in contenders.items():
        start = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - start
        found[name] = replace(compare(result, expected, BOUND), seconds=seconds)
    if all(check.passed for check in found.values()):
        return found
    bound = max(BOUND, TIMES_OWN_ROUNDING * own_rounding(problem))
    return {name: replace(check, bound=bound) for name, check in found.items()}


def compare(found: tuple[Array, Array], expected: tuple[Array, Array], bound: float) -> Check:
    """Compare logits and offsets with the expected ones."""
    logits, offsets = (_difference(f, e) for f, e in zip(found, expected, strict=True))
    return Check(logits, offsets, bound)


def own_rounding(problem: Problem) -> float:
    """PyTorch's float32 output against its own float64 output; 0 without PyTorch.

    A wrong network of theirs would not widen the bound: it is wrong in both.
    """
    try:
        single, double = torch_contenders.eager(problem)(), torch_contenders.double(problem)()
    except MissingDependencyError:
        return 0.0
    return max(_difference(s, d) for s, d in zip(single, double, strict=True))


def _difference(found: Array, expected: Array) -> float:
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    largest = float(np.abs(expected).max()) or 1.0
    return float(np.abs(found.astype(np.float64) - expected).max()) / largest

"""What ``evaluate`` is asked for, checked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings

if TYPE_CHECKING:
    from lppn_np.data import Dataset

WINDOWS = ("window", "record")
#: Seconds.
TOLERANCES = (0.1, 0.2, 0.5)
#: Probabilities.
THRESHOLDS = tuple(k / 20 for k in range(1, 20))
#: dB.
SNR_EDGES = (0.0, 10.0, 20.0, 30.0, 40.0)
#: km.
DISTANCE_EDGES = (20.0, 50.0, 100.0, 200.0)


@dataclasses.dataclass(frozen=True)
class Request:
    """What to judge by; the attributes are parameters of :func:`lppn_np.evaluation.evaluate`."""

    windows: str
    seed: int
    thresholds: tuple[float, ...]
    tolerances: tuple[float, ...]
    snr_edges: tuple[float, ...]
    distance_edges: tuple[float, ...]


def check_request(
    windows: str,
    seed: int,
    thresholds: Sequence[float],
    tolerances: Sequence[float],
    snr_edges: Sequence[float],
    distance_edges: Sequence[float],
) -> Request:
    """Return the request with its numbers in ascending order, each once.

    Raises
    ------
    InputError
        A value that cannot work.
    """
    if windows not in WINDOWS:
        raise InputError(f"windows is {windows!r}; one of {', '.join(WINDOWS)} is expected")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed is {seed!r}; a whole number >= 0 is expected")
    return Request(
        windows,
        seed,
        _numbers("thresholds", thresholds, "probabilities in (0, 1]", 0.0, 1.0),
        _numbers("tolerances", tolerances, "seconds > 0", 0.0, math.inf),
        _numbers("snr_edges", snr_edges, "numbers", -math.inf, math.inf),
        _numbers("distance_edges", distance_edges, "numbers", -math.inf, math.inf),
    )


def operating_thresholds(settings: Settings) -> dict[str, float]:
    """The two thresholds of resolved settings by phase."""
    assert settings.P_threshold is not None
    assert settings.S_threshold is not None
    return {"P": float(settings.P_threshold), "S": float(settings.S_threshold)}


def with_lowest(settings: Settings, lowest: float) -> Settings:
    """Settings whose picks hold those of all thresholds that will be asked for.

    Exactly those: duplicates are suppressed from the most probable pick down, so what is below a threshold
    has no say in what remains above it (``test_thresholds`` holds the two ways against each other).
    """
    operating = operating_thresholds(settings)
    return dataclasses.replace(
        settings, P_threshold=min(lowest, operating["P"]), S_threshold=min(lowest, operating["S"])
    )


def with_window(model: LPPN, in_samples: int | None) -> LPPN:
    """The model, with windows of another length where one is given.

    Raises
    ------
    ConfigError
        A length that the network cannot halve, or that the overlap does not fit.
    """
    if in_samples is None or in_samples == model.in_samples:
        return model
    config = dataclasses.replace(model.config, in_samples=in_samples)
    return LPPN(config, model.tensors, metadata=model.metadata)


def check_dataset(model: LPPN, dataset: Dataset) -> None:
    """Refuse a dataset whose records are not what the model takes.

    Raises
    ------
    InputError
        Another sampling rate or component order.
    """
    wanted: dict[str, Any] = {"sampling_rate": model.sampling_rate, "component_order": model.component_order}
    for name, expected in wanted.items():
        found = getattr(dataset, name, expected)
        if found != expected:
            raise InputError(
                f"the dataset's {name} is {found}; the model takes {expected}: "
                f"open_dataset(path, {name}={expected!r})"
            )


def _numbers(name: str, values: Any, expected: str, above: float, to: float) -> tuple[float, ...]:
    """Finite numbers in (above, to], at least one."""
    try:
        numbers = sorted({float(value) for value in values})
    except (TypeError, ValueError):
        numbers = []
    if not numbers or not all(math.isfinite(x) and above < x <= to for x in numbers):
        raise InputError(f"{name} is {values!r}; a sequence of {expected} is expected")
    return tuple(numbers)

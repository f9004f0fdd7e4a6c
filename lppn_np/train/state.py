"""Where a run stands: everything that the next step depends on, in one file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.npz_file import read_npz, write_npz

Tensors = dict[str, NDArray[Any]]
_GROUPS = ("tensors", "average", "best", "optimiser")
_NUMBERS = ("step", "best_score", "best_thresholds", "since_best", "history", "doubts", "reviews", "losses")


@dataclass
class State:
    """A run between two steps.

    Attributes
    ----------
    tensors : dict of str to ndarray
        Weights and running statistics as the next step takes them.
    average : dict of str to ndarray
        Their running average, empty where none is kept.
    best : dict of str to ndarray
        The weights of the best validation, empty before the first.
    optimiser : dict of str to ndarray
        The optimiser's memory.
    step : int
        Steps done.
    best_score : float
        Of ``best``.
    best_thresholds : dict of str to float
        By phase, of ``best``.
    since_best : int
        Validations since then.
    history : list of dict
        One entry a validation: step, losses, scores.
    doubts : dict of str to list of float
        What the last review found, by number of the training record.
    reviews : int
        How many there were.
    losses : list of float
        Of the steps since the last line of metrics.
    """

    tensors: Tensors
    average: Tensors = field(default_factory=dict)
    best: Tensors = field(default_factory=dict)
    optimiser: Tensors = field(default_factory=dict)
    step: int = 0
    best_score: float = -1.0
    best_thresholds: dict[str, float] = field(default_factory=dict)
    since_best: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    doubts: dict[str, list[float]] = field(default_factory=dict)
    reviews: int = 0
    losses: list[float] = field(default_factory=list)

    def write(self, path: Path, identity: dict[str, Any]) -> None:
        """Write the state whole or not at all; ``identity`` says which run it belongs to."""
        arrays = {f"{group}/{name}": a for group in _GROUPS for name, a in getattr(self, group).items()}
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        write_npz(path, arrays, {"state": numbers, "identity": identity}, InputError)

    @classmethod
    def read(cls, path: Path, identity: dict[str, Any]) -> State:
        """Read a state back.

        Raises
        ------
        InputError
            The file is missing or damaged, or belongs to a run with other settings; the message names them.
        """
        arrays, meta = read_npz(path, "the state of a training run", InputError)
        if not isinstance(meta, dict) or not {"state", "identity"} <= set(meta):
            raise InputError(f"{path}: not the state of a training run")
        _check_identity(path, meta["identity"], identity)
        groups: dict[str, Tensors] = {group: {} for group in _GROUPS}
        for name, array in arrays.items():
            group, _, rest = name.partition("/")
            if group not in groups:
                raise InputError(f"{path}: unknown member {name!r}")
            groups[group][rest] = np.array(array)
        numbers: dict[str, Any] = meta["state"]
        return cls(groups["tensors"], groups["average"], groups["best"], groups["optimiser"], **numbers)


def _check_identity(path: Path, found: Any, expected: dict[str, Any]) -> None:
    """A run goes on with the settings it began with, or its result would depend on where it was cut."""
    expected = json.loads(json.dumps(expected))  # as it was written: tuples are lists there
    for name, value in expected.items():
        there = found.get(name) if isinstance(found, dict) else None
        if there == value:
            continue
        keys = sorted(set(value) | set(there or {})) if isinstance(value, dict) else []
        changed = [k for k in keys if (there or {}).get(k) != value.get(k)]
        detail = ", ".join(f"{k}: {(there or {}).get(k)!r}, now {value.get(k)!r}" for k in changed[:4])
        raise InputError(
            f"{path}: the run was started with another {name} ({detail or f'{there!r}, now {value!r}'})"
        )

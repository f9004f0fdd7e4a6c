"""The forward pass: the network's list of steps, read downwards."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.network import Network, Step
from lppn_np.network.ops import Op

Array = NDArray[np.floating[Any]]
Tensors = Mapping[str, Array]
Engine = Callable[[Op, Sequence[Array], Tensors, bool], Array]

ENGINES = ("numba", "layers", "numpy")
_MODULES = {"numba": ".layers_engine", "layers": ".layers_engine", "numpy": ".numpy_engine"}


def get_engine(name: str) -> Engine:
    """Engine that shows every activation, by name; importing it here keeps numba out of ``import lppn_np``.

    Raises
    ------
    InputError
        An unknown name.
    """
    if name not in ENGINES:
        raise InputError(f"engine is {name!r}; expected one of {ENGINES}")
    engine: Engine = importlib.import_module(_MODULES[name], __package__).apply
    return engine


def forward(
    network: Network,
    tensors: Tensors,
    x: Array,
    engine: Engine,
    *,
    batch_statistics: bool = False,
    keep: Callable[[str], bool] = lambda name: False,
) -> dict[str, Array]:
    """Run every step on a batch and return the activations asked for.

    Parameters
    ----------
    network : Network
        What to compute.
    tensors : mapping of str to ndarray
        Weights and running statistics by full name, all of the dtype of ``x``.
    x : ndarray, shape (B, 3, T)
        The batch as the network sees it.
    engine : callable
        See :func:`get_engine`.
    batch_statistics : bool
        Normalise with the batch's own mean and variance (training) instead of the running ones.
    keep : callable
        Whether to keep the activation of that name. ``class_head`` and ``offset`` are always kept;
        every other one is dropped after its last use, so that a batch needs little memory.

    Returns
    -------
    dict of str to ndarray
        Activations (B, C, T) by step name.
    """
    last_use = {source: index for index, step in enumerate(network.steps) for source in step.inputs}
    alive = {"input": x}
    kept = {}
    for index, step in enumerate(network.steps):
        inputs = [alive[source] for source in step.inputs]
        output = engine(step.op, inputs, _own_tensors(step, tensors), batch_statistics)
        alive[step.name] = output
        if step.name in ("class_head", "offset") or keep(step.name):
            kept[step.name] = output
        for source in step.inputs:
            if last_use[source] == index:
                alive.pop(source, None)
    return kept


def _own_tensors(step: Step, tensors: Tensors) -> dict[str, Array]:
    parts = (*step.op.parameter_shapes(), *step.op.statistic_shapes())
    return {part: tensors[f"{step.name}.{part}"] for part in parts}

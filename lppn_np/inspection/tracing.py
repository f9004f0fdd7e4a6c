"""How a trace is made: a forward pass that keeps everything, read upwards if there are labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.engines import forward, get_engine
from lppn_np.engines.threads import Team
from lppn_np.gradients import textbook
from lppn_np.gradients.labels import Labels
from lppn_np.inspection.layers import PROBABILITIES, describe
from lppn_np.inspection.trace import Trace
from lppn_np.kernels import reference
from lppn_np.network import Network

Array = NDArray[np.floating[Any]]
Tensors = Mapping[str, Array]


def make_trace(
    network: Network,
    tensors: Tensors,
    x: Array,
    labels: Labels | None = None,
    *,
    engine: str = "numba",
    batch_statistics: bool = False,
) -> Trace:
    """Trace a batch; see :meth:`lppn_np.LPPN.trace`, which checks what it is given.

    The compiled engine has no gradients of single activations: its units keep neither normalisations nor
    ReLUs. Those are the textbook's, read upwards over the activations that the engine computed.
    """
    activations = {"input": x, **run(network, tensors, x, engine, batch_statistics=batch_statistics)}
    loss: float | None = None
    parameter_gradients: dict[str, Array] = {}
    gradients: dict[str, Array] = {}
    if labels is not None:
        loss, arriving = textbook.loss_gradient(activations, labels)
        frozen = not batch_statistics
        parameter_gradients, found = textbook.backward(network, tensors, activations, arriving, frozen=frozen)
        gradients = {name: found[name] for name in activations}
        if engine != "numpy":
            loss, parameter_gradients = _compiled(network, tensors, x, labels, frozen)
    activations[PROBABILITIES] = _softmax(activations["class_head"], engine)
    layers = describe(network, x.shape[2])
    return Trace(activations, layers, _read_only(tensors), loss, gradients, parameter_gradients)


def run(
    network: Network, tensors: Tensors, x: Array, engine: str, *, batch_statistics: bool = False
) -> dict[str, Array]:
    """Every activation of a batch by the name of its step."""
    apply = get_engine(engine)
    return forward(network, tensors, x, apply, batch_statistics=batch_statistics, keep=lambda name: True)


def _compiled(
    network: Network, tensors: Tensors, x: Array, labels: Labels, frozen: bool
) -> tuple[float, dict[str, Array]]:
    from lppn_np.gradients.compiled import TrainingPass

    with Team() as team:
        result = TrainingPass(network, len(x), x.shape[2], x.dtype, team).run(
            tensors, x, labels, frozen=frozen
        )
    return result.loss, result.gradients


def _softmax(logits: Array, engine: str) -> Array:
    if engine == "numpy":
        return reference.softmax(logits)
    from lppn_np.kernels.output import softmax

    out = np.empty_like(logits)
    softmax(out, logits)
    return out


def _read_only(tensors: Tensors) -> dict[str, Array]:
    views = {name: tensor.view() for name, tensor in tensors.items()}
    for view in views.values():
        view.flags.writeable = False
    return views

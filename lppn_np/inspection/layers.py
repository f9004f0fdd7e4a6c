"""A network's steps as a graph that can be drawn: kind, kernel, stride, parents, tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lppn_np.network import Network, Step, ops

#: Activation that the network itself stops short of: the softmax of ``class_head``.
PROBABILITIES = "probabilities"


@dataclass(frozen=True)
class Layer:
    """One activation: what computes it, from what, and how it lies in time.

    Value t of a convolution with K taps, stride S and padding P reads values ``S t - P ... S t - P + K - 1``
    of its parent; those before the first and after the last are 0.

    Attributes
    ----------
    name : str
        Of the activation; its tensors are called ``<name>.weight`` and so on.
    kind : str
        ``Input``, ``Pointwise``, ``Depthwise``, ``DenseConv``, ``BatchNorm``, ``ReLU``, ``Add``,
        ``Upsample``, ``Concat``, ``Sigmoid``, ``Scale`` or ``Softmax``.
    parents : tuple of str
        The activations that it reads, in order.
    block : str
        The block that it belongs to, such as ``features.0``; a part of none is its own block.
    kernel, stride, padding : int
        Of a convolution; 1, 1 and 0 for everything else.
    groups : int
        Into how many groups the channels fall that do not mix: C for depthwise, 1 for the others.
    channels, n_times : int
        Shape of the activation of one window.
    step : float
        Samples of the input from one value to the next.
    tensors : tuple of str
        Full names of its weights, biases and running statistics.
    options : dict
        What else the operation has: ``mode`` of an upsampling, ``factor`` of a scale, ``eps`` of a
        normalisation.
    """

    name: str
    kind: str
    parents: tuple[str, ...]
    block: str
    kernel: int
    stride: int
    padding: int
    groups: int
    channels: int
    n_times: int
    step: float
    tensors: tuple[str, ...]
    options: dict[str, Any]


def describe(network: Network, n_samples: int) -> tuple[Layer, ...]:
    """Layers of a network for windows of ``n_samples``, ``input`` first and ``probabilities`` last."""
    shapes = network.activation_shapes(n_samples)
    shapes[PROBABILITIES] = shapes["class_head"]

    def plain(name: str, kind: str, parents: tuple[str, ...]) -> Layer:
        channels, n_times = shapes[name]
        return Layer(name, kind, parents, name, 1, 1, 0, 1, channels, n_times, n_samples / n_times, (), {})

    own = [_of_step(network, step, shapes[step.name], n_samples) for step in network.steps]
    return (plain("input", "Input", ()), *own, plain(PROBABILITIES, "Softmax", ("class_head",)))


def _of_step(network: Network, step: Step, shape: ops.Shape, n_samples: int) -> Layer:
    op = step.op
    kernel = getattr(op, "kernel", 1)
    block = step.name.rpartition(".")[0]
    parts = (*op.parameter_shapes(), *op.statistic_shapes())
    options = {name: getattr(op, name) for name in ("mode", "factor", "eps") if hasattr(op, name)}
    return Layer(
        name=step.name,
        kind=type(op).__name__,
        parents=step.inputs,
        block=block if block in network.blocks else step.name,
        kernel=kernel,
        stride=getattr(op, "stride", 1),
        padding=kernel // 2,
        groups=op.channels if isinstance(op, ops.Depthwise) else 1,
        channels=shape[0],
        n_times=shape[1],
        step=n_samples / shape[1],
        tensors=tuple(f"{step.name}.{part}" for part in parts),
        options=options,
    )

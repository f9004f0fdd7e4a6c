"""What a trace holds: activations, gradients and the graph they belong to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.inspection.layers import Layer

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Trace(Mapping[str, Array]):
    """Everything that a network computed for a batch; as a mapping, its activations by name.

    Attributes
    ----------
    activations : dict of str to ndarray, shape (B, C, T of the layer)
        In order of computation: ``input``, every step of the network under its name, and last
        ``probabilities``, the softmax of ``class_head`` (the logits). ``offset`` (B, 1, T / S) is in samples.
    layers : tuple of Layer
        The graph, one entry an activation, in the same order.
    parameters : dict of str to ndarray
        Weights and running statistics, read-only.
    loss : float or None
        The paper's loss, if labels were given.
    gradients : dict of str to ndarray
        Of the loss with respect to each activation, under the same names and in the same shapes, if labels
        were given. ``probabilities`` has none: the loss is computed from the logits.
    parameter_gradients : dict of str to ndarray
        Of the loss with respect to each trainable tensor, if labels were given.
    """

    activations: dict[str, Array]
    layers: tuple[Layer, ...]
    parameters: dict[str, Array]
    loss: float | None = None
    gradients: dict[str, Array] = field(default_factory=dict)
    parameter_gradients: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.activations[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.activations)

    def __len__(self) -> int:
        return len(self.activations)

    def __repr__(self) -> str:
        n_windows, _, n_samples = self.activations["input"].shape
        gradients = "with" if self.gradients else "without"
        return f"Trace({n_windows} x {n_samples} samples, {len(self)} activations, {gradients} gradients)"

    def layer(self, name: str) -> Layer:
        """Layer of an activation.

        Raises
        ------
        InputError
            There is none of that name.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise InputError(f"the network has no layer {name!r}; it has {', '.join(self.activations)}")

    def window(self, index: int) -> Trace:
        """The trace of one window of the batch, as views; loss and gradients of tensors are the batch's.

        Raises
        ------
        InputError
            There is no window of that number.
        """
        n_windows = len(self.activations["input"])
        if not -n_windows <= index < n_windows:
            raise InputError(f"there is no window {index}; the batch has {n_windows}")
        place = slice(index % n_windows, index % n_windows + 1)
        return Trace(
            {name: values[place] for name, values in self.activations.items()},
            self.layers,
            self.parameters,
            self.loss,
            {name: values[place] for name, values in self.gradients.items()},
            self.parameter_gradients,
        )

    def between(self, name: str, start: float, stop: float) -> Array:
        """Values of an activation whose times lie in ``[start, stop)``, as a view.

        Parameters
        ----------
        name : str
            Of the activation. Value t stands at sample ``t * layer.step``.
        start, stop : float
            Samples of the window.

        Returns
        -------
        ndarray, shape (B, C, values)

        Raises
        ------
        InputError
            See :meth:`layer`.
        """
        layer = self.layer(name)
        first = max(math.ceil(start / layer.step), 0)
        return self.activations[name][:, :, first : max(math.ceil(stop / layer.step), first)]

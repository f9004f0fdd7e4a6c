"""SGD and Adam, with PyTorch's arithmetic, on tensors by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Tensors = dict[str, Array]


class Optimiser(Protocol):
    """Changes tensors in place by their gradients; its memory can be saved and put back."""

    def step(self, tensors: Tensors, gradients: Mapping[str, Array], learning_rate: float) -> None:
        """Change every tensor that has a gradient."""

    def memory(self) -> Tensors:
        """Return everything that the next step depends on."""

    def restore(self, memory: Mapping[str, Array]) -> None:
        """Take back what :meth:`memory` gave."""


def decays(name: str) -> bool:
    """Whether weight decay touches a tensor: convolution weights only, no bias and no normalisation."""
    step, _, part = name.rpartition(".")
    return part == "weight" and not step.endswith("norm")


class SGD:
    """Stochastic gradient descent: v = momentum v + g, w -= rate v; Nesterov: w -= rate (g + momentum v).

    Parameters
    ----------
    momentum : float
    nesterov : bool
    weight_decay : float
        Added to the gradient as ``weight_decay * w`` (:func:`decays`), as ``torch.optim.SGD`` does.
    """

    def __init__(self, momentum: float = 0.9, nesterov: bool = False, weight_decay: float = 0.0) -> None:
        self._momentum, self._nesterov, self._decay = momentum, nesterov, weight_decay
        self._velocity: Tensors = {}

    def step(self, tensors: Tensors, gradients: Mapping[str, Array], learning_rate: float) -> None:
        """See :class:`Optimiser`."""
        for name, gradient in gradients.items():
            weight = tensors[name]
            rate, momentum, decay = _typed(weight, learning_rate, self._momentum, self._decay)
            if self._decay and decays(name):
                gradient = gradient + decay * weight
            if self._momentum:
                if name in self._velocity:
                    velocity = self._velocity[name]
                    velocity *= momentum
                    velocity += gradient
                else:
                    velocity = self._velocity[name] = gradient.copy()
                gradient = gradient + momentum * velocity if self._nesterov else velocity
            weight -= rate * gradient

    def memory(self) -> Tensors:
        """See :class:`Optimiser`."""
        return {f"velocity/{name}": value for name, value in self._velocity.items()}

    def restore(self, memory: Mapping[str, Array]) -> None:
        """See :class:`Optimiser`."""
        self._velocity = {name.removeprefix("velocity/"): value.copy() for name, value in memory.items()}


class Adam:
    """Adam (Kingma and Ba 2015) with decoupled weight decay, as ``torch.optim.AdamW``.

    Parameters
    ----------
    betas : (float, float)
    eps : float
    weight_decay : float
        w -= rate * weight_decay * w, on the tensors that :func:`decays` names.
    """

    def __init__(
        self, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        self._betas, self._eps, self._decay = betas, eps, weight_decay
        self._first: Tensors = {}
        self._second: Tensors = {}
        self._steps = 0

    def step(self, tensors: Tensors, gradients: Mapping[str, Array], learning_rate: float) -> None:
        """See :class:`Optimiser`."""
        self._steps += 1
        b1, b2 = self._betas
        step_size = learning_rate / (1 - b1**self._steps)
        root = math.sqrt(1 - b2**self._steps)
        for name, gradient in gradients.items():
            weight = tensors[name]
            if self._decay and decays(name):
                weight *= weight.dtype.type(1 - learning_rate * self._decay)
            first = self._first.setdefault(name, np.zeros_like(weight))
            second = self._second.setdefault(name, np.zeros_like(weight))
            rate, f1, f2, eps, bias = _typed(weight, step_size, 1 - b1, 1 - b2, self._eps, root)
            first += f1 * (gradient - first)
            second += f2 * (gradient * gradient - second)
            weight -= rate * first / (np.sqrt(second) / bias + eps)

    def memory(self) -> Tensors:
        """See :class:`Optimiser`."""
        first = {f"first/{name}": value for name, value in self._first.items()}
        second = {f"second/{name}": value for name, value in self._second.items()}
        return {**first, **second, "steps": np.array(self._steps)}

    def restore(self, memory: Mapping[str, Array]) -> None:
        """See :class:`Optimiser`."""
        self._steps = int(memory["steps"])
        for target, prefix in ((self._first, "first/"), (self._second, "second/")):
            target.clear()
            found = {name: value for name, value in memory.items() if name.startswith(prefix)}
            target.update({name.removeprefix(prefix): value.copy() for name, value in found.items()})


def clip_gradients(gradients: Tensors, largest_norm: float) -> float:
    """Scale gradients so that their common Euclidean norm is at most ``largest_norm``; return what it was."""
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))
    if norm > largest_norm:
        for gradient in gradients.values():
            gradient *= gradient.dtype.type(largest_norm / (norm + 1e-6))
    return norm


def _typed(like: Array, *numbers: float) -> tuple[Any, ...]:
    """Numbers in the dtype of an array, so that float32 arithmetic stays so."""
    return tuple(like.dtype.type(number) for number in numbers)

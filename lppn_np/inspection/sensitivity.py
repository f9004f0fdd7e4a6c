"""Saliency: how a number of the output changes with each input sample, the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.gradients import textbook
from lppn_np.inspection.targets import Target

if TYPE_CHECKING:
    from lppn_np.model import LPPN

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Saliency:
    """Gradient of one number of the output with respect to the window.

    Attributes
    ----------
    target : Target
    value : float
        Of the target.
    x : ndarray, shape (3, T)
        The window.
    gradient : ndarray, shape (3, T)
        By how much the value rises with each input sample, in its unit for an input that rises by 1 (the
        largest sample of a component).
    activations : dict of str to ndarray, shape (1, C, T of the layer)
        Gradient of the value with respect to every activation that it depends on.
    """

    target: Target
    value: float
    x: Array
    gradient: Array
    activations: dict[str, Array]

    @property
    def strength(self) -> Array:
        """Root of the summed squares over the components, shape (T,)."""
        strength: Array = np.sqrt((self.gradient**2).sum(axis=0))
        return strength

    @property
    def contribution(self) -> Array:
        """Gradient times input, shape (3, T): what a sample does to the value, to first order."""
        return self.gradient * self.x


def saliency(model: LPPN, x: Array, target: Target, *, engine: str = "numba") -> Saliency:
    """Differentiate one number of the output with respect to a window.

    Normalisations keep their running statistics, as in picking. The division of the record by its largest
    sample lies before the network and is not differentiated.

    Parameters
    ----------
    model : LPPN
    x : ndarray, shape (3, T) or (1, 3, T), float32 or float64
        The window as the network sees it (:func:`lppn_np.picking.preprocess.network_input`).
    target : Target
    engine : {"numba", "layers", "numpy"}
        Of the activations; the gradient is the textbook's.

    Raises
    ------
    InputError, ConfigError
        A wrong shape, type or length, a target that the window does not have.
    """
    trace = model.trace(one_window(x), engine)
    target.check(model, trace["input"].shape[2])
    logits, offsets = trace["class_head"], trace["offset"][:, 0]
    from_outputs = target.gradient(logits, offsets)
    _, found = textbook.backward(model.network, trace.parameters, trace, from_outputs, frozen=True)
    value = float(target.of(logits, offsets)[0])
    return Saliency(target, value, trace["input"][0], found["input"][0], found)


def one_window(x: Any) -> Array:
    """Window of shape (1, 3, T) from (3, T) or (1, 3, T); the model checks the rest.

    Raises
    ------
    InputError
        Several windows.
    """
    if not isinstance(x, np.ndarray):
        raise InputError(f"x is {type(x).__name__}; an array (3, samples) is expected")
    batch = x[None] if x.ndim == 2 else x
    if batch.ndim == 3 and len(batch) > 1:
        raise InputError(f"x has shape {x.shape}; one window (3, samples) is expected")
    return batch

"""Labels of a batch, what the loss makes of them, and the result of a pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.network import Network

Array = NDArray[Any]

#: Weight of the squared offset error beside the cross-entropy (Yu and Wang 2022).
OFFSET_WEIGHT = 0.1


@dataclass(frozen=True)
class Labels:
    """What a batch of windows should give.

    Attributes
    ----------
    classes : ndarray of int64, shape (B, T / S)
        0 none, 1 P, 2 S, ...; -1 unlabelled: the segment does not count.
    offsets : ndarray, shape (B, T / S)
        Samples after the segment's start, where the class is above 0.
    class_weights : ndarray, shape (n_classes,)
        Multiply a segment's loss by the weight of its class.
    offset_weight : float
        Of the squared offset error.
    """

    classes: NDArray[np.int64]
    offsets: Array
    class_weights: NDArray[np.float64]
    offset_weight: float = OFFSET_WEIGHT


@dataclass(frozen=True)
class Result:
    """What a pass gives: the summed loss, gradients by name, batch statistics by norm, and both outputs."""

    loss: float
    gradients: dict[str, Array]
    statistics: dict[str, tuple[Array, Array]] = field(default_factory=dict)
    logits: Array = field(default_factory=lambda: np.empty(0))
    offsets: Array = field(default_factory=lambda: np.empty(0))


def check_labels(
    classes: Any, offsets: Any, class_weights: Any, shape: tuple[int, int], n_classes: int
) -> Labels:
    """Labels of the right shape and range.

    Raises
    ------
    InputError
        A wrong shape, a class that the model does not have, an offset that is not finite where it counts.
    """
    classes = _array("classes", classes, None)
    offsets = _array("offsets", offsets, np.float64)
    for name, array in (("classes", classes), ("offsets", offsets)):
        if array.shape != shape:
            raise InputError(f"{name} has shape {array.shape}; {shape} (windows, segments) is expected")
    if classes.dtype.kind not in "iu":
        raise InputError(f"classes holds {classes.dtype}; whole numbers are expected")
    if classes.size and (classes.min() < -1 or classes.max() >= n_classes):
        found = f"{classes.min()} to {classes.max()}"
        raise InputError(f"classes holds {found}; -1 (unlabelled) to {n_classes - 1} is expected")
    if not np.isfinite(offsets[classes > 0]).all():
        raise InputError("offsets holds NaN or infinity in a segment with an arrival")
    given = np.ones(n_classes) if class_weights is None else class_weights
    weights = _array("class_weights", given, np.float64)
    if weights.shape != (n_classes,) or not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise InputError(f"class_weights is {class_weights!r}; {n_classes} numbers >= 0 are expected")
    return Labels(classes.astype(np.int64), np.where(classes > 0, offsets, 0.0), weights)


def _array(name: str, values: Any, dtype: Any) -> Array:
    try:
        return np.asarray(values, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: an array of numbers is expected ({error})") from error


def offset_of(network: Network, head: Array) -> Array:
    """Offsets (B, T / S) in samples from the offset head's output (B, T / S)."""
    share = _sigmoid(head) if network.heads.sigmoid else head
    return np.asarray(head.dtype.type(network.heads.stride) * share)


def head_gradient(network: Network, head: Array, doffsets: Array) -> Array:
    """Gradient of the offset head's output from that of the offsets."""
    gradient: Array = head.dtype.type(network.heads.stride) * doffsets
    if not network.heads.sigmoid:
        return gradient
    value = _sigmoid(head)
    return np.asarray(gradient * value * (1 - value))


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, np.ones_like(small), small) / (1 + small))

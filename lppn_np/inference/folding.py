"""Weights as the fast engine takes them: the normalisation after a convolution is part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.network.ops import BatchNorm

Array = NDArray[Any]


def folded(tensors: Mapping[str, Array], conv: str, norm: str | None) -> tuple[Array, Array]:
    """Weight and bias of a convolution and the batch normalisation after it, as one convolution, in float64.

    Parameters
    ----------
    tensors : mapping of str to ndarray
    conv : str
        Step of the convolution; its bias counts if it has one.
    norm : str or None
        Step of the normalisation, with running statistics.

    Returns
    -------
    weight : ndarray, shape (Co, ...)
    bias : ndarray, shape (Co,)
    """
    weight = tensors[f"{conv}.weight"].astype(np.float64)
    bias = np.zeros(len(weight))
    if f"{conv}.bias" in tensors:
        bias += tensors[f"{conv}.bias"]
    if norm is None:
        return weight, bias
    mean, var = tensors[f"{norm}.running_mean"], tensors[f"{norm}.running_var"]
    gain = tensors[f"{norm}.weight"] / np.sqrt(var.astype(np.float64) + BatchNorm.eps)
    scaled = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
    return scaled, (bias - mean) * gain + tensors[f"{norm}.bias"]

"""Weights as the fast engine reads them: normalisation folded in, four output channels interleaved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels.fused_table import BLOCK

Array = NDArray[Any]
_EPS = 1e-5


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
    gain = tensors[f"{norm}.weight"] / np.sqrt(var.astype(np.float64) + _EPS)
    scaled = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
    return scaled, (bias - mean) * gain + tensors[f"{norm}.bias"]


def packed(weight: Array, bias: Array) -> NDArray[np.float32]:
    """Blocks of four outputs: their biases, then their weights term by term (kernels/microkernel.py).

    Parameters
    ----------
    weight : ndarray, shape (Co, n_terms)
    bias : ndarray, shape (Co,)

    Returns
    -------
    ndarray, shape (ceil(Co / 4) * 4 * (n_terms + 1),), float32
        Missing outputs of the last block have zeros.
    """
    n_out, n_terms = weight.shape
    n_blocks = -(-n_out // BLOCK)
    rows = np.zeros((n_blocks * BLOCK, n_terms + 1), np.float32)
    rows[:n_out, 0] = bias
    rows[:n_out, 1:] = weight
    return rows.reshape(n_blocks, BLOCK, n_terms + 1).transpose(0, 2, 1).ravel()

"""The textbook: every layer in plain NumPy, one formula a function, written to be read and not to be fast.

These are the twins that the Numba kernels are tested against, and the engine ``engine="numpy"``.
Arrays are (B, C, T); see the legend in :mod:`lppn_np.kernels`. Every function returns a new array of
its input's dtype. Convolutions are cross-correlations, as in PyTorch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def pointwise(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """y[b, o, t] = sum over c of weight[o, c] x[b, c, t] + bias[o]; weight (Co, Ci)."""
    y: Array = np.matmul(weight, x)
    return y if bias is None else y + bias[:, None]


def depthwise(x: Array, weight: Array, stride: int) -> Array:
    """y[b, c, t] = sum over k of weight[c, k] x[b, c, S t + k - P], zero outside, P = (K - 1) / 2."""
    return sum((weight[:, k, None] * tap for k, tap in _taps(x, weight.shape[1], stride)), start=_zero(x))


def dense_conv(x: Array, weight: Array, bias: Array | None = None, stride: int = 1) -> Array:
    """y[b, o, t] = sum over c, k of weight[o, c, k] x[b, c, S t + k - P] + bias[o]; weight (Co, Ci, K)."""
    y = sum((np.matmul(weight[:, :, k], tap) for k, tap in _taps(x, weight.shape[2], stride)), start=_zero(x))
    return y if bias is None else y + bias[:, None]


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Mean and (biased) variance of each channel over windows and time, both (C,)."""
    return x.mean(axis=(0, 2)), x.var(axis=(0, 2))


def batch_norm(x: Array, weight: Array, bias: Array, mean: Array, var: Array, eps: float) -> Array:
    """Y = weight (x - mean) / sqrt(var + eps) + bias, channel by channel (Ioffe and Szegedy 2015).

    ``mean`` and ``var`` are those of the batch (:func:`batch_statistics`) or the running ones.
    """
    normalised = (x - mean[:, None]) / np.sqrt(var + x.dtype.type(eps))[:, None]
    return weight[:, None] * normalised + bias[:, None]


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


def add(a: Array, b: Array) -> Array:
    """The residual connection: a + b."""
    return a + b


def upsample_linear(x: Array) -> Array:
    """Twice the time by linear interpolation with aligned corners: ends stay where they are.

    Output i stands at i (T - 1) / (2 T - 1) of the input. The position is computed in the dtype of
    ``x``, as PyTorch does: at 200 segments that moves float32 results by 1e-5 of the step between two inputs.
    """
    n = x.shape[2]
    real = x.dtype.type
    position = real((n - 1) / (2 * n - 1)) * np.arange(2 * n, dtype=x.dtype)
    left = position.astype(np.intp)
    right = np.minimum(left + 1, n - 1)
    fraction = position - left.astype(x.dtype)
    return (1 - fraction) * x[:, :, left] + fraction * x[:, :, right]


def upsample_nearest(x: Array) -> Array:
    """Twice the time, every value repeated."""
    return np.repeat(x, 2, axis=2)


def concat(a: Array, b: Array) -> Array:
    """Channels of a, then of b."""
    return np.concatenate([a, b], axis=1)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow on either side."""
    small = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, np.ones_like(small), small) / (1 + small)
    return y


def scale(x: Array, factor: float) -> Array:
    """Multiply by a constant."""
    return x * x.dtype.type(factor)


def softmax(x: Array) -> Array:
    """exp(x[b, c, t]) / sum over c; the largest is subtracted first so that nothing overflows."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y: Array = e / e.sum(axis=1, keepdims=True)
    return y


def _taps(x: Array, n_taps: int, stride: int) -> list[tuple[int, Array]]:
    """For every tap k the samples it meets, x[..., S t + k - P] with zeros outside."""
    pad = (n_taps - 1) // 2
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    n_out = -(-x.shape[2] // stride)
    return [(k, padded[:, :, k : k + stride * (n_out - 1) + 1 : stride]) for k in range(n_taps)]


def _zero(x: Array) -> Array:
    """A zero of the right dtype to start a sum from."""
    return np.zeros((), x.dtype)

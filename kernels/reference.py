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


def pointwise_dinput(dy: Array, weight: Array) -> Array:
    """dx[b, c, t] = sum over o of weight[o, c] dy[b, o, t]."""
    dx: Array = np.matmul(weight.T, dy)
    return dx


def pointwise_dweight(dy: Array, x: Array) -> Array:
    """dweight[o, c] = sum over b, t of dy[b, o, t] x[b, c, t]."""
    dweight: Array = np.matmul(dy, x.transpose(0, 2, 1)).sum(axis=0)
    return dweight


def depthwise(x: Array, weight: Array, stride: int) -> Array:
    """y[b, c, t] = sum over k of weight[c, k] x[b, c, S t + k - P], zero outside, P = (K - 1) / 2."""
    return sum((weight[:, k, None] * tap for k, tap in _taps(x, weight.shape[1], stride)), start=_zero(x))


def depthwise_dinput(dy: Array, weight: Array, stride: int, n_times: int) -> Array:
    """dx[b, c, S t + k - P] gets weight[c, k] dy[b, c, t] from every output t and tap k."""
    return _scatter([weight[:, k, None] * dy for k in range(weight.shape[1])], stride, n_times)


def depthwise_dweight(dy: Array, x: Array, n_taps: int, stride: int) -> Array:
    """dweight[c, k] = sum over b, t of dy[b, c, t] x[b, c, S t + k - P]."""
    return np.stack([(dy * tap).sum(axis=(0, 2)) for _, tap in _taps(x, n_taps, stride)], axis=1)


def dense_conv(x: Array, weight: Array, bias: Array | None = None, stride: int = 1) -> Array:
    """y[b, o, t] = sum over c, k of weight[o, c, k] x[b, c, S t + k - P] + bias[o]; weight (Co, Ci, K)."""
    y = sum((np.matmul(weight[:, :, k], tap) for k, tap in _taps(x, weight.shape[2], stride)), start=_zero(x))
    return y if bias is None else y + bias[:, None]


def dense_conv_dinput(dy: Array, weight: Array, stride: int, n_times: int) -> Array:
    """dx[b, c, S t + k - P] gets sum over o of weight[o, c, k] dy[b, o, t] from every output t and tap k."""
    return _scatter([np.matmul(weight[:, :, k].T, dy) for k in range(weight.shape[2])], stride, n_times)


def dense_conv_dweight(dy: Array, x: Array, n_taps: int, stride: int) -> Array:
    """dweight[o, c, k] = sum over b, t of dy[b, o, t] x[b, c, S t + k - P]."""
    return np.stack([pointwise_dweight(dy, tap) for _, tap in _taps(x, n_taps, stride)], axis=2)


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Mean and (biased) variance of each channel over windows and time, both (C,)."""
    return x.mean(axis=(0, 2)), x.var(axis=(0, 2))


def batch_norm(x: Array, weight: Array, bias: Array, mean: Array, var: Array, eps: float) -> Array:
    """Y = weight (x - mean) / sqrt(var + eps) + bias, channel by channel (Ioffe and Szegedy 2015).

    ``mean`` and ``var`` are those of the batch (:func:`batch_statistics`) or the running ones.
    """
    normalised = (x - mean[:, None]) / np.sqrt(var + x.dtype.type(eps))[:, None]
    return weight[:, None] * normalised + bias[:, None]


def batch_norm_backward(
    dy: Array, x: Array, weight: Array, mean: Array, var: Array, eps: float, frozen: bool
) -> tuple[Array, Array, Array]:
    """Gradients (dx, dweight, dbias); with ``frozen`` statistics mean and var do not depend on x.

    dx = weight / sqrt(var + eps) (dy - mean(dy) - x_hat mean(dy x_hat)), the means over windows and time.
    """
    inverse = 1 / np.sqrt(var + x.dtype.type(eps))
    x_hat = (x - mean[:, None]) * inverse[:, None]
    dbias, dweight = dy.sum(axis=(0, 2)), (dy * x_hat).sum(axis=(0, 2))
    if not frozen:
        count = x.dtype.type(x.shape[0] * x.shape[2])
        dy = dy - (dbias / count)[:, None] - x_hat * (dweight / count)[:, None]
    return (weight * inverse)[:, None] * dy, dweight, dbias


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


def relu_dinput(dy: Array, x: Array) -> Array:
    """Pass dy where x > 0, else 0."""
    return np.where(x > 0, dy, np.zeros_like(dy))


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


def upsample_linear_dinput(dy: Array) -> Array:
    """Apply the transpose of :func:`upsample_linear`, whose matrix is what it makes of unit vectors."""
    n = dy.shape[2] // 2
    matrix = upsample_linear(np.eye(n, dtype=dy.dtype)[None])[0]
    dx: Array = np.matmul(dy, matrix.T)
    return dx


def upsample_nearest(x: Array) -> Array:
    """Twice the time, every value repeated."""
    return np.repeat(x, 2, axis=2)


def upsample_nearest_dinput(dy: Array) -> Array:
    """Sum of the two copies."""
    return dy[:, :, 0::2] + dy[:, :, 1::2]


def concat(a: Array, b: Array) -> Array:
    """Channels of a, then of b."""
    return np.concatenate([a, b], axis=1)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow on either side."""
    small = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, np.ones_like(small), small) / (1 + small)
    return y


def sigmoid_dinput(dy: Array, y: Array) -> Array:
    """Return dy y (1 - y), from the sigmoid's output y."""
    return dy * y * (1 - y)


def scale(x: Array, factor: float) -> Array:
    """Multiply by a constant."""
    return x * x.dtype.type(factor)


def softmax(x: Array) -> Array:
    """exp(x[b, c, t]) / sum over c; the largest is subtracted first so that nothing overflows."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y: Array = e / e.sum(axis=1, keepdims=True)
    return y


def segment_loss(
    logits: Array,
    offsets: Array,
    classes: NDArray[np.integer],
    targets: Array,
    class_weights: Array,
    offset_weight: float,
) -> tuple[float, Array, Array]:
    """Loss of Yu and Wang (2022), summed over segments, and the gradients of logits and offsets.

    Cross-entropy of the segments whose class is >= 0, and ``offset_weight`` times the squared error of the
    offsets (samples) where the class is > 0; ``class_weights`` (C,) multiply both.
    """
    weight = np.where(classes >= 0, np.asarray(class_weights)[np.maximum(classes, 0)], 0.0)
    above = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    # Not the logarithm of a probability: that of a class 750 below the largest is 0 in float64.
    log_probability = above - np.log(np.exp(above).sum(axis=1, keepdims=True))
    probability = np.exp(log_probability)
    one_hot = np.arange(logits.shape[1])[:, None] == classes[:, None, :]
    entropy = -(weight[:, None] * one_hot * log_probability).sum()
    error = np.where(classes > 0, offsets.astype(np.float64) - targets, 0.0)
    squares = (weight * error**2).sum()
    dlogits = weight[:, None] * (probability - one_hot)
    doffsets = 2 * offset_weight * weight * error
    loss = float(entropy + offset_weight * squares)
    return loss, dlogits.astype(logits.dtype), doffsets.astype(logits.dtype)


def _taps(x: Array, n_taps: int, stride: int) -> list[tuple[int, Array]]:
    """For every tap k the samples it meets, x[..., S t + k - P] with zeros outside."""
    pad = (n_taps - 1) // 2
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    n_out = -(-x.shape[2] // stride)
    return [(k, padded[:, :, k : k + stride * (n_out - 1) + 1 : stride]) for k in range(n_taps)]


def _scatter(parts: list[Array], stride: int, n_times: int) -> Array:
    """Hand back what each tap k gives to sample S t + k - P, and cut off the padding."""
    pad = (len(parts) - 1) // 2
    batch, channels, n_out = parts[0].shape
    padded = np.zeros((batch, channels, n_times + 2 * pad + stride), parts[0].dtype)
    for k, part in enumerate(parts):
        padded[:, :, k : k + stride * (n_out - 1) + 1 : stride] += part
    return padded[:, :, pad : pad + n_times]


def _zero(x: Array) -> Array:
    """A zero of the right dtype to start a sum from."""
    return np.zeros((), x.dtype)

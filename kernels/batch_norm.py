"""Batch normalisation, and together with its ReLU the activation that training keeps folded up.

Training stores what a convolution gave, z, and nothing else: the normalised and rectified signal is made
again wherever it is read. A layer's ``norm`` (C, 4) holds scale, shift, mean and 1 / sqrt(var + eps), so that

    u = scale z + shift,  y = max(u, 0),  x_hat = (z - mean) / sqrt(var + eps).

``mode`` says what is to be made: IDENTITY (z itself), NORM (u), NORM_RELU (y).

Twins: ``reference.batch_norm``, ``reference.batch_statistics``, ``reference.batch_norm_backward``.
"""

from __future__ import annotations

import numpy as np

from lppn_np.kernels import IDENTITY, NORM, NORM_RELU
from lppn_np.kernels._jit import Array, kernel, reduction


@kernel
def batch_norm(out: Array, x: Array, weight: Array, bias: Array, mean: Array, var: Array, eps: float) -> None:
    """Fill out = weight (x - mean) / sqrt(var + eps) + bias; out and x (B, C, T), the rest (C,)."""
    for c in range(x.shape[1]):
        gain = out.dtype.type(weight[c] / np.sqrt(var[c] + eps))  # eps is a float64
        shift = bias[c]
        centre = mean[c]
        for n in range(x.shape[0]):
            row = x[n, c]
            y = out[n, c]
            for t in range(row.size):
                y[t] = (row[t] - centre) * gain + shift


@reduction
def moments(out: Array, z: Array) -> None:
    """Fill out (C, 2) float64 with the mean of each row of z (C, T) and its sum of squares around that mean.

    A row is in L1, so the second pass is nearly free, and no digits cancel.
    """
    for c in range(z.shape[0]):
        row = z[c]
        total = z.dtype.type(0)
        for t in range(row.size):
            total += row[t]
        mean = z.dtype.type(total / row.size)
        squares = z.dtype.type(0)
        for t in range(row.size):
            d = row[t] - mean
            squares += d * d
        out[c, 0] = mean
        out[c, 1] = squares


@kernel
def batch_moments(out: Array, z: Array) -> None:
    """Fill out (B, C, 2) float64 with :func:`moments` of every window of z (B, C, T)."""
    for n in range(z.shape[0]):
        moments(out[n], z[n])


@kernel
def activate(y: Array, z: Array, norm: Array, mode: int) -> None:
    """Fill y (C, T) with the signal of one window that z (C, T) stands for."""
    for c in range(z.shape[0]):
        activate_row(y[c], z[c], norm[c], mode)


@kernel
def activate_row(y: Array, z: Array, norm: Array, mode: int) -> None:
    """Fill y (T,) of one channel; norm (4,)."""
    if mode == IDENTITY:
        y[:] = z
        return
    scale, shift = norm[0], norm[1]
    zero = y.dtype.type(0)
    if mode == NORM:
        for t in range(z.size):
            y[t] = scale * z[t] + shift
    else:
        for t in range(z.size):
            u = scale * z[t] + shift
            y[t] = zero if u < 0 else u


@reduction
def finish_gradient(g: Array, sums: Array, z: Array, norm: Array, mode: int) -> None:
    """Turn dL/dy into dL/du in place and fill sums (C, 2) float64 with the sums of dL/du and of dL/du x_hat.

    One window: g and z (C, T). The ReLU passes the gradient where u > 0, as PyTorch does.
    """
    zero = g.dtype.type(0)
    for c in range(z.shape[0]):
        row, signal = g[c], z[c]
        scale, shift, mean, inverse = norm[c, 0], norm[c, 1], norm[c, 2], norm[c, 3]
        total = zero
        product = zero
        if mode == NORM_RELU:
            for t in range(row.size):
                row[t] = row[t] if scale * signal[t] + shift > 0 else zero
        for t in range(row.size):
            total += row[t]
            product += row[t] * ((signal[t] - mean) * inverse)
        sums[c, 0] = total
        sums[c, 1] = product


@kernel
def norm_dinput(dz: Array, g: Array, z: Array, coefficients: Array) -> None:
    """Fill dz = a g + b z + c of one window; coefficients (C, 3), made of the sums over the batch."""
    for c in range(z.shape[0]):
        a, b, d = coefficients[c, 0], coefficients[c, 1], coefficients[c, 2]
        row, signal, out = g[c], z[c], dz[c]
        for t in range(row.size):
            out[t] = a * row[t] + (b * signal[t] + d)

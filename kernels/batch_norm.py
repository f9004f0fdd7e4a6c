"""Batch normalisation, and together with its ReLU the activation that training keeps folded up.

Training stores what a convolution gave, z, and nothing else: the normalised and rectified signal is made
again wherever it is read. A layer's ``norm`` (C, 4) holds scale, shift, mean and 1 / sqrt(var + eps), so that

    u = scale z + shift,  y = max(u, 0),  x_hat = (z - mean) / sqrt(var + eps).

``mode`` says what is to be made: IDENTITY (z itself), NORM (u), NORM_RELU (y).

Twins: ``reference.batch_norm``, ``reference.batch_statistics``, ``reference.batch_norm_backward``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lppn_np.kernels import IDENTITY, NORM, NORM_RELU
from lppn_np.kernels._jit import Array, kernel, reduction
from lppn_np.kernels.finishing import ABREAST, finish_vectors
from lppn_np.kernels.vectors import vector_width


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
    """Fill out (C, 2) float64 with each row's mean, of z (C, T), and its sum of squares around that mean."""
    for c in range(z.shape[0]):
        add_moments(out[c], z[c], 0)


@reduction
def add_moments(out: Array, z: Array, before: int) -> None:
    """Join a part z (T,) of a row to the moments out (2,) float64 of the ``before`` samples in front of it.

    The part is in L1, so the second pass is nearly free, and no digits cancel (Chan et al. 1983).
    """
    total = z.dtype.type(0)
    for t in range(z.size):
        total += z[t]
    mean = z.dtype.type(total / z.dtype.type(z.size))
    squares = z.dtype.type(0)
    for t in range(z.size):
        d = z[t] - mean
        squares += d * d
    if before == 0:
        out[0] = mean
        out[1] = squares
        return
    share = z.size / (before + z.size)
    apart = mean - out[0]
    out[0] += share * apart
    out[1] += squares + apart * apart * before * share


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
    """Fill the first T samples of y from z (T,) of one channel; norm (4,)."""
    if mode == IDENTITY:
        for t in range(z.size):
            y[t] = z[t]
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
    for c in range(z.shape[0]):
        finish_row(g[c], sums[c], g[c], z[c], norm[c], mode, True)


@reduction
def finish_row(du: Array, sums: Array, dy: Array, z: Array, norm: Array, mode: int, first: bool) -> None:
    """:func:`finish_gradient` of a part (T,) of one channel; the first part of a row starts its sums (2,).

    du may be dy.
    """
    zero = du.dtype.type(0)
    scale, shift, mean, inverse = norm[0], norm[1], norm[2], norm[3]
    total, product = zero, zero
    done = 0
    if mode == NORM_RELU:
        turn = ABREAST * vector_width(du)
        n_turns = dy.size // turn
        if n_turns:
            total, product = finish_vectors(du, dy, z, scale, shift, mean, n_turns)
        done = n_turns * turn
    for t in range(done, dy.size):
        du[t] = zero if mode == NORM_RELU and not scale * z[t] + shift > zero else dy[t]
        total += du[t]
        product += du[t] * (z[t] - mean)
    if first:
        sums[0] = 0
        sums[1] = 0
    sums[0] += total
    sums[1] += product * inverse


@kernel
def norm_dinput(dz: Array, g: Array, z: Array, coefficients: Array) -> None:
    """Fill dz = a g + b z + c of one window; coefficients (C, 3), made of the sums over the batch."""
    for c in range(z.shape[0]):
        norm_dinput_row(dz[c], g[c], z[c], coefficients[c])


@kernel
def norm_dinput_row(dz: Array, g: Array, z: Array, coefficients: Array) -> None:
    """:func:`norm_dinput` of a part (T,) of one channel; coefficients (3,)."""
    a, b, d = coefficients[0], coefficients[1], coefficients[2]
    for t in range(g.size):
        dz[t] = a * g[t] + (b * z[t] + d)


@reduction
def sum_of(row: Array) -> Any:
    """Return the sum of a row."""
    total = row.dtype.type(0)
    for t in range(row.size):
        total += row[t]
    return total

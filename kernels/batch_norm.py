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
def join_moments(mean: Array, var: Array, moments: Array, n_times: int) -> None:
    """Fill mean and biased variance (C,) of a batch from those of its windows (B, C, 2), in order."""
    n_windows = moments.shape[0]
    for c in range(moments.shape[1]):
        total = 0.0
        for n in range(n_windows):
            total += moments[n, c, 0]
        centre = total / n_windows
        squares = 0.0
        for n in range(n_windows):
            apart = moments[n, c, 0] - centre
            squares += moments[n, c, 1] + apart * apart * n_times
        mean[c] = centre
        var[c] = squares / (n_windows * n_times)


@kernel
def fold_norm(
    exact: Array, norm: Array, mean: Array, var: Array, gain: Array, shift: Array, eps: float
) -> None:
    """Fill exact (C, 4), float64, and norm, the same in the kernels' dtype: scale, shift, mean, inverse."""
    for c in range(mean.size):
        inverse = 1 / np.sqrt(var[c] + eps)
        scale = gain[c] * inverse
        exact[c, 0] = scale
        exact[c, 1] = shift[c] - mean[c] * scale
        exact[c, 2] = mean[c]
        exact[c, 3] = inverse
        for i in range(4):
            norm[c, i] = exact[c, i]


@kernel
def norm_coefficients(
    coefficients: Array,
    dgain: Array,
    dshift: Array,
    sums: Array,
    more: Array,
    exact: Array,
    count: int,
    frozen: bool,
) -> None:
    """Fill coefficients (C, 3), float64, that lead from dL/du to dL/dz, and the norm's own gradients (C,).

    sums (B, C, 2) are those of dL/du and of dL/du x_hat by window, more (C, 2) is added to their total.
    dz = scale (g - mean(g) - x_hat mean(g x_hat)) with x_hat = (z - mean) inverse is, channel by channel,
    a g + b z + c. With statistics held constant only a = scale is left.
    """
    for c in range(dgain.size):
        total, product = more[c, 0], more[c, 1]
        for n in range(sums.shape[0]):
            total += sums[n, c, 0]
            product += sums[n, c, 1]
        dgain[c] = product
        dshift[c] = total
        scale, mean, inverse = exact[c, 0], exact[c, 2], exact[c, 3]
        slope = 0.0 if frozen else scale * inverse * product / count
        coefficients[c, 0] = scale
        coefficients[c, 1] = -slope
        coefficients[c, 2] = 0.0 if frozen else slope * mean - scale * total / count


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


@kernel
def scale_row(out: Array, row: Array, factor: Any) -> None:
    """Fill the first T samples of out with factor times row (T,)."""
    for t in range(row.size):
        out[t] = factor * row[t]


@kernel
def centre_row(y: Array, z: Array, norm: Array) -> None:
    """Fill the first T samples of y with x_hat of z (T,), one channel; norm (4,)."""
    mean, inverse = norm[2], norm[3]
    for t in range(z.size):
        y[t] = (z[t] - mean) * inverse


@reduction
def sum_of(row: Array) -> Any:
    """Return the sum of a row."""
    total = row.dtype.type(0)
    for t in range(row.size):
        total += row[t]
    return total

"""Batch normalisation with given statistics, and the statistics of a batch.

Twins: ``reference.batch_norm``, ``reference.batch_statistics``.
"""

from __future__ import annotations

import numpy as np

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
def batch_statistics(mean: Array, var: Array, x: Array) -> None:
    """Mean and biased var (C,) of x (B, C, T), summed in float64, in two passes so that no digits cancel."""
    count = x.shape[0] * x.shape[2]
    for c in range(x.shape[1]):
        total = 0.0
        for n in range(x.shape[0]):
            row = x[n, c]
            for t in range(row.size):
                total += np.float64(row[t])
        centre = total / count
        squares = 0.0
        for n in range(x.shape[0]):
            row = x[n, c]
            for t in range(row.size):
                d = np.float64(row[t]) - centre
                squares += d * d
        mean[c] = centre
        var[c] = squares / count

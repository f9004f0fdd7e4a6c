"""What turns the heads' numbers into probabilities and samples: sigmoid, scale, softmax.

Twins: ``reference.sigmoid``, ``reference.scale``, ``reference.softmax``.
"""

from __future__ import annotations

import numpy as np

from lppn_np.kernels._jit import Array, kernel


@kernel
def sigmoid(out: Array, x: Array) -> None:
    """Fill out = 1 / (1 + exp(-x)), both (B, C, T), without overflow on either side."""
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            row = x[n, c]
            y = out[n, c]
            for t in range(row.size):
                small = np.exp(-abs(row[t]))
                y[t] = small / (1 + small) if row[t] < 0 else 1 / (1 + small)


@kernel
def scale(out: Array, x: Array, factor: float) -> None:
    """Fill out = factor x, both (B, C, T)."""
    k = out.dtype.type(factor)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            row = x[n, c]
            y = out[n, c]
            for t in range(row.size):
                y[t] = k * row[t]


@kernel
def softmax(out: Array, x: Array) -> None:
    """out[b, c, t] = exp(x[b, c, t]) / sum over c, both (B, C, T)."""
    n_classes = x.shape[1]
    for n in range(x.shape[0]):
        for t in range(x.shape[2]):
            largest = x[n, 0, t]
            for c in range(1, n_classes):
                largest = max(largest, x[n, c, t])
            out[n, 0, t] = np.exp(x[n, 0, t] - largest)
            total = out[n, 0, t]
            for c in range(1, n_classes):
                out[n, c, t] = np.exp(x[n, c, t] - largest)
                total += out[n, c, t]
            for c in range(n_classes):
                out[n, c, t] /= total

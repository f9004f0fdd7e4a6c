"""Rectified linear unit. Twin: ``reference.relu``."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def relu(out: Array, x: Array) -> None:
    """Fill out = max(x, 0), both (B, C, T). A NaN is not below 0 and stays."""
    zero = out.dtype.type(0)  # an integer 0 would make the loop float64
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            row = x[n, c]
            y = out[n, c]
            for t in range(row.size):
                v = row[t]
                y[t] = zero if v < 0 else v

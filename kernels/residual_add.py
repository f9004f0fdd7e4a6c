"""The residual connection. Twin: ``reference.add``."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def residual_add(out: Array, a: Array, b: Array) -> None:
    """Fill out = a + b, all (B, C, T)."""
    for n in range(a.shape[0]):
        for c in range(a.shape[1]):
            row_a = a[n, c]
            row_b = b[n, c]
            y = out[n, c]
            for t in range(y.size):
                y[t] = row_a[t] + row_b[t]

"""Concatenation of channels. Twin: ``reference.concat``."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def concat(out: Array, a: Array, b: Array) -> None:
    """Fill out (B, Ca + Cb, T) from a (B, Ca, T) and b (B, Cb, T)."""
    n_first = a.shape[1]
    for n in range(out.shape[0]):
        for c in range(n_first):
            out[n, c, :] = a[n, c]
        for c in range(b.shape[1]):
            out[n, n_first + c, :] = b[n, c]

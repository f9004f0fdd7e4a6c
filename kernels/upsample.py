"""Twice the time: linear with aligned corners, and nearest.

Twins: ``reference.upsample_linear``, ``reference.upsample_nearest``.
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def upsample_linear(out: Array, left: Array, fraction: Array, x: Array) -> None:
    """Fill out (B, C, 2 T) from x (B, C, T).

    left (2 T,) intp and fraction (2 T,) are scratch: where each output stands between two inputs. They are
    computed once a call, in the dtype of x as PyTorch does (see the twin).
    """
    n_times = x.shape[2]
    fraction[:] = (n_times - 1) / (2 * n_times - 1)
    for t in range(2 * n_times):
        fraction[t] *= t
        left[t] = min(int(fraction[t]), max(n_times - 2, 0))
        fraction[t] -= left[t]
    step = min(1, n_times - 1)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            row = x[n, c]
            y = out[n, c]
            for t in range(y.size):
                before = row[left[t]]
                y[t] = before + fraction[t] * (row[left[t] + step] - before)


@kernel
def upsample_nearest(out: Array, x: Array) -> None:
    """Fill out (B, C, 2 T) from x (B, C, T)."""
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            row = x[n, c]
            y = out[n, c]
            for t in range(row.size):
                y[2 * t] = row[t]
                y[2 * t + 1] = row[t]

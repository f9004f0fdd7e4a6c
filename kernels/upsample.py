"""Twice the time: linear with aligned corners, and nearest.

Twins: ``reference.upsample_linear``, ``reference.upsample_nearest``.
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def interpolation(left: Array, fraction: Array) -> None:
    """Fill left (2 T,) intp and fraction (2 T,): where each output stands between input left and the next.

    In the dtype of ``fraction``, as PyTorch does (see the twin); at the end there may be no next one.
    """
    n_times = left.size // 2
    fraction[:] = (n_times - 1) / (2 * n_times - 1)
    for t in range(2 * n_times):
        fraction[t] *= t
        left[t] = int(fraction[t])
        fraction[t] -= left[t]


@kernel
def upsample_linear(out: Array, left: Array, fraction: Array, x: Array) -> None:
    """Fill out (B, C, 2 T) from x (B, C, T).

    left and fraction are those of :func:`interpolation`.
    """
    one = out.dtype.type(1)  # an integer 1 would make the loop float64
    last = x.shape[2] - 1
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            row = x[n, c]
            y = out[n, c]
            for t in range(y.size):
                w = fraction[t]
                y[t] = (one - w) * row[left[t]] + w * row[min(left[t] + 1, last)]


@kernel
def upsample_linear_dinput(dx: Array, left: Array, fraction: Array, dout: Array) -> None:
    """Fill dx (B, C, T) from dout (B, C, 2 T): the transpose, every output gives to its two inputs."""
    one = dx.dtype.type(1)
    last = dx.shape[2] - 1
    for n in range(dx.shape[0]):
        for c in range(dx.shape[1]):
            row = dout[n, c]
            y = dx[n, c]
            y[:] = 0
            for t in range(row.size):
                w = fraction[t]
                y[left[t]] += (one - w) * row[t]
                y[min(left[t] + 1, last)] += w * row[t]


@kernel
def upsample_nearest_dinput(dx: Array, dout: Array) -> None:
    """Fill dx (B, C, T) from dout (B, C, 2 T)."""
    for n in range(dx.shape[0]):
        for c in range(dx.shape[1]):
            row = dout[n, c]
            y = dx[n, c]
            for t in range(y.size):
                y[t] = row[2 * t] + row[2 * t + 1]


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

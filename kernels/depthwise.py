"""Depthwise convolution with stride: each channel with its own taps. Twin: ``reference.depthwise``."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def depthwise(out: Array, scratch: Array, x: Array, weight: Array, stride: int) -> None:
    """Fill out (B, C, To) from x (B, C, T), weight (C, K); scratch (S, (T + K) // S + 1) of the same dtype.

    Each row is copied into the scratch with its zero padding and its phases apart (sample S j + p at
    [p, j]), so that every tap of every stride reads contiguous memory and the edge needs no branch.
    """
    n_taps = weight.shape[1]
    n_out = out.shape[2]
    scratch[:] = 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            _split_phases(scratch, x[n, c], (n_taps - 1) // 2, stride)
            y = out[n, c]
            if n_taps == 3:
                _three_taps(y, scratch, weight[c], stride)
            else:
                y[:] = 0
                for k in range(n_taps):
                    w = weight[c, k]
                    first = k // stride
                    tap = scratch[k % stride, first : first + n_out]
                    for t in range(n_out):
                        y[t] += w * tap[t]


@kernel
def _split_phases(scratch: Array, row: Array, pad: int, stride: int) -> None:
    if stride == 1:
        scratch[0, pad : pad + row.size] = row
        return
    for t in range(row.size):
        scratch[(t + pad) % stride, (t + pad) // stride] = row[t]


@kernel
def _three_taps(y: Array, scratch: Array, weight: Array, stride: int) -> None:
    w0, w1, w2 = weight[0], weight[1], weight[2]
    x0 = scratch[0]
    x1 = scratch[1 % stride, 1 // stride :]
    x2 = scratch[2 % stride, 2 // stride :]
    for t in range(y.size):
        y[t] = w0 * x0[t] + w1 * x1[t] + w2 * x2[t]

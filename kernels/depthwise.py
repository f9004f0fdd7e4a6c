"""Depthwise convolution with stride: each channel with its own taps.

A row is kept in scratch with its zero padding and its phases apart (sample S j + p - P at [p, j], where P is
the padding), so that every tap of every stride reads contiguous memory and the edges need no branch.

Twins: ``reference.depthwise``, ``reference.depthwise_dinput``, ``reference.depthwise_dweight``.
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel, reduction
from lppn_np.kernels.phases import join_phases, split_phases


@kernel
def depthwise(out: Array, scratch: Array, x: Array, weight: Array, stride: int) -> None:
    """Fill out (B, C, To) from x (B, C, T), weight (C, K); scratch (S, (T + K) // S + 1)."""
    scratch[:] = 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            split_phases(scratch, x[n, c], weight.shape[1], stride)
            filter_row(out[n, c], scratch, weight[c], stride)


@kernel
def filter_row(out: Array, phases: Array, weight: Array, stride: int) -> None:
    """Fill out (To,) of one channel from its phases and its weight (K,)."""
    n_taps = weight.size
    if n_taps == 3:
        w0, w1, w2 = weight[0], weight[1], weight[2]
        x0 = phases[0]
        x1 = phases[1 % stride, 1 // stride :]
        x2 = phases[2 % stride, 2 // stride :]
        for t in range(out.size):
            out[t] = w0 * x0[t] + w1 * x1[t] + w2 * x2[t]
        return
    out[:] = 0
    for k in range(n_taps):
        w = weight[k]
        tap = phases[k % stride, k // stride :]
        for t in range(out.size):
            out[t] += w * tap[t]


@kernel
def depthwise_dinput(dx: Array, scratch: Array, dout: Array, weight: Array, stride: int) -> None:
    """Fill dx (T,) of one channel: every output hands its gradient back to the K samples that it met.

    At stride 1 that is the convolution with the taps reversed. scratch is like the forward's and is
    overwritten.
    """
    scratch[:] = 0
    if stride == 1:
        split_phases(scratch, dout, weight.size, 1)
        filter_row(dx, scratch, weight[::-1], 1)
        return
    for k in range(weight.size):
        w = weight[k]
        tap = scratch[k % stride, k // stride :]
        for t in range(dout.size):
            tap[t] += w * dout[t]
    join_phases(dx, scratch, weight.size, stride)


@reduction
def depthwise_dweight(dweight: Array, dout: Array, phases: Array, stride: int) -> None:
    """Fill dweight (K,) of one channel: dweight[k] = sum over t of dout[t] x[S t + k - P]."""
    for k in range(dweight.size):
        tap = phases[k % stride, k // stride :]
        total = dweight.dtype.type(0)
        for t in range(dout.size):
            total += dout[t] * tap[t]
        dweight[k] = total

"""Pointwise convolution: mixes channels, sample by sample.

Twins: ``reference.pointwise``, ``reference.pointwise_dinput``, ``reference.pointwise_dweight``.
The gradients here are to be read; training does the same sums through register tiles (:mod:`.mixing`).
"""

from __future__ import annotations

from typing import Any

from lppn_np.kernels._jit import Array, kernel, reduction

#: Samples worked on at once, so that 4 output and 4 input rows stay in a 32 kB L1 cache.
_TILE = 512


@kernel
def pointwise(out: Array, x: Array, weight: Array, bias: Array) -> None:
    """Fill out (B, Co, T) from x (B, Ci, T), weight (Co, Ci), bias (Co,)."""
    for n in range(x.shape[0]):
        mix_channels(out[n], x[n], weight, bias)


@kernel
def mix_channels(out: Array, x: Array, weight: Array, bias: Array) -> None:
    """Fill out (Co, T) of one window from x (Ci, T), weight (Co, Ci), bias (Co,).

    Four outputs by four inputs: sixteen multiply-adds for twelve memory accesses instead of forty-eight
    (21 -> 45 GFLOP/s on one AVX2 core). With the transposed weight and no bias this is the gradient
    with respect to the input: dx = weight^T dout.
    """
    n_out = weight.shape[0]
    blocked = n_out - n_out % 4
    for start in range(0, x.shape[1], _TILE):
        stop = min(start + _TILE, x.shape[1])
        for o in range(0, blocked, 4):
            _four_outputs(out, x, weight, bias, o, start, stop)
        for o in range(blocked, n_out):
            _one_output(out, x, weight, bias, o, start, stop)


# The helpers take whole arrays and cut rows themselves: a row of a 2-D slice has an unknown stride for
# numba, and its loop would not be vectorised.


@kernel
def _four_outputs(out: Array, x: Array, weights: Array, bias: Array, o: int, start: int, stop: int) -> None:
    y0, y1, y2, y3 = (
        out[o, start:stop],
        out[o + 1, start:stop],
        out[o + 2, start:stop],
        out[o + 3, start:stop],
    )
    y0[:], y1[:], y2[:], y3[:] = bias[o], bias[o + 1], bias[o + 2], bias[o + 3]
    weight = weights[o : o + 4]
    n_times = y0.size
    n_in = x.shape[0]
    blocked = n_in - n_in % 4
    for c in range(0, blocked, 4):
        x0, x1, x2, x3 = x[c, start:stop], x[c + 1, start:stop], x[c + 2, start:stop], x[c + 3, start:stop]
        a0, a1, a2, a3 = weight[0, c], weight[0, c + 1], weight[0, c + 2], weight[0, c + 3]
        b0, b1, b2, b3 = weight[1, c], weight[1, c + 1], weight[1, c + 2], weight[1, c + 3]
        c0, c1, c2, c3 = weight[2, c], weight[2, c + 1], weight[2, c + 2], weight[2, c + 3]
        d0, d1, d2, d3 = weight[3, c], weight[3, c + 1], weight[3, c + 2], weight[3, c + 3]
        for t in range(n_times):
            v0, v1, v2, v3 = x0[t], x1[t], x2[t], x3[t]
            y0[t] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3
            y1[t] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
            y2[t] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
            y3[t] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3
    for c in range(blocked, n_in):
        row = x[c, start:stop]
        w0, w1, w2, w3 = weight[0, c], weight[1, c], weight[2, c], weight[3, c]
        for t in range(n_times):
            v = row[t]
            y0[t] += w0 * v
            y1[t] += w1 * v
            y2[t] += w2 * v
            y3[t] += w3 * v


@kernel
def _one_output(out: Array, x: Array, weight: Array, bias: Array, o: int, start: int, stop: int) -> None:
    y = out[o, start:stop]
    y[:] = bias[o]
    for c in range(x.shape[0]):
        row = x[c, start:stop]
        w = weight[o, c]
        for t in range(y.size):
            y[t] += w * row[t]


@reduction
def pointwise_dweight(dweight: Array, dout: Array, x: Array) -> None:
    """Fill dweight (Co, Ci) of one window: dweight[o, c] = sum over t of dout[o, t] x[c, t].

    Two outputs by four inputs: eight multiply-adds for six loads.
    """
    n_out, n_in = dweight.shape
    for o in range(0, n_out - 1, 2):
        for c in range(0, n_in - 3, 4):
            _dweight_2x4(dweight, dout, x, o, c)
        for c in range(n_in - n_in % 4, n_in):
            dweight[o, c] = _dot(dout[o], x[c])
            dweight[o + 1, c] = _dot(dout[o + 1], x[c])
    if n_out % 2:
        for c in range(n_in):
            dweight[n_out - 1, c] = _dot(dout[n_out - 1], x[c])


@reduction
def _dweight_2x4(dweight: Array, dout: Array, x: Array, o: int, c: int) -> None:
    d0, d1 = dout[o], dout[o + 1]
    x0, x1, x2, x3 = x[c], x[c + 1], x[c + 2], x[c + 3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = dweight.dtype.type(0)
    for t in range(d0.size):
        u, v = d0[t], d1[t]
        a0 += u * x0[t]
        a1 += u * x1[t]
        a2 += u * x2[t]
        a3 += u * x3[t]
        b0 += v * x0[t]
        b1 += v * x1[t]
        b2 += v * x2[t]
        b3 += v * x3[t]
    dweight[o, c], dweight[o, c + 1], dweight[o, c + 2], dweight[o, c + 3] = a0, a1, a2, a3
    dweight[o + 1, c], dweight[o + 1, c + 1], dweight[o + 1, c + 2], dweight[o + 1, c + 3] = b0, b1, b2, b3


@reduction
def _dot(a: Array, b: Array) -> Any:
    total = a.dtype.type(0)
    for t in range(a.size):
        total += a[t] * b[t]
    return total

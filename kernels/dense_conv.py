"""Dense convolution: every output from every input channel. Twin: ``reference.dense_conv``."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel


@kernel
def dense_conv(out: Array, scratch: Array, x: Array, weight: Array, bias: Array, stride: int) -> None:
    """Fill out (B, Co, To) from x (B, Ci, T), weight (Co, Ci, K), bias (Co,).

    scratch (Ci, S, (T + K) // S + 1) takes one window with its zero padding and its phases apart
    (sample S j + p at [p, j]), so that every tap reads contiguous memory and the edge needs no branch.
    """
    n_taps = weight.shape[2]
    n_out = weight.shape[0]
    paired = n_out - n_out % 2 if n_taps == 5 else 0
    scratch[:] = 0
    for n in range(x.shape[0]):
        _split_phases(scratch, x[n], (n_taps - 1) // 2, stride)
        for o in range(0, paired, 2):
            _two_outputs_five_taps(
                out[n, o], out[n, o + 1], scratch, weight[o], weight[o + 1], bias[o : o + 2], stride
            )
        for o in range(paired, n_out):
            _one_output(out[n, o], scratch, weight[o], bias[o], stride)


@kernel
def _split_phases(scratch: Array, x: Array, pad: int, stride: int) -> None:
    for c in range(x.shape[0]):
        if stride == 1:
            scratch[c, 0, pad : pad + x.shape[1]] = x[c]
        else:
            for t in range(x.shape[1]):
                scratch[c, (t + pad) % stride, (t + pad) // stride] = x[c, t]


@kernel
def _two_outputs_five_taps(
    y: Array, z: Array, scratch: Array, p: Array, q: Array, bias: Array, stride: int
) -> None:
    """LPPN's width: ten multiply-adds for nine memory accesses (22 -> 65 GFLOP/s on one AVX2 core)."""
    y[:] = bias[0]
    z[:] = bias[1]
    for c in range(scratch.shape[0]):
        x0 = scratch[c, 0]
        x1 = scratch[c, 1 % stride, 1 // stride :]
        x2 = scratch[c, 2 % stride, 2 // stride :]
        x3 = scratch[c, 3 % stride, 3 // stride :]
        x4 = scratch[c, 4 % stride, 4 // stride :]
        p0, p1, p2, p3, p4 = p[c, 0], p[c, 1], p[c, 2], p[c, 3], p[c, 4]
        q0, q1, q2, q3, q4 = q[c, 0], q[c, 1], q[c, 2], q[c, 3], q[c, 4]
        for t in range(y.size):
            v0, v1, v2, v3, v4 = x0[t], x1[t], x2[t], x3[t], x4[t]
            y[t] += p0 * v0 + p1 * v1 + p2 * v2 + p3 * v3 + p4 * v4
            z[t] += q0 * v0 + q1 * v1 + q2 * v2 + q3 * v3 + q4 * v4


@kernel
def _one_output(y: Array, scratch: Array, weight: Array, bias: Array, stride: int) -> None:
    y[:] = bias
    for c in range(scratch.shape[0]):
        for k in range(weight.shape[1]):
            w = weight[c, k]
            tap = scratch[c, k % stride, k // stride :]
            for t in range(y.size):
                y[t] += w * tap[t]

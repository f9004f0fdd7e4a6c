"""Dense convolution: every output from every input channel.

A window is kept in scratch with its phases apart, as in :mod:`.depthwise`.
Twins: ``reference.dense_conv``, ``reference.dense_conv_dinput``, ``reference.dense_conv_dweight``.
The gradients here are to be read; training does the same sums through register tiles (:mod:`.mixing`).
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel, reduction
from lppn_np.kernels.phases import join_phases, split_phases


@kernel
def dense_conv(out: Array, scratch: Array, x: Array, weight: Array, bias: Array, stride: int) -> None:
    """Fill out (B, Co, To) from x (B, Ci, T), weight (Co, Ci, K), bias (Co,).

    scratch (Ci, S, (T + K) // S + 1).
    """
    scratch[:] = 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            split_phases(scratch[c], x[n, c], weight.shape[2], stride)
        convolve_window(out[n], scratch, weight, bias, stride)


@kernel
def convolve_window(out: Array, phases: Array, weight: Array, bias: Array, stride: int) -> None:
    """Fill out (Co, To) of one window from its phases (Ci, S, L)."""
    n_out = weight.shape[0]
    paired = n_out - n_out % 2 if weight.shape[2] == 5 else 0
    for o in range(0, paired, 2):
        _two_outputs_five_taps(out[o], out[o + 1], phases, weight[o], weight[o + 1], bias[o : o + 2], stride)
    for o in range(paired, n_out):
        _one_output(out[o], phases, weight[o], bias[o], stride)


@kernel
def _two_outputs_five_taps(
    y: Array, z: Array, phases: Array, p: Array, q: Array, bias: Array, stride: int
) -> None:
    """LPPN's width: ten multiply-adds for nine memory accesses (22 -> 65 GFLOP/s on one AVX2 core)."""
    y[:] = bias[0]
    z[:] = bias[1]
    for c in range(phases.shape[0]):
        x0 = phases[c, 0]
        x1 = phases[c, 1 % stride, 1 // stride :]
        x2 = phases[c, 2 % stride, 2 // stride :]
        x3 = phases[c, 3 % stride, 3 // stride :]
        x4 = phases[c, 4 % stride, 4 // stride :]
        p0, p1, p2, p3, p4 = p[c, 0], p[c, 1], p[c, 2], p[c, 3], p[c, 4]
        q0, q1, q2, q3, q4 = q[c, 0], q[c, 1], q[c, 2], q[c, 3], q[c, 4]
        for t in range(y.size):
            v0, v1, v2, v3, v4 = x0[t], x1[t], x2[t], x3[t], x4[t]
            y[t] += p0 * v0 + p1 * v1 + p2 * v2 + p3 * v3 + p4 * v4
            z[t] += q0 * v0 + q1 * v1 + q2 * v2 + q3 * v3 + q4 * v4


@kernel
def _one_output(y: Array, phases: Array, weight: Array, bias: float, stride: int) -> None:
    y[:] = bias
    for c in range(phases.shape[0]):
        for k in range(weight.shape[1]):
            w = weight[c, k]
            tap = phases[c, k % stride, k // stride :]
            for t in range(y.size):
                y[t] += w * tap[t]


@kernel
def dense_conv_dinput(
    dx: Array, scratch: Array, dout: Array, weight: Array, zeros: Array, stride: int
) -> None:
    """Fill dx (Ci, T) of one window from dout (Co, To).

    ``weight`` (Ci, Co, K) is the layer's with channels exchanged and taps reversed: at stride 1 the gradient
    is a convolution with it, of dout's phases (Co, 1, L). With a stride every output hands its gradient back
    instead, into the input's phases (Ci, S, L). ``zeros`` (Ci,) stands for a bias.
    """
    n_taps = weight.shape[2]
    scratch[:] = 0
    if stride == 1:
        for o in range(dout.shape[0]):
            split_phases(scratch[o], dout[o], n_taps, 1)
        convolve_window(dx, scratch, weight, zeros, 1)
        return
    for c in range(dx.shape[0]):
        for o in range(dout.shape[0]):
            for k in range(n_taps):
                w = weight[c, o, n_taps - 1 - k]
                tap = scratch[c, k % stride, k // stride :]
                for t in range(dout.shape[1]):
                    tap[t] += w * dout[o, t]
        join_phases(dx[c], scratch[c], n_taps, stride)


@reduction
def dense_conv_dweight(dweight: Array, dout: Array, phases: Array, stride: int) -> None:
    """Fill dweight (Co, Ci, K) of one window: the sum over t of dout[o, t] x[c, S t + k - P]."""
    for o in range(dweight.shape[0]):
        d = dout[o]
        for c in range(dweight.shape[1]):
            if dweight.shape[2] == 5:
                _five_dots(dweight[o, c], d, phases[c], stride)
            else:
                for k in range(dweight.shape[2]):
                    tap = phases[c, k % stride, k // stride :]
                    total = dweight.dtype.type(0)
                    for t in range(d.size):
                        total += d[t] * tap[t]
                    dweight[o, c, k] = total


@reduction
def _five_dots(dweight: Array, d: Array, phases: Array, stride: int) -> None:
    x0 = phases[0]
    x1 = phases[1 % stride, 1 // stride :]
    x2 = phases[2 % stride, 2 // stride :]
    x3 = phases[3 % stride, 3 // stride :]
    x4 = phases[4 % stride, 4 // stride :]
    s0 = s1 = s2 = s3 = s4 = dweight.dtype.type(0)
    for t in range(d.size):
        v = d[t]
        s0 += v * x0[t]
        s1 += v * x1[t]
        s2 += v * x2[t]
        s3 += v * x3[t]
        s4 += v * x4[t]
    dweight[0], dweight[1], dweight[2], dweight[3], dweight[4] = s0, s1, s2, s3, s4

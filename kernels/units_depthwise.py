"""Training's depthwise unit, row by row, so that all of a row stays in L1; see :mod:`.units`."""

from __future__ import annotations

from lppn_np.kernels import NORM_RELU
from lppn_np.kernels._jit import Array, kernel, reduction
from lppn_np.kernels.batch_norm import activate_row, add_moments, finish_row, norm_dinput_row
from lppn_np.kernels.depthwise import depthwise_dinput, depthwise_dweight, filter_row
from lppn_np.kernels.depthwise_back import back_stride_1, back_stride_2
from lppn_np.kernels.phases import split_phases
from lppn_np.kernels.units import ADD, DROP, FINISH, WRITE
from lppn_np.kernels.vectors import vector_width


@kernel
def depthwise_unit(
    z: Array,
    stats: Array,
    below: Array,
    norm: Array,
    mode: int,
    weight: Array,
    stride: int,
    y: Array,
    phases: Array,
) -> None:
    """Fill z (B, C, To) and stats (B, C, 2) from below (B, C, T); y (T,) and phases (2, S, L) are scratch."""
    phases[:] = 0
    for n in range(z.shape[0]):
        for c in range(z.shape[1]):
            activate_row(y, below[n, c], norm[c], mode)
            split_phases(phases[0], y, weight.shape[1], stride)
            filter_row(z[n, c], phases[0], weight[c], stride)
            add_moments(stats[n, c], z[n, c], 0)


@kernel
def depthwise_unit_backward(
    dbelow: Array,
    sums: Array,
    dweight: Array,
    g: Array,
    z: Array,
    coefficients: Array,
    below: Array,
    norm: Array,
    mode: int,
    weight: Array,
    stride: int,
    deliver: int,
    y: Array,
    dz: Array,
    phases: Array,
) -> None:
    """Fill dweight (B, C, K), and dbelow (B, C, T) with its sums.

    y (T,), dz (To + 2,) and phases (2, S, L) are scratch.
    """
    n_times = z.shape[2]
    at_once = deliver == FINISH and mode == NORM_RELU and weight.shape[1] == 3 and stride <= 2
    at_once = at_once and below.shape[2] == stride * n_times
    phases[:] = 0
    dz[0] = 0
    dz[n_times + 1] = 0
    inner = dz[1 : n_times + 1]
    for n in range(z.shape[0]):
        for c in range(z.shape[1]):
            norm_dinput_row(inner, g[n, c], z[n, c], coefficients[c])
            if at_once:
                back_row(dbelow[n, c], sums[n, c], dweight[n, c], dz, below[n, c], norm[c], weight[c], stride)
                continue
            activate_row(y, below[n, c], norm[c], mode)
            split_phases(phases[0], y, weight.shape[1], stride)
            depthwise_dweight(dweight[n, c], inner, phases[0], stride)
            if deliver == DROP:
                continue
            if deliver == WRITE:
                depthwise_dinput(dbelow[n, c], phases[1], inner, weight[c], stride)
                continue
            depthwise_dinput(y, phases[1], inner, weight[c], stride)
            if deliver == ADD:
                add_row(dbelow[n, c], y)
            else:
                finish_row(dbelow[n, c], sums[n, c], y, below[n, c], norm[c], mode, True)


@reduction
def back_row(
    du: Array, sums: Array, dweight: Array, dz: Array, z: Array, norm: Array, weight: Array, stride: int
) -> None:
    """Three taps and the ReLU below them, one channel: fill du (S To,), sums (2,) and dweight (3,).

    dz (To + 2,) has a zero on either side. Whole vectors by :mod:`.depthwise_back`, the rest one by one.
    """
    zero = du.dtype.type(0)
    scale, shift, mean = norm[0], norm[1], norm[2]
    w0, w1, w2 = weight[0], weight[1], weight[2]
    n_times = dz.size - 2
    n_turns = n_times // vector_width(du)
    total, product, d0, d1, d2 = zero, zero, zero, zero, zero
    numbers = (scale, shift, mean, w0, w1, w2)
    if n_turns and stride == 1:
        total, product, d0, d1, d2 = back_stride_1(du, dz, z, numbers, n_turns)
    elif n_turns:
        total, product, d0, d1, d2 = back_stride_2(du, dz, z, numbers, n_turns)
    for t in range(n_turns * vector_width(du), n_times):
        before, now, after = dz[t], dz[t + 1], dz[t + 2]
        for p in range(stride):
            row = z[stride * t + p]
            u = scale * row + shift
            y = zero if u < zero else u
            if stride == 1:
                dy = w0 * after + w1 * now + w2 * before
                d0 += after * y
                d1 += now * y
                d2 += before * y
            elif p == 0:
                dy = w1 * now
                d1 += now * y
            else:
                dy = w2 * now + w0 * after
                d0 += after * y
                d2 += now * y
            passed = dy if u > zero else zero
            du[stride * t + p] = passed
            total += passed
            product += passed * (row - mean)
    sums[0] = total
    sums[1] = product * norm[3]
    dweight[0], dweight[1], dweight[2] = d0, d1, d2


@kernel
def add_row(total: Array, part: Array) -> None:
    """Add part (T,) to total (T,)."""
    for t in range(total.size):
        total[t] += part[t]

"""Training's units: a convolution that unfolds its input's activation, with the moments of its output.

Window by window, so that what is made again stays in the L2 cache: one pass over memory forward (read z of
the layer below, write z), one backward (read g, z, and z below; write g below). ``below`` is the input's z,
``norm`` and ``mode`` say what signal it stands for (:mod:`.batch_norm`).

Backward, ``g`` is dL/du of the unit's own output; ``coefficients`` lead from it to dL/dz, ``normed`` says
whether there is a normalisation at all. ``deliver`` says what becomes of the gradient of the input:
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.batch_norm import activate, activate_row, finish_gradient, moments, norm_dinput
from lppn_np.kernels.dense_conv import convolve_window, dense_conv_dinput, dense_conv_dweight
from lppn_np.kernels.depthwise import depthwise_dinput, depthwise_dweight, filter_row
from lppn_np.kernels.phases import split_phases
from lppn_np.kernels.pointwise import mix_channels, pointwise_dweight

#: Not needed (the data); written and finished; written, others will add; added to what is there.
DROP, FINISH, WRITE, ADD = 0, 1, 2, 3


@kernel
def pointwise_unit(
    z: Array, stats: Array, below: Array, norm: Array, mode: int, weight: Array, bias: Array, y: Array
) -> None:
    """Fill z (B, Co, T) and stats (B, Co, 2) from below (B, Ci, T); y (Ci, T) is scratch."""
    for n in range(z.shape[0]):
        activate(y, below[n], norm, mode)
        mix_channels(z[n], y, weight, bias)
        moments(stats[n], z[n])


@kernel
def pointwise_unit_backward(
    dbelow: Array,
    sums: Array,
    dweight: Array,
    dbias: Array,
    g: Array,
    z: Array,
    coefficients: Array,
    normed: bool,
    below: Array,
    norm: Array,
    mode: int,
    transposed: Array,
    zeros: Array,
    deliver: int,
    y: Array,
    dz: Array,
) -> None:
    """Fill dweight (B, Co, Ci), dbias (B, Co), and dbelow (B, Ci, T) with its sums (B, Ci, 2) if finished.

    transposed (Ci, Co) is the weight's transpose; y (Ci, T) and dz (Co, T) are scratch.
    """
    for n in range(z.shape[0]):
        _dz(dz, dbias[n], g[n], z[n], coefficients, normed)
        activate(y, below[n], norm, mode)
        pointwise_dweight(dweight[n], dz, y)
        if deliver == ADD:
            mix_channels(y, dz, transposed, zeros)
            _add(dbelow[n], y)
        elif deliver != DROP:
            mix_channels(dbelow[n], dz, transposed, zeros)
        if deliver == FINISH:
            finish_gradient(dbelow[n], sums[n], below[n], norm, mode)


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
    """Fill z (B, C, To) and stats (B, C, 2) from below (B, C, T); y (C, T) and phases (S, L) are scratch."""
    phases[:] = 0
    for n in range(z.shape[0]):
        for c in range(z.shape[1]):
            activate_row(y[c], below[n, c], norm[c], mode)
            split_phases(phases, y[c], weight.shape[1], stride)
            filter_row(z[n, c], phases, weight[c], stride)
        moments(stats[n], z[n])


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
    """Fill dweight (B, C, K), and dbelow (B, C, T) with its sums; phases (2, S, L) is scratch."""
    phases[:] = 0
    for n in range(z.shape[0]):
        norm_dinput(dz, g[n], z[n], coefficients)
        for c in range(z.shape[1]):
            activate_row(y[c], below[n, c], norm[c], mode)
            split_phases(phases[0], y[c], weight.shape[1], stride)
            depthwise_dweight(dweight[n, c], dz[c], phases[0], stride)
            if deliver != DROP:
                depthwise_dinput(y[c], phases[1], dz[c], weight[c], stride)
        if deliver == ADD:
            _add(dbelow[n], y)
        elif deliver != DROP:
            dbelow[n, :, :] = y
        if deliver == FINISH:
            finish_gradient(dbelow[n], sums[n], below[n], norm, mode)


@kernel
def dense_unit(
    z: Array,
    stats: Array,
    below: Array,
    norm: Array,
    mode: int,
    weight: Array,
    bias: Array,
    stride: int,
    y: Array,
    phases: Array,
) -> None:
    """Fill z (B, Co, To) and stats (B, Co, 2) from below (B, Ci, T); phases (Ci, S, L) is scratch."""
    phases[:] = 0
    for n in range(z.shape[0]):
        for c in range(below.shape[1]):
            activate_row(y[c], below[n, c], norm[c], mode)
            split_phases(phases[c], y[c], weight.shape[2], stride)
        convolve_window(z[n], phases, weight, bias, stride)
        moments(stats[n], z[n])


@kernel
def dense_unit_backward(
    dbelow: Array,
    sums: Array,
    dweight: Array,
    dbias: Array,
    g: Array,
    z: Array,
    coefficients: Array,
    below: Array,
    norm: Array,
    mode: int,
    reversed_weight: Array,
    zeros: Array,
    stride: int,
    deliver: int,
    y: Array,
    dz: Array,
    phases: Array,
    back: Array,
) -> None:
    """Fill dweight (B, Co, Ci, K), dbias (B, Co), and dbelow (B, Ci, T) with its sums.

    reversed_weight (Ci, Co, K): see :func:`.dense_conv.dense_conv_dinput`. back is its scratch.
    """
    phases[:] = 0
    for n in range(z.shape[0]):
        _dz(dz, dbias[n], g[n], z[n], coefficients, True)
        for c in range(below.shape[1]):
            activate_row(y[c], below[n, c], norm[c], mode)
            split_phases(phases[c], y[c], reversed_weight.shape[2], stride)
        dense_conv_dweight(dweight[n], dz, phases, stride)
        if deliver == ADD:
            dense_conv_dinput(y, back, dz, reversed_weight, zeros, stride)
            _add(dbelow[n], y)
        elif deliver != DROP:
            dense_conv_dinput(dbelow[n], back, dz, reversed_weight, zeros, stride)
        if deliver == FINISH:
            finish_gradient(dbelow[n], sums[n], below[n], norm, mode)


@kernel
def finish_batch(g: Array, sums: Array, z: Array, norm: Array, mode: int) -> None:
    """:func:`.batch_norm.finish_gradient` of every window, once all who read the signal have added to g."""
    for n in range(z.shape[0]):
        finish_gradient(g[n], sums[n], z[n], norm, mode)


@kernel
def unfold_batch(y: Array, z: Array, norm: Array, mode: int) -> None:
    """Fill y (B, C, T) with the signal that z stands for, where it has to stand in memory."""
    for n in range(z.shape[0]):
        activate(y[n], z[n], norm, mode)


@kernel
def _dz(dz: Array, dbias: Array, g: Array, z: Array, coefficients: Array, normed: bool) -> None:
    if normed:
        norm_dinput(dz, g, z, coefficients)
    else:
        dz[:, :] = g
    for o in range(dz.shape[0]):
        dbias[o] = dz[o].sum()


@kernel
def _add(total: Array, part: Array) -> None:
    for c in range(total.shape[0]):
        row, more = total[c], part[c]
        for t in range(row.size):
            row[t] += more[t]

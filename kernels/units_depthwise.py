"""Training's depthwise unit, row by row, so that all of a row stays in L1; see :mod:`.units`."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.batch_norm import activate_row, add_moments, finish_row, norm_dinput_row
from lppn_np.kernels.depthwise import depthwise_dinput, depthwise_dweight, filter_row
from lppn_np.kernels.phases import split_phases
from lppn_np.kernels.units import ADD, DROP, WRITE


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

    y (T,), dz (To,) and phases (2, S, L) are scratch.
    """
    phases[:] = 0
    for n in range(z.shape[0]):
        for c in range(z.shape[1]):
            norm_dinput_row(dz, g[n, c], z[n, c], coefficients[c])
            activate_row(y, below[n, c], norm[c], mode)
            split_phases(phases[0], y, weight.shape[1], stride)
            depthwise_dweight(dweight[n, c], dz, phases[0], stride)
            if deliver == DROP:
                continue
            if deliver == WRITE:
                depthwise_dinput(dbelow[n, c], phases[1], dz, weight[c], stride)
                continue
            depthwise_dinput(y, phases[1], dz, weight[c], stride)
            if deliver == ADD:
                add_row(dbelow[n, c], y)
            else:
                finish_row(dbelow[n, c], sums[n, c], y, below[n, c], norm[c], mode, True)


@kernel
def add_row(total: Array, part: Array) -> None:
    """Add part (T,) to total (T,)."""
    for t in range(total.size):
        total[t] += part[t]

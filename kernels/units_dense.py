"""Training's dense unit, a window at a time; see :mod:`.units`."""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.batch_norm import activate_row, add_moments, finish_row, norm_dinput_row, sum_of
from lppn_np.kernels.mixing import mix_dweight, mix_rows
from lppn_np.kernels.phases import join_phases, split_phases
from lppn_np.kernels.units import ADD, DROP, FINISH, WRITE
from lppn_np.kernels.units_depthwise import add_row
from lppn_np.kernels.vectors import vector_width


@kernel
def dense_unit(
    z: Array,
    stats: Array,
    below: Array,
    norm: Array,
    mode: int,
    packed: Array,
    places: Array,
    n_taps: int,
    stride: int,
    y: Array,
    phases: Array,
) -> None:
    """Fill z (B, Co, To) and stats (B, Co, 2) from below (B, Ci, T); y (T,), phases (Ci, S, L): scratch."""
    n_out, n_times = z.shape[1], z.shape[2]
    phases[:] = 0
    for n in range(z.shape[0]):
        for c in range(below.shape[1]):
            activate_row(y, below[n, c], norm[c], mode)
            split_phases(phases[c], y, n_taps, stride)
        mix_rows(z, n * n_out * n_times, n_times, n_out, n_times, phases, 0, places, packed, False, False)
        for o in range(n_out):
            add_moments(stats[n, o], z[n, o], 0)


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
    packed: Array,
    places: Array,
    terms: Array,
    stride: int,
    deliver: int,
    y: Array,
    dz: Array,
    phases: Array,
    back: Array,
    aside: Array,
) -> None:
    """Fill dweight (B, Co, Ci, K), dbias (B, Co or 0), and dbelow (B, Ci, T) with its sums.

    packed (S, ...) and places (S, ...) are those of :func:`lppn_np.gradients.packing.pack_back`: sample
    S j + p - P of the input's gradient is a mixture of its own for each phase p. dz (Co rounded up, R) holds
    dL/dz after (K - 1) // S zeros; phases and back (Ci, S, L) hold the input and its gradient.
    """
    n_out, n_in, n_times = z.shape[1], below.shape[1], z.shape[2]
    n_taps = dweight.shape[3]
    lead = (n_taps - 1) // stride
    width, length = vector_width(y), back.shape[2]
    dz[:] = 0
    phases[:] = 0
    for n in range(z.shape[0]):
        for o in range(n_out):
            row = dz[o, lead : lead + n_times]
            norm_dinput_row(row, g[n, o], z[n, o], coefficients[o])
            if dbias.shape[1]:
                dbias[n, o] = sum_of(row)
        for c in range(n_in):
            activate_row(y, below[n, c], norm[c], mode)
            split_phases(phases[c], y, n_taps, stride)
        mix_dweight(
            dweight, n * n_out * n_in * n_taps, n_out, n_in * n_taps, (n_times + width - 1) // width,
            dz, lead, dz.shape[1], phases, terms, aside, True, True,
        )  # fmt: skip
        if deliver == DROP:
            continue
        if stride == 1 and deliver != FINISH:
            at, first = n * n_in * n_times, (n_taps - 1) // 2
            mix_rows(
                dbelow, at, n_times, n_in, n_times, dz, first, places[0], packed[0], deliver == ADD, False
            )
            continue
        for p in range(stride):
            row = stride * length
            mix_rows(back, p * length, row, n_in, length, dz, 0, places[p], packed[p], False, False)
        for c in range(n_in):
            if deliver == WRITE:
                join_phases(dbelow[n, c], back[c], n_taps, stride)
                continue
            join_phases(y, back[c], n_taps, stride)
            if deliver == ADD:
                add_row(dbelow[n, c], y)
            else:
                finish_row(dbelow[n, c], sums[n, c], y, below[n, c], norm[c], mode, True)

"""Training's units: a convolution that unfolds its input's activation, with the moments of its output.

One pass over memory forward (read z of the layer below, write z), one backward (read g, z, and z below; write
g below). What lies between is made in scratch that stays in the caches. ``below`` is the input's z, ``norm``
and ``mode`` say what signal it stands for (:mod:`.batch_norm`).

Backward, ``g`` is dL/du of the unit's own output; ``coefficients`` lead from it to dL/dz. ``deliver`` says
what becomes of the gradient of the input. This file has the pointwise unit and the signals that stand alone;
:mod:`.units_depthwise` and :mod:`.units_dense` have the others.
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.batch_norm import (
    activate,
    activate_row,
    add_moments,
    finish_gradient,
    finish_row,
    norm_dinput_row,
    scale_row,
    sum_of,
)
from lppn_np.kernels.mixing import mix_dweight, mix_rows
from lppn_np.kernels.vectors import borrowed, vector_width

#: Not needed (the data); written and finished; written, others will add; added to what is there.
DROP, FINISH, WRITE, ADD = 0, 1, 2, 3
#: Samples of a window worked on at once: some 200 rows of them stay in a 512 kB L2 cache, and the sums of the
#: weight gradient are put aside seldom.
PART = 384


@kernel
def pointwise_unit(
    z: Array, stats: Array, below: Array, norm: Array, mode: int, packed: Array, places: Array, y: Array
) -> None:
    """Fill z (B, Co, T) and stats (B, Co, 2) from below (B, Ci, T); y (Ci, R) is scratch.

    packed and places are those of :func:`.mixing.mix_rows`.
    """
    z, stats, below, norm, y = borrowed(z), borrowed(stats), borrowed(below), borrowed(norm), borrowed(y)
    n_out, n_times = z.shape[1], z.shape[2]
    for n in range(z.shape[0]):
        for start in range(0, n_times, PART):
            stop = min(start + PART, n_times)
            for c in range(below.shape[1]):
                activate_row(y[c], below[n, c, start:stop], norm[c], mode)
            at = n * n_out * n_times + start
            mix_rows(z, at, n_times, n_out, stop - start, y, 0, places, packed, False, False)
            for o in range(n_out):
                add_moments(stats[n, o], z[n, o, start:stop], start)


@kernel
def pointwise_unit_backward(
    dbelow: Array,
    sums: Array,
    dweight: Array,
    dbias: Array,
    g: Array,
    z: Array,
    coefficients: Array,
    mixed: Array,
    places_z: Array,
    below: Array,
    norm: Array,
    mode: int,
    packed: Array,
    places: Array,
    terms: Array,
    deliver: int,
    y: Array,
    dz: Array,
    aside: Array,
) -> None:
    """Fill dweight (B, Co, Ci), dbias (B, Co or 0), dbelow (B, Ci, T) and its sums (B, Ci, 2) if finished.

    dL/dz is a g + b z + c by the coefficients, or a g and a mixture of the rows of z at places_z: where
    ``mixed`` is not empty it holds that one's packed weights.
    packed holds the weight's transpose and places the rows of dz; terms are those of
    :func:`.mixing.mix_dweight`; y (Ci, R), dz (Co rounded up, R) and aside are scratch.
    """
    dbelow, sums, dbias, g, z = borrowed(dbelow), borrowed(sums), borrowed(dbias), borrowed(g), borrowed(z)
    coefficients, below, norm = borrowed(coefficients), borrowed(below), borrowed(norm)
    y, dz = borrowed(y), borrowed(dz)
    n_out, n_in, n_times = z.shape[1], below.shape[1], z.shape[2]
    width = vector_width(y)
    for n in range(z.shape[0]):
        for start in range(0, n_times, PART):
            stop = min(start + PART, n_times)
            size = stop - start
            n_vectors = (size + width - 1) // width
            for o in range(n_out):
                if mixed.size:
                    scale_row(dz[o], g[n, o, start:stop], coefficients[o, 0])
                else:
                    norm_dinput_row(dz[o], g[n, o, start:stop], z[n, o, start:stop], coefficients[o])
                dz[o, size : n_vectors * width] = 0
            if mixed.size:
                at = n * n_out * n_times + start
                mix_rows(dz, 0, dz.shape[1], n_out, size, z, at, places_z, mixed, True, False)
            for o in range(dbias.shape[1]):
                dbias[n, o] = sum_of(dz[o, :size]) + (dbias[n, o] if start else dbias.dtype.type(0))
            for c in range(n_in):
                activate_row(y[c], below[n, c, start:stop], norm[c], mode)
                y[c, size : n_vectors * width] = 0
            mix_dweight(
                dweight, n * n_out * n_in, n_out, n_in, n_vectors, dz, 0, dz.shape[1], y, terms, aside,
                start == 0, stop == n_times,
            )  # fmt: skip
            if deliver == DROP:
                continue
            if deliver == FINISH:  # by way of y, which is no longer needed
                mix_rows(y, 0, y.shape[1], n_in, size, dz, 0, places, packed, False, False)
                for c in range(n_in):
                    row, part = dbelow[n, c, start:stop], below[n, c, start:stop]
                    finish_row(row, sums[n, c], y[c, :size], part, norm[c], mode, start == 0)
            else:
                at = n * n_in * n_times + start
                mix_rows(dbelow, at, n_times, n_in, size, dz, 0, places, packed, deliver == ADD, False)


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
def correct_batch(g: Array, z: Array, places: Array, packed: Array) -> None:
    """Add a mixture of the rows of z (B, C, T), and a constant each, to g (B, C, T)."""
    n_rows, n_times = z.shape[1], z.shape[2]
    for n in range(z.shape[0]):
        at = n * n_rows * n_times
        mix_rows(g, at, n_times, n_rows, n_times, z, at, places, packed, True, False)

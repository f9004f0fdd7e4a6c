"""Training's dense convolution behind linear upsampling, as one unit; see :mod:`.units` and :mod:`.weaving`.

Its taps run at the lower rate; the upsampled signal never exists, nor does its gradient. On the way back
dL/dz is first unwoven into the gradients of the taps' rows. The rest is a pointwise convolution with five
times the outputs.

``woven`` is scratch in one piece, rows of ``row`` elements: the taps' rows (tap by tap, rounded up to four),
one for the even and one for the odd samples of dL/dz, two for both together. The first sample of a row stands
LEAD after its start.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.batch_norm import activate_row, add_moments, finish_row, norm_dinput_row, sum_of
from lppn_np.kernels.mixing import mix_dweight, mix_rows
from lppn_np.kernels.row_filter import split_row
from lppn_np.kernels.units import ADD, DROP, FINISH
from lppn_np.kernels.vectors import vector_width
from lppn_np.kernels.weaving import EDGE, TAPS, unweave_row, weave_row

#: Elements before the first sample of a row.
LEAD = 16
#: Samples at a time of the weight gradient: 40 rows of the input stay in L1 while those of the taps pass by.
_PART = 96


@kernel
def woven_unit(
    z: Array,
    stats: Array,
    below: Array,
    norm: Array,
    mode: int,
    packed: Array,
    places: Array,
    shares: Array,
    y: Array,
    woven: Array,
    row: int,
) -> None:
    """Fill z (B, Co, 2 T) and stats (B, Co, 2) from below (B, Ci, T).

    packed has the weights of 5 Co outputs, tap by tap; shares (4, S) are f, g, 1 - f and 1 - g, each after a
    zero. y (Ci, R) and woven are scratch.
    """
    n_out, n_in, n_times = z.shape[1], below.shape[1], below.shape[2]
    n_rows = TAPS * n_out
    width = vector_width(z)
    n_vectors = (n_times + width - 1) // width
    made = ((n_rows + 3) // 4 * 4 + 2) * row
    numbers = shares.reshape(-1)
    _clear_edges(woven, n_rows, row, n_times)
    for n in range(z.shape[0]):
        for c in range(n_in):
            activate_row(y[c], below[n, c], norm[c], mode)
        mix_rows(woven, LEAD, row, n_rows, n_times, y, 0, places, packed, False, False)
        for o in range(n_out):
            at = (made, LEAD + o * row, n_out * row, 1, shares.shape[1] + 1, n_vectors)
            weave_row(woven, places, numbers, at)
            target, source = z[n, o], woven[made:]
            for t in range(target.size):
                target[t] = source[t]
            add_moments(stats[n, o], target, 0)


@kernel
def woven_unit_backward(
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
    shares: Array,
    deliver: int,
    y: Array,
    woven: Array,
    row: int,
    aside: Array,
) -> None:
    """Fill dweight (B, 5, Co, Ci), dbias (B, Co or 0), and dbelow (B, Ci, T) with its sums.

    packed has the transposed weights of 5 Co terms, places their rows in woven; terms are those of
    :func:`.mixing.mix_dweight` in y.
    """
    n_out, n_in, n_times = z.shape[1], below.shape[1], below.shape[2]
    n_rows = TAPS * n_out
    width = vector_width(z)
    n_vectors = (n_times + width - 1) // width
    even = (n_rows + 3) // 4 * 4 * row + LEAD
    odd, both = even + row, even - LEAD + 2 * row
    numbers, share_row, flat = shares.reshape(-1), shares.shape[1], y.reshape(-1)
    part = max(1, _PART // width)
    for at in (even, odd):
        woven[at - EDGE : at] = 0
        woven[at + n_vectors * width : at + n_vectors * width + EDGE] = 0
    for n in range(z.shape[0]):
        for o in range(n_out):
            dz = woven[both : both + 2 * n_vectors * width]
            norm_dinput_row(dz, g[n, o], z[n, o], coefficients[o])
            for t in range(2 * n_times, dz.size):
                dz[t] = 0
            if dbias.shape[1]:
                dbias[n, o] = sum_of(dz)
            split_row(woven, places, numbers, (even, odd, both, n_vectors))
            at_taps = (LEAD + o * row, n_out * row, even, odd, 1, share_row, n_vectors)
            unweave_row(woven, places, numbers, at_taps)
        for c in range(n_in):
            activate_row(y[c], below[n, c], norm[c], mode)
            y[c, n_times : n_vectors * width] = 0
        for start in range(0, n_vectors, part):
            stop = min(start + part, n_vectors)
            mix_dweight(
                dweight, n * n_rows * n_in, n_rows, n_in, stop - start, woven, LEAD + start * width, row,
                flat[start * width :], terms, aside, start == 0, stop == n_vectors,
            )  # fmt: skip
        if deliver == DROP:
            continue
        if deliver == FINISH:  # by way of y, which is no longer needed
            mix_rows(y, 0, y.shape[1], n_in, n_times, woven, LEAD, places, packed, False, False)
            for c in range(n_in):
                finish_row(dbelow[n, c], sums[n, c], y[c, :n_times], below[n, c], norm[c], mode, True)
        else:
            at_below = n * n_in * n_times
            mix_rows(
                dbelow, at_below, n_times, n_in, n_times, woven, LEAD, places, packed, deliver == ADD, False
            )


@kernel
def _clear_edges(woven: NDArray[Any], n_rows: int, row: int, n_times: int) -> None:
    for r in range(n_rows):
        first = r * row + LEAD
        for t in range(EDGE):
            woven[first - 1 - t] = 0
            woven[first + n_times + t] = 0

"""Training's expanding unit: pointwise convolution, normalisation, ReLU and three taps, in one pass.

The hidden signal never goes to memory. Its normalisation does not need it, because what is linear in the
unit's input x is known from the input's covariance (:mod:`.expansion_algebra`):
forward the mean and variance of W x, backward everything that the normalisation adds to the gradients. So a
pass forward reads x twice and writes the taps' output; a pass backward makes the hidden signal again, reads
that output with its gradient and writes the gradient of x, all but a mixture of x that its reader adds.

x is worked on as x_hat = (z - mean) / sqrt(var + eps) of ``below`` and ``norm``.
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel, reduction
from lppn_np.kernels.batch_norm import centre_row, norm_dinput_row
from lppn_np.kernels.mixing import mix_dweight, mix_products, mix_rows
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.kernels.three_taps import taps_stride_1, taps_stride_2, untaps_stride_1, untaps_stride_2
from lppn_np.kernels.units import ADD, DROP, PART
from lppn_np.kernels.vectors import borrowed, vector_width

#: Elements in front of a row of hidden scratch: the last of them is the zero before the first sample, and the
#: row begins with a cache line.
LEAD = 16


@kernel
def covariance_unit(out: Array, below: Array, norm: Array, terms: Array, x: Array, aside: Array) -> None:
    """Fill out (B, C, C) with each window's sums of products of x_hat, on and below the diagonal.

    terms are those of :func:`.mixing.mix_dweight`; x (C rounded up, R) and aside are scratch.
    """
    out, below, norm, x = borrowed(out), borrowed(below), borrowed(norm), borrowed(x)
    n_in, n_times = below.shape[1], below.shape[2]
    width = vector_width(x)
    for n in range(below.shape[0]):
        for start in range(0, n_times, PART):
            stop = min(start + PART, n_times)
            n_vectors = (stop - start + width - 1) // width
            for c in range(n_in):
                centre_row(x[c], below[n, c, start:stop], norm[c])
                x[c, stop - start : n_vectors * width] = 0
            at = n * n_in * n_in
            mix_products(out, at, n_in, n_vectors, x, terms, aside, start == 0, stop == n_times)


@kernel
def expand_unit(
    z: Array,
    stats: Array,
    below: Array,
    norm: Array,
    packed: Array,
    places: Array,
    weight: Array,
    stride: int,
    x: Array,
    y: Array,
) -> None:
    """Fill z (B, H, To) and stats (B, H, 2) from below (B, Ci, S To).

    packed leads from x_hat to the hidden signal before its ReLU, weight (H, 3) are the taps; x (Ci, R) and
    y (4, R) are scratch: four hidden channels at a time stay in L1.
    """
    z, stats, below, norm = borrowed(z), borrowed(stats), borrowed(below), borrowed(norm)
    packed, weight, x, y = borrowed(packed), borrowed(weight), borrowed(x), borrowed(y)
    n_times = below.shape[2]
    y[:] = 0
    for n in range(z.shape[0]):
        for c in range(below.shape[1]):
            centre_row(x[c], below[n, c], norm[c])
        for h in range(0, z.shape[1], OUTPUTS):
            n_rows = min(OUTPUTS, z.shape[1] - h)
            block = packed[h * (places.size + 1) :]
            mix_rows(y, LEAD, y.shape[1], n_rows, n_times, x, 0, places, block, False, True)
            for i in range(n_rows):
                filter_row(z[n, h + i], stats[n, h + i], y[i, LEAD - 1 :], weight[h + i], stride)


@reduction
def filter_row(out: Array, stats: Array, y: Array, weight: Array, stride: int) -> None:
    """Three taps of one channel: fill out (To,) and stats (2,); y from the sample before the first on."""
    w0, w1, w2 = weight[0], weight[1], weight[2]
    n_turns = out.size // vector_width(out)
    total = out.dtype.type(0)
    if n_turns and stride == 1:
        total = taps_stride_1(out, y, (w0, w1, w2), n_turns)
    elif n_turns:
        total = taps_stride_2(out, y, (w0, w1, w2), n_turns)
    for t in range(n_turns * vector_width(out), out.size):
        value = w0 * y[stride * t] + w1 * y[stride * t + 1] + w2 * y[stride * t + 2]
        out[t] = value
        total += value
    mean = out.dtype.type(total / out.dtype.type(out.size))
    squares = out.dtype.type(0)
    for t in range(out.size):
        d = out[t] - mean
        squares += d * d
    stats[0] = mean
    stats[1] = squares


@kernel
def expand_unit_backward(
    dbelow: Array,
    dweight: Array,
    tallies: Array,
    g: Array,
    z: Array,
    coefficients: Array,
    below: Array,
    norm: Array,
    packed: Array,
    places: Array,
    weight: Array,
    stride: int,
    packed_back: Array,
    places_back: Array,
    terms: Array,
    deliver: int,
    x: Array,
    y: Array,
    dz: Array,
    aside: Array,
) -> None:
    """Fill dweight (B, H, Ci), tallies (B, H, 4) and dbelow (B, Ci, S To) from g and z (B, H, To).

    With du the gradient of the hidden signal before its ReLU, after its normalisation: dweight holds the sums
    of du x_hat, tallies those of du and of the taps' gradients, and dbelow what packed_back makes of du.
    x (Ci, R), y (H rounded up, R), dz (PART + 2,) and aside are scratch.
    """
    dweight, tallies, g, z = borrowed(dweight), borrowed(tallies), borrowed(g), borrowed(z)
    coefficients, below, norm, weight = (
        borrowed(coefficients),
        borrowed(below),
        borrowed(norm),
        borrowed(weight),
    )
    x, y, dz = borrowed(x), borrowed(y), borrowed(dz)
    n_in, n_times = below.shape[1], below.shape[2]
    n_hidden, n_out = z.shape[1], z.shape[2]
    width = vector_width(y)
    for n in range(z.shape[0]):
        for start in range(0, n_times, PART):
            stop = min(start + PART, n_times)
            size = stop - start
            padded = (size + width - 1) // width * width
            for c in range(n_in):
                centre_row(x[c], below[n, c, start:stop], norm[c])
                x[c, size:padded] = 0
            mix_rows(y, 0, y.shape[1], n_hidden, size, x, 0, places, packed, False, True)
            first, last = start // stride, stop // stride
            low, high = max(first - 1, 0), min(last + 1, n_out)
            at = low - first + 1
            dz[0] = 0
            dz[last - first + 1] = 0
            for h in range(n_hidden):
                row = dz[at : at + high - low]
                norm_dinput_row(row, g[n, h, low:high], z[n, h, low:high], coefficients[h])
                unfilter_row(y[h, :size], tallies[n, h], dz, weight[h], stride, start == 0)
                y[h, size:padded] = 0
            mix_dweight(
                dweight, n * n_hidden * n_in, n_hidden, n_in, padded // width, y, 0, y.shape[1], x, terms,
                aside, start == 0, stop == n_times,
            )  # fmt: skip
            if deliver != DROP:
                out = n * n_in * n_times + start
                add = deliver == ADD
                mix_rows(dbelow, out, n_times, n_in, size, y, 0, places_back, packed_back, add, False)


@reduction
def unfilter_row(y: Array, tallies: Array, dz: Array, weight: Array, stride: int, first: bool) -> None:
    """Back through three taps and a ReLU, one channel: du where y (S n,) was, its sums to tallies (4,).

    dz has the outputs' gradients from the one before the first to the one after the last.
    """
    zero = y.dtype.type(0)
    w0, w1, w2 = weight[0], weight[1], weight[2]
    n_outputs = y.size // stride
    n_turns = n_outputs // vector_width(y)
    total, d0, d1, d2 = zero, zero, zero, zero
    if n_turns and stride == 1:
        total, d0, d1, d2 = untaps_stride_1(y, dz, (w0, w1, w2), n_turns)
    elif n_turns:
        total, d0, d1, d2 = untaps_stride_2(y, dz, (w0, w1, w2), n_turns)
    for t in range(n_turns * vector_width(y), n_outputs):
        before, now, after = dz[t], dz[t + 1], dz[t + 2]
        if stride == 1:
            signal = y[t]
            du = w0 * after + w1 * now + w2 * before if signal > zero else zero
            y[t] = du
            d0 += after * signal
            d1 += now * signal
            d2 += before * signal
        else:
            even, odd = y[2 * t], y[2 * t + 1]
            du_even = w1 * now if even > zero else zero
            du_odd = w2 * now + w0 * after if odd > zero else zero
            y[2 * t] = du_even
            y[2 * t + 1] = du_odd
            d0 += after * odd
            d1 += now * even
            d2 += now * odd
            du = du_even + du_odd
        total += du
    if first:
        tallies[:] = 0
    tallies[0] += total
    tallies[1] += d0
    tallies[2] += d1
    tallies[3] += d2

"""A batch of windows straight from the record, as the network sees them.

Twin: ``reference_picking.window_input``. A window is worked on alone, so that it stays in the L1 cache.
A day (3 x 8,640,000 float32, windows of 3072 that share 1024) takes 30 ms on one core (AVX2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels._jit import Array, kernel, reduction
from lppn_np.kernels.reference_picking import DEAD_SHARE

_ALL_BITS = np.uint64(2**64 - 1)


@kernel
def _extremes(ends_bits: NDArray[Any], bits: NDArray[Any]) -> None:
    """Least and largest number of a row, all as the integers with the same bits.

    Integers, with the negative ones turned over so that they are in order: LLVM vectorises no minimum
    of floats where they may be NaN (float32: 0.64 -> 0.17 ns a sample). A NaN lies beyond infinity.
    """
    integer = bits.dtype.type
    turn = integer(_ALL_BITS >> np.uint64(65 - 8 * bits.itemsize))  # all but the sign
    low, high = integer(turn), integer(~turn)
    for t in range(bits.size):
        key = integer(bits[t] ^ turn if bits[t] < 0 else bits[t])
        low, high = min(low, key), max(high, key)
    ends_bits[0] = low ^ turn if low < 0 else low
    ends_bits[1] = high ^ turn if high < 0 else high


@reduction
def _mean(row: Array) -> float:
    total = 0.0
    for t in range(row.size):
        total += np.float64(row[t])
    return total / row.size


@kernel
def _with_gaps(ends: Array, row: Array) -> float:
    """Mean of a row that holds NaN; its least and largest number go to ``ends``, NaN if there is none."""
    total, count = 0.0, 0
    ends[:] = np.nan
    for t in range(row.size):
        if row[t] == row[t]:
            ends[0] = ends[0] if ends[0] <= row[t] else row[t]
            ends[1] = ends[1] if ends[1] >= row[t] else row[t]
            total += np.float64(row[t])
            count += 1
    return total / max(count, 1)


@kernel
def _scale(out: Array, row: Array, code: Array, mean: float, divisor: float) -> None:
    """Fill out = (row - mean) / divisor + code, without data 0 + code, in the dtype of the row.

    The mean is taken off in two parts: the rounded one leaves a float32 with all its digits, the rest
    is small (a day: 27 ms in float64, 13 in float32). Units so far off that float32 might not hold the
    divisor's inverse take the long way.
    """
    real = row.dtype.type
    nothing = real(0)
    if 1e-30 < divisor < 1e30:
        coarse, factor = real(mean), real(1 / divisor)
        fine = real(mean - coarse)
        for t in range(row.size):
            y = ((row[t] - coarse) - fine) * factor
            out[t] = np.float32(y if y == y else nothing) + code[t]
    else:
        for t in range(row.size):
            z = (np.float64(row[t]) - mean) / divisor
            out[t] = np.float32(z if z == z else 0.0) + code[t]


@kernel
def window_input(
    x: Array,
    kept: NDArray[np.intp],
    scratch: tuple[Array, NDArray[Any], Array],
    rows: tuple[Array, ...],
    bits: tuple[NDArray[Any], ...],
    starts: NDArray[np.int64],
    code: Array,
    common: bool,
) -> int:
    """Fill x (B, 3, T) with the windows that hold a signal and ``kept`` with their indices; their number.

    ``rows`` are three of (n,), ``bits`` the same as integers, ``code`` (3, T) is added. ``scratch`` is two
    numbers of the rows' dtype, the same as integers, and (2, 3) float64.
    """
    ends, ends_bits, moments = scratch
    mean, amplitude = moments
    n_times = x.shape[2]
    n_kept = 0
    for b in range(starts.size):
        largest = 0.0
        for c in range(3):
            row = rows[c][starts[b] : starts[b] + n_times]
            _extremes(ends_bits, bits[c][starts[b] : starts[b] + n_times])
            holds_nan = not ends[0] <= ends[1]
            mean[c] = _with_gaps(ends, row) if holds_nan else _mean(row)
            low, high = np.float64(ends[0]), np.float64(ends[1])
            amplitude[c] = max(high - mean[c], mean[c] - low) if low < high else 0.0
            largest = max(largest, amplitude[c])
        if largest == 0:  # constant or empty: the network has nothing to look at
            continue
        for c in range(3):
            row = rows[c][starts[b] : starts[b] + n_times]
            n_filled = 0
            if amplitude[c] > DEAD_SHARE * largest:
                n_filled = row.size
                divisor = largest if common else amplitude[c]
                _scale(x[n_kept, c, :n_filled], row, code[c], mean[c], divisor)
            for t in range(n_filled, n_times):
                x[n_kept, c, t] = code[c, t]
        kept[n_kept] = b
        n_kept += 1
    return n_kept

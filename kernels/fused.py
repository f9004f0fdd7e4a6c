"""The fast engine's interpreter: runs an inference program on windows, one window at a time.

The steps are those of :mod:`.fused_table`. The planner (:mod:`lppn_np.inference`) cuts long rows into tiles,
so that what a step writes is still in the L1 or L2 cache when the next one reads it, and the hidden signal of
an inverted residual never goes to memory.
"""

from __future__ import annotations

import numpy as np

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.fused_table import CLEAR, FILTER, JOIN, MIX, SPLIT, WEAVE
from lppn_np.kernels.microkernel import tile_vector, tile_wide
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.kernels.row_filter import (
    filter_3,
    filter_3_apart,
    filter_5,
    join_row,
    split_row,
)
from lppn_np.kernels.vectors import VECTORS, borrowed
from lppn_np.kernels.weaving import weave_relu_row

_VECTOR = VECTORS.width
_WIDE = VECTORS.width * VECTORS.abreast


@kernel
def run_program(
    logits: Array,
    offsets: Array,
    x: Array,
    program: Array,
    places: Array,
    weights: Array,
    arena: Array,
    entry: Array,
    scale: float,
    sigmoid: bool,
) -> None:
    """Fill logits (B, n_classes, T / S) and offsets (B, T / S) from x (B, 3, T).

    entry (5,) int64: place and row length of the window in the arena, how far its odd samples stand from the
    even ones (0: in their order), place and row length of the heads' rows (logits, then the offset).
    A window's result depends on nothing but the window.
    """
    arena, places, weights, program = borrowed(arena), borrowed(places), borrowed(weights), borrowed(program)
    x_at, x_row, x_odd, heads_at, heads_row = entry[0], entry[1], entry[2], entry[3], entry[4]
    n_classes = logits.shape[1]
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            if x_odd > 0:
                even = np.uintp(x_at + c * x_row)
                odd = np.uintp(even + x_odd)
                for t in range(np.uintp(x.shape[2] // 2)):
                    arena[even + t] = x[n, c, 2 * t]
                    arena[odd + t] = x[n, c, 2 * t + 1]
            else:
                _copy(arena, x_at + c * x_row, x[n, c], 0, x.shape[2])
        for i in range(program.shape[0]):
            run_step(arena, places, weights, program, i)
        for c in range(n_classes):
            _copy(logits[n, c], 0, arena, heads_at + c * heads_row, logits.shape[2])
        _copy(offsets[n], 0, arena, heads_at + n_classes * heads_row, offsets.shape[1])
        _finish_offsets(offsets[n], scale, sigmoid)


@kernel
def _copy(y: Array, y_at: int, x: Array, x_at: int, n: int) -> None:
    """y[y_at + t] = x[x_at + t]. An assignment of slices compiles for three seconds: its error message."""
    target, source = y[y_at:], x[x_at:]
    for t in range(np.uintp(n)):
        target[t] = source[t]


@kernel
def _finish_offsets(offsets: Array, scale: float, sigmoid: bool) -> None:
    one, factor = np.float32(1), np.float32(scale)
    for t in range(offsets.size):
        head = offsets[t]
        offsets[t] = factor * (one / (one + np.exp(-head)) if sigmoid else head)


@kernel
def run_step(arena: Array, places: Array, weights: Array, program: Array, i: int) -> None:
    """Run line i of the table; the arrays are :func:`.vectors.borrowed`."""
    kind = program[i, 0]
    if kind == MIX:
        _mix(arena, places, weights, program, i)
    elif kind == FILTER:
        _filter(arena, places, weights, program, i)
    elif kind == SPLIT:
        x, x_row, n_rows = program[i, 1], program[i, 2], program[i, 3]
        even, odd, y_row = program[i, 4], program[i, 5], program[i, 6]
        n_vectors = (program[i, 7] + _VECTOR - 1) // _VECTOR
        for c in range(n_rows):
            split_row(arena, places, weights, (even + c * y_row, odd + c * y_row, x + c * x_row, n_vectors))
    elif kind == JOIN:
        even, odd, x_row, n_rows = program[i, 1], program[i, 2], program[i, 3], program[i, 4]
        y, y_row = program[i, 5], program[i, 6]
        n_vectors = (program[i, 7] + _VECTOR - 1) // _VECTOR
        for c in range(n_rows):
            join_row(arena, places, weights, (y + c * y_row, even + c * x_row, odd + c * x_row, n_vectors))
    elif kind == WEAVE:
        z, z_row, n_rows = program[i, 1], program[i, 2], program[i, 3]
        f, g, y, y_row = program[i, 4], program[i, 5], program[i, 6], program[i, 7]
        n_vectors = (program[i, 8] + _VECTOR - 1) // _VECTOR
        for c in range(n_rows):
            numbers = (y + c * y_row, z + c * z_row, n_rows * z_row, f, g, n_vectors)
            weave_relu_row(arena, places, weights, numbers)
    elif kind == CLEAR:
        _clear(arena, program, i)


@kernel
def _clear(arena: Array, program: Array, i: int) -> None:
    """Columns outside: LLVM makes a call of memset of each row, slow for the one or two columns of edges."""
    y, y_row, n_rows, n_columns = program[i, 1], program[i, 2], program[i, 3], program[i, 4]
    row, stop = np.uintp(y_row), np.uintp(y + n_rows * y_row)
    for t in range(n_columns):
        at = np.uintp(y + t)
        while at < stop:  # a range of steps would divide
            arena[at] = 0
            at += row


@kernel
def _mix(arena: Array, places: Array, weights: Array, program: Array, i: int) -> None:
    """Columns outside, output channels inside: a tile's inputs stay in L1 while the weights pass by."""
    x, at, n_terms, w, n_out = program[i, 1], program[i, 2], program[i, 3], program[i, 4], program[i, 5]
    y, y_row, n_columns, r, r_row = (
        program[i, 6], program[i, 7], program[i, 8], program[i, 10], program[i, 11],
    )  # fmt: skip
    floor = np.float32(0) if program[i, 9] else np.float32(-np.inf)
    block = OUTPUTS * (n_terms + 1)
    n_blocks = (n_out + OUTPUTS - 1) // OUTPUTS
    t = 0
    while t < n_columns:
        wide = t + _WIDE <= n_columns
        for b in range(n_blocks):
            o = b * OUTPUTS
            residual = r + t + o * r_row if r >= 0 else -1
            if wide:
                tile_wide(
                    arena, y + t + o * y_row, y_row, n_out - o, arena, x + t, places, at, n_terms,
                    weights, w + b * block, floor, arena, residual, r_row,
                )  # fmt: skip
            else:
                tile_vector(
                    arena, y + t + o * y_row, y_row, n_out - o, arena, x + t, places, at, n_terms,
                    weights, w + b * block, floor, arena, residual, r_row,
                )  # fmt: skip
        t += _WIDE if wide else _VECTOR


@kernel
def _filter(arena: Array, places: Array, weights: Array, program: Array, i: int) -> None:
    x, x_row, at, n_taps = program[i, 1], program[i, 2], program[i, 3], program[i, 4]
    w, n_rows, y, y_row = program[i, 5], program[i, 6], program[i, 7], program[i, 8]
    n_vectors = (program[i, 9] + _VECTOR - 1) // _VECTOR
    apart = program[i, 10]
    for c in range(n_rows):
        numbers = (y + c * y_row, x + c * x_row, at, w + c * (n_taps + 1), n_vectors)
        if apart > 0:
            split_numbers = (y + c * y_row, apart + y + c * y_row, *numbers[1:])
            filter_3_apart(arena, places, weights, split_numbers)
        elif n_taps == 3:
            filter_3(arena, places, weights, numbers)
        else:
            filter_5(arena, places, weights, numbers)

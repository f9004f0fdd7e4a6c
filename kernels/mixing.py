"""Rows mixed through the register tiles: convolutions of all sorts, and the gradients of their weights.

What is mixed is a list of *terms*: rows in scratch, each with a place where it starts. A pointwise
convolution has a term for every input channel, a dense one for every channel and tap.

Twins: ``reference.pointwise``, ``reference.dense_conv`` and their gradients; guarded by
tests/kernels/test_mixing.py.
"""

from __future__ import annotations

import numpy as np

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.dweight_tile import SUMS, TERMS, dweight_tile
from lppn_np.kernels.microkernel import tile_scalar, tile_vector, tile_wide
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.kernels.vectors import VECTORS, vector_width

_ABREAST = VECTORS.abreast


@kernel
def mix_rows(
    out: Array,
    out_at: int,
    out_row: int,
    n_out: int,
    n_times: int,
    x: Array,
    x_at: int,
    places: Array,
    packed: Array,
    add: bool,
    rectify: bool,
) -> None:
    """Fill n_times samples of n_out rows of ``out`` with mixtures of the terms, or add them to what is there.

    Row o starts at element out_at + o out_row of out; term i at element x_at + places[i] of x. packed holds
    biases and weights (:func:`.packing.pack`). Rectified is the mixture, before it is added.
    """
    floor = out.dtype.type(0) if rectify else out.dtype.type(-np.inf)
    width = vector_width(out)
    t = 0
    while t < n_times:
        left = n_times - t
        step = _ABREAST * width if left >= _ABREAST * width else width if left >= width else 1
        for o in range(0, n_out, OUTPUTS):
            at = out_at + o * out_row + t
            stored = min(OUTPUTS, n_out - o)
            kept = at if add else -1
            weights = o * (places.size + 1)
            if step == 1:
                tile_scalar(
                    out, at, out_row, stored, x, x_at + t, places, 0, places.size,
                    packed, weights, floor, out, kept, out_row,
                )  # fmt: skip
            elif step == width:
                tile_vector(
                    out, at, out_row, stored, x, x_at + t, places, 0, places.size,
                    packed, weights, floor, out, kept, out_row,
                )  # fmt: skip
            else:
                tile_wide(
                    out, at, out_row, stored, x, x_at + t, places, 0, places.size,
                    packed, weights, floor, out, kept, out_row,
                )  # fmt: skip
        t += step


@kernel
def mix_dweight(
    dweight: Array,
    at: int,
    n_out: int,
    n_terms: int,
    n_vectors: int,
    dout: Array,
    dout_at: int,
    dout_row: int,
    x: Array,
    places: Array,
    aside: Array,
    first: bool,
    last: bool,
) -> None:
    """Add a part of a window to the weight gradient (n_out, n_terms) at element ``at`` of dweight.

    Sums are kept in ``aside`` from the window's first part to its last. Rows of dout and x are whole vectors
    long, with zeros after their end; dout has a multiple of four rows, places as many as whole tiles need.
    """
    size = SUMS * vector_width(dweight)
    kept = 0
    for o in range(0, n_out, OUTPUTS):
        for i in range(0, n_terms, TERMS):
            dweight_tile(
                dweight, at + o * n_terms + i, n_terms, min(OUTPUTS, n_out - o), min(TERMS, n_terms - i),
                dout, dout_at + o * dout_row, dout_row, x, 0, places, i, n_vectors, aside, kept, first, last,
            )  # fmt: skip
            kept += size


@kernel
def mix_products(
    products: Array,
    at: int,
    n_rows: int,
    n_vectors: int,
    x: Array,
    places: Array,
    aside: Array,
    first: bool,
    last: bool,
) -> None:
    """Fill products (n_rows, n_rows) of rows with themselves on and below the diagonal: see mix_dweight."""
    size = SUMS * vector_width(products)
    kept = 0
    for o in range(0, n_rows, OUTPUTS):
        for i in range(0, min(n_rows, o + OUTPUTS), TERMS):
            dweight_tile(
                products, at + o * n_rows + i, n_rows, min(OUTPUTS, n_rows - o), min(TERMS, n_rows - i),
                x, o * x.shape[1], x.shape[1], x, 0, places, i, n_vectors, aside, kept, first, last,
            )  # fmt: skip
            kept += size

"""The register tile of the weight gradients: sums over time of products of rows.

    dweight[o, term] = sum over t of dout[o, t] x[term, t]

Vectors run along time; 4 outputs by 3 terms are 12 sums in registers, and with the 3 inputs and one output's
gradient they fill 16 registers (AVX2; with 32 registers 5 terms). A turn is 7 loads and 12 fused
multiply-adds. A window that is worked on in parts of time puts its sums aside between them, as vectors;
only the last part adds up their elements, four sums at a time. Which element of which vector a product goes
to depends on its place in the window alone, so a gradient is the same whoever computes it.

Rows must be padded with zeros to whole vectors.

Twin: ``reference.pointwise_dweight``; guarded by tests/kernels/test_microkernel.py.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, intrinsic, types
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.kernels.vectors import VECTORS, CountedLoop, Emitter, vector_width

#: Outputs and terms of a tile.
TERMS = VECTORS.abreast if VECTORS.abreast < 4 else 5


def _make_tile() -> Any:
    """Make the intrinsic, or its plain twin where numba compiles nothing."""
    if DISABLED:
        return _plain_tile

    @intrinsic
    def dweight_tile(  # type: ignore[no-untyped-def]
        typing, dw, dw_at, dw_row, n_out, n_in, d, d_at, d_row, x, x_at, places, places_at, n_vectors, aside,
        aside_at, first, last
    ):  # fmt: skip
        arrays = (dw, d, x, places, aside)
        if any(not isinstance(array, types.Array) for array in arrays):
            return None
        at, yes = types.intp, types.boolean
        signature = types.void(
            dw, at, at, at, at, d, at, at, x, at, places, at, at, aside, at, yes, yes
        )  # fmt: skip

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit_tile(Emitter(context, builder, signature.args[0]), signature, arguments)
            return context.get_dummy_value()

        return signature, generate

    return dweight_tile


def emit_tile(e: Emitter, signature: Any, arguments: Any) -> None:
    """Emit one tile; places are in elements from the start of their array.

    dw, dw_at, dw_row (from one output to the next), n_out, n_in (how many of the tile's sums are stored);
    d, d_at, d_row; x, x_at; places, places_at (int64: start of each term's row after x_at; there must be as
    many as the tile has terms); n_vectors (at least 1); aside, aside_at (sums between the parts of a window);
    first, last (whether this part starts from zero, and whether it adds up).
    """
    kinds, builder = signature.args, e.builder
    (dw, dw_at, dw_row, n_out, n_in, d, d_at, d_row, x, x_at, places, places_at, n_vectors, aside, aside_at,
     first, last) = arguments  # fmt: skip
    place = e.pointer(kinds[10], places, places_at)
    source = e.pointer(kinds[8], x, x_at)
    inputs = [builder.gep(source, [e.scalar(place, i)]) for i in range(TERMS)]
    start = e.pointer(kinds[5], d, d_at)
    outputs = [builder.gep(start, [builder.mul(d_row, e.constant(o))]) for o in range(OUTPUTS)]
    kept = e.pointer(kinds[13], aside, aside_at)
    is_first = builder.icmp_unsigned("!=", first, ir.Constant(first.type, 0))
    is_last = builder.icmp_unsigned("!=", last, ir.Constant(last.type, 0))
    zero = ir.Constant(e.vector, None)
    n_sums = OUTPUTS * TERMS
    sums = [builder.select(is_first, zero, e.load(kept, i * e.width)) for i in range(n_sums)]
    with CountedLoop(builder, n_vectors, [*outputs, *inputs, *sums]) as loop:
        ds, xs = loop.values[:OUTPUTS], loop.values[OUTPUTS : OUTPUTS + TERMS]
        sums = loop.values[OUTPUTS + TERMS :]
        vectors = [e.load(pointer) for pointer in xs]
        new = []
        for o in range(OUTPUTS):
            factor = e.load(ds[o])
            new += [e.fmuladd(factor, vectors[i], sums[o * TERMS + i]) for i in range(TERMS)]
        loop.next([builder.gep(pointer, [e.constant(e.width)]) for pointer in (*ds, *xs)] + new)
    sums = loop.results[OUTPUTS + TERMS :]
    with builder.if_else(is_last) as (then, otherwise):
        with then:
            _store_totals(e, sums, e.pointer(kinds[0], dw, dw_at), dw_row, n_out, n_in)
        with otherwise:
            for i, value in enumerate(sums):
                e.store(value, kept, i * e.width)


def _store_totals(e: Emitter, sums: Any, target: Any, row: Any, n_out: Any, n_in: Any) -> None:
    builder = e.builder
    for i in range(TERMS):
        totals = e.totals([sums[o * TERMS + i] for o in range(OUTPUTS)])
        with builder.if_then(builder.icmp_signed(">", n_in, e.constant(i)), likely=True):
            for o, total in enumerate(totals):
                with builder.if_then(builder.icmp_signed(">", n_out, e.constant(o)), likely=True):
                    at = builder.add(builder.mul(row, e.constant(o)), e.constant(i))
                    builder.store(total, builder.gep(target, [at]))


def _plain_tile(  # type: ignore[no-untyped-def]
    dw, dw_at, dw_row, n_out, n_in, d, d_at, d_row, x, x_at, places, places_at, n_vectors, aside, aside_at,
    first, last
):  # fmt: skip
    width = vector_width(dw)
    size = n_vectors * width
    totals, ds, xs = dw.reshape(-1), d.reshape(-1), x.reshape(-1)
    sums = aside.reshape(-1)[aside_at : aside_at + OUTPUTS * TERMS * width].reshape(OUTPUTS, TERMS, width)
    if first:
        sums[:] = 0
    for o in range(OUTPUTS):
        row = ds[d_at + o * d_row :][:size].reshape(n_vectors, width)
        for i in range(TERMS):
            start = x_at + places.reshape(-1)[places_at + i]
            sums[o, i] += (row * xs[start : start + size].reshape(n_vectors, width)).sum(axis=0)
            if last and o < n_out and i < n_in:
                totals[dw_at + o * dw_row + i] = sums[o, i].sum()


dweight_tile = _make_tile()
#: Sums of a tile, in vectors.
SUMS = OUTPUTS * TERMS

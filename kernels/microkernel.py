"""The register tile that nearly all arithmetic of the fast engine runs through.

A convolution's output is cut into tiles of 4 channels by a few vectors of time. A tile's sums stay in
registers while all terms (input channel and tap) pass by; with 16 registers (AVX2):

              x[term, t .. t + 24)
              +--------+--------+--------+      each turn: 3 loads of input, 4 broadcasts of a weight,
              | load 0 | load 1 | load 2 |      12 fused multiply-adds; 12 sums + 3 inputs + 1 weight
              +--------+--------+--------+      are the 16 registers
    w[o    ]  | sum    | sum    | sum    |
    w[o + 1]  | sum    | sum    | sum    |      with 32 registers (AVX-512, NEON) 4 vectors abreast
    w[o + 2]  | sum    | sum    | sum    |
    w[o + 3]  | sum    | sum    | sum    |
              +--------+--------+--------+

Sums start at the bias and are rectified (or not) on the way out; a residual is added after that. ``places``
says where each term's row starts, so that one emission serves pointwise convolutions, taps, strides (rows
with their phases apart) and concatenation. Every sum takes its terms in the same order in every tile, so a
sample's result does not depend on which tile it falls into.

    4 x 3 vectors of 8: 39 GFLOP/s of a Zen 1 core whose peak is 40 (64 -> 40 channels, 192 samples);
    4 x 2: 37, 4 x 4 (spills): 28, 4 x 1: 28.

Twin: ``reference.pointwise``; guarded by tests/kernels/test_microkernel.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, intrinsic, types
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.kernels.vectors import VECTORS, CountedLoop, Emitter, vector_width


def _make_tile(abreast: int, scalar: bool) -> Any:
    """Make the intrinsic for tiles of ``abreast`` vectors, or of one sample; its plain twin without numba."""
    if DISABLED:
        return _make_plain_tile(abreast, scalar)

    @intrinsic
    def tile(  # type: ignore[no-untyped-def]
        typing, y, y_at, y_row, n_out, x, x_at, places, places_at, n_terms, w, w_at, floor, r, r_at, r_row
    ):
        arrays = {"y": y, "x": x, "places": places, "w": w, "r": r}
        if any(not isinstance(array, types.Array) for array in arrays.values()):
            return None
        at = types.intp
        signature = types.void(y, at, at, at, x, at, places, at, at, w, at, y.dtype, r, at, at)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit_tile(
                Emitter(context, builder, signature.args[0], 1 if scalar else None),
                abreast,
                signature,
                arguments,
            )
            return context.get_dummy_value()

        return signature, generate

    return tile


def emit_tile(e: Emitter, abreast: int, signature: Any, arguments: Any) -> None:
    """Emit one tile: y[o, t] = max(floor, b[o] + sum over terms of w[o, term] x[term, t]) + r[o, t].

    Arguments of the intrinsic, places in elements from the start of their array:
    y, y_at, y_row (from one output channel to the next), n_out (of the 4 channels, how many are stored);
    x, x_at; places, places_at (int64: start of each term's row after x_at), n_terms;
    w, w_at (a packed block: 4 biases, then 4 weights a term); floor (0 rectifies, -inf does not);
    r, r_at (below 0: no residual), r_row.
    """
    kinds, builder = signature.args, e.builder
    y, y_at, y_row, n_out, x, x_at, places, places_at, n_terms, w, w_at, floor, r, r_at, r_row = arguments
    weights = e.pointer(kinds[9], w, w_at)
    source = e.pointer(kinds[4], x, x_at)
    place = e.pointer(kinds[6], places, places_at)
    biases = [e.splat(e.scalar(weights, o)) for o in range(OUTPUTS)]
    sums = [bias for bias in biases for _ in range(abreast)]
    first = builder.gep(weights, [e.constant(OUTPUTS)])
    with CountedLoop(builder, n_terms, [first, place, *sums]) as loop:
        weight, place, *sums = loop.values
        row = builder.gep(source, [builder.load(place)])
        inputs = [e.load(row, v * e.width) for v in range(abreast)]
        new = []
        for o in range(OUTPUTS):
            factor = e.splat(e.scalar(weight, o))
            new += [e.fmuladd(factor, inputs[v], sums[o * abreast + v]) for v in range(abreast)]
        on = [builder.gep(weight, [e.constant(OUTPUTS)]), builder.gep(place, [e.constant(1)])]
        loop.next([*on, *new])
    sums = _rectified(e, loop.results[2:], floor)
    rows = [sums[o * abreast : (o + 1) * abreast] for o in range(OUTPUTS)]
    target = e.pointer(kinds[0], y, y_at)
    has_residual = builder.icmp_signed(">=", r_at, e.constant(0))
    with builder.if_else(has_residual) as (then, otherwise):
        with then:
            _store_rows(e, rows, target, y_row, n_out, (e.pointer(kinds[12], r, r_at), r_row))
        with otherwise:
            _store_rows(e, rows, target, y_row, n_out, None)


def _rectified(e: Emitter, sums: list[Any], floor: Any) -> list[Any]:
    """Return max(floor, sum); a floor of -inf is told once, not by twelve comparisons of vectors."""
    builder, before = e.builder, e.builder.block
    with builder.if_then(builder.fcmp_ordered(">", floor, ir.Constant(floor.type, float("-inf")))):
        raised, end = [e.at_least(value, e.splat(floor)) for value in sums], builder.block
    results = [builder.phi(e.vector) for _ in sums]
    for result, value, above in zip(results, sums, raised, strict=True):
        result.add_incoming(value, before)
        result.add_incoming(above, end)
    return results


def _store_rows(e: Emitter, rows: Any, target: Any, y_row: Any, n_out: Any, residual: Any) -> None:
    builder = e.builder
    for o, row in enumerate(rows):
        with builder.if_then(builder.icmp_signed(">", n_out, e.constant(o)), likely=True):
            start = builder.gep(target, [builder.mul(y_row, e.constant(o))])
            for v, value in enumerate(row):
                if residual is not None:
                    other = builder.gep(residual[0], [builder.mul(residual[1], e.constant(o))])
                    value = builder.fadd(value, e.load(other, v * e.width))
                e.store(value, start, v * e.width)


def _make_plain_tile(abreast: int, scalar: bool) -> Any:
    """Make a function that does what the emitted tile does, for runs where numba compiles nothing."""

    def tile(  # type: ignore[no-untyped-def]
        y, y_at, y_row, n_out, x, x_at, places, places_at, n_terms, w, w_at, floor, r, r_at, r_row
    ):
        n_times = 1 if scalar else abreast * vector_width(y)
        outputs, inputs, residuals = y.reshape(-1), x.reshape(-1), r.reshape(-1)
        block = w.reshape(-1)[w_at : w_at + OUTPUTS * (n_terms + 1)].reshape(n_terms + 1, OUTPUTS)
        sums = np.repeat(block[0][:, None], n_times, axis=1)
        for term, place in enumerate(places.reshape(-1)[places_at : places_at + n_terms]):
            start = x_at + place
            sums += block[term + 1][:, None] * inputs[start : start + n_times]
        sums = np.where(sums < floor, floor, sums)
        for o in range(min(n_out, OUTPUTS)):
            if r_at >= 0:
                start = r_at + o * r_row
                sums[o] += residuals[start : start + n_times]
            start = y_at + o * y_row
            outputs[start : start + n_times] = sums[o]

    return tile


tile_wide = _make_tile(VECTORS.abreast, scalar=False)
tile_vector = _make_tile(1, scalar=False)
tile_scalar = _make_tile(1, scalar=True)

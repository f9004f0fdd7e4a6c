"""Rows between two pointwise convolutions: filtered, their phases apart or joined.

Each function is emitted (see :mod:`.vectors`), works on one row, and writes whole vectors: rows are padded.
Beside each emission stands its twin in NumPy, which also runs where numba compiles nothing; guarded by
tests/kernels/test_row_filter.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, Array, intrinsic, types
from lppn_np.kernels.vectors import VECTORS, CountedLoop, Emitter, vector_width

#: Vectors that a filter makes in one turn (8 floats on Zen 1, cycles a vector: 1: 6.0, 2: 4.9, 3: 4.9).
_AT_ONCE = 2
#: Floats in the vectors of emissions that shuffle. AVX has no quick way across the middle of a vector of
#: eight (split on Zen 1, cycles for 8 columns of each phase: 8.4 in vectors of eight, 6.0 of four).
_SHUFFLED = 4 if VECTORS.width == 8 else VECTORS.width


def row_intrinsic(
    emit: Callable[..., None], twin: Callable[..., None], n_indices: int, width: int | None = None
) -> Any:
    """Make an intrinsic (a, places, weights, indices): float array, int64 array, float array, integers."""
    if DISABLED:
        return lambda a, places, weights, indices: twin(a, places, weights, *indices)

    @intrinsic
    def row(typing, a, places, weights, indices):  # type: ignore[no-untyped-def]
        if not isinstance(indices, types.UniTuple) or indices.count != n_indices:
            return None
        signature = types.void(a, places, weights, types.UniTuple(types.intp, n_indices))

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emitter = Emitter(context, builder, signature.args[0], width)
            array, place, weight, tuple_ = arguments
            pointers = (
                emitter.pointer(signature.args[0], array, emitter.constant(0)),
                emitter.pointer(signature.args[1], place, emitter.constant(0)),
                emitter.pointer(signature.args[2], weight, emitter.constant(0)),
            )
            numbers = [builder.extract_value(tuple_, i) for i in range(n_indices)]
            emit(emitter, *pointers, *numbers)
            return context.get_dummy_value()

        return signature, generate

    return row


def _filter(n_taps: int) -> Callable[..., None]:
    def emit(
        e: Emitter, a: Any, places: Any, weights: Any, y: Any, x: Any, at: Any, w: Any, n_vectors: Any
    ) -> None:
        """a[y + t] = max(0, b + sum over k of w[k] a[x + places[at + k] + t]); weights[w:] is b, w[0], ..."""
        builder = e.builder
        bias, factors, taps = _filter_rows(e, a, places, weights, x, at, w, n_taps)
        target = builder.gep(a, [y])
        zero = ir.Constant(e.vector, None)
        turns = builder.udiv(builder.add(n_vectors, e.constant(_AT_ONCE - 1)), e.constant(_AT_ONCE))
        with CountedLoop(builder, turns, []) as loop:
            here = builder.mul(loop.index, e.constant(_AT_ONCE * e.width))
            totals = [bias] * _AT_ONCE
            for factor, tap in zip(factors, taps, strict=True):
                row = builder.gep(tap, [here])
                totals = [e.fmuladd(factor, e.load(row, v * e.width), totals[v]) for v in range(_AT_ONCE)]
            for v, total in enumerate(totals):
                e.store(e.at_least(total, zero), builder.gep(target, [here]), v * e.width)
            loop.next([])

    return emit


def _filter_apart(
    e: Emitter,
    a: Any,
    places: Any,
    weights: Any,
    even: Any,
    odd: Any,
    x: Any,
    at: Any,
    w: Any,
    n_vectors: Any,
) -> None:
    """Apply the filter of three taps; even columns go to a[even:], odd ones to a[odd:]."""
    builder, width = e.builder, e.width
    bias, factors, taps = _filter_rows(e, a, places, weights, x, at, w, 3)
    targets, zero = [builder.gep(a, [y]) for y in (even, odd)], ir.Constant(e.vector, None)
    pairs = VECTORS.width // width
    turns = builder.udiv(builder.add(n_vectors, e.constant(1)), e.constant(2))
    with CountedLoop(builder, turns, []) as loop:
        here = builder.mul(loop.index, e.constant(pairs * width))
        totals = [bias] * (2 * pairs)
        for factor, tap in zip(factors, taps, strict=True):
            row = builder.gep(tap, [builder.mul(here, e.constant(2))])
            totals = [e.fmuladd(factor, e.load(row, v * width), totals[v]) for v in range(2 * pairs)]
        totals = [e.at_least(total, zero) for total in totals]
        for phase, target in enumerate(targets):
            for p in range(pairs):
                one = e.shuffle(totals[2 * p], totals[2 * p + 1], range(phase, 2 * width, 2))
                e.store(one, builder.gep(target, [here]), p * width)
        loop.next([])


def _filter_rows(
    e: Emitter, a: Any, places: Any, weights: Any, x: Any, at: Any, w: Any, n_taps: int
) -> tuple[Any, list[Any], list[Any]]:
    """Load a filter's bias and factors as vectors, and find the row of each tap."""
    builder = e.builder
    bias = e.splat(e.scalar(weights, w))
    factors = [e.splat(e.scalar(weights, builder.add(w, e.constant(k + 1)))) for k in range(n_taps)]
    places_of_taps = [e.scalar(places, builder.add(at, e.constant(k))) for k in range(n_taps)]
    return bias, factors, [builder.gep(a, [builder.add(x, place)]) for place in places_of_taps]


def filter_apart_twin(
    a: Array, places: Array, weights: Array, even: int, odd: int, x: int, at: int, w: int, n_vectors: int
) -> None:
    """Twin of the filter that puts phases apart."""
    n = -(-n_vectors // 2) * 2 * vector_width(a)
    total = np.full(n, weights[w])
    for k in range(3):
        start = x + places[at + k]
        total += weights[w + 1 + k] * a[start : start + n]
    total = np.where(total < 0, 0, total)
    a[even : even + n // 2] = total[0::2]
    a[odd : odd + n // 2] = total[1::2]


def filter_twin(n_taps: int) -> Callable[..., None]:
    """Return the twin of the filter with so many taps."""

    def run(a: Array, places: Array, weights: Array, y: int, x: int, at: int, w: int, n_vectors: int) -> None:
        n = -(-n_vectors // _AT_ONCE) * _AT_ONCE * vector_width(a)
        total = np.full(n, weights[w])
        for k in range(n_taps):
            start = x + places[at + k]
            total += weights[w + 1 + k] * a[start : start + n]
        a[y : y + n] = np.where(total < 0, 0, total)

    return run


def _split(
    e: Emitter, a: Any, places: Any, weights: Any, even: Any, odd: Any, x: Any, n_vectors: Any
) -> None:
    """a[even + j] = a[x + 2 j], a[odd + j] = a[x + 2 j + 1]."""
    builder, width = e.builder, e.width
    evens, odds, source = (builder.gep(a, [at]) for at in (even, odd, x))
    with CountedLoop(builder, e.turns(n_vectors), []) as loop:
        here = builder.mul(loop.index, e.constant(width))
        row = builder.gep(source, [builder.mul(loop.index, e.constant(2 * width))])
        first, second = e.load(row), e.load(row, width)
        e.store(e.shuffle(first, second, range(0, 2 * width, 2)), builder.gep(evens, [here]))
        e.store(e.shuffle(first, second, range(1, 2 * width, 2)), builder.gep(odds, [here]))
        loop.next([])


def split_twin(a: Array, places: Array, weights: Array, even: int, odd: int, x: int, n_vectors: int) -> None:
    """Twin of the split."""
    n = n_vectors * vector_width(a)
    row = a[x : x + 2 * n].copy()
    a[even : even + n] = row[0::2]
    a[odd : odd + n] = row[1::2]


def _join(e: Emitter, a: Any, places: Any, weights: Any, y: Any, even: Any, odd: Any, n_vectors: Any) -> None:
    """a[y + 2 j] = a[even + j], a[y + 2 j + 1] = a[odd + j]."""
    builder = e.builder
    target, evens, odds = (builder.gep(a, [at]) for at in (y, even, odd))
    with CountedLoop(builder, e.turns(n_vectors), []) as loop:
        here = builder.mul(loop.index, e.constant(e.width))
        pair = e.load(builder.gep(evens, [here])), e.load(builder.gep(odds, [here]))
        e.store_alternating(*pair, builder.gep(target, [builder.mul(here, e.constant(2))]))
        loop.next([])


def join_twin(a: Array, places: Array, weights: Array, y: int, even: int, odd: int, n_vectors: int) -> None:
    """Twin of the join."""
    n = n_vectors * vector_width(a)
    a[y : y + 2 * n] = np.stack([a[even : even + n], a[odd : odd + n]], axis=1).ravel()


filter_3 = row_intrinsic(_filter(3), filter_twin(3), 5)
filter_5 = row_intrinsic(_filter(5), filter_twin(5), 5)
filter_3_apart = row_intrinsic(_filter_apart, filter_apart_twin, 6, _SHUFFLED)
split_row = row_intrinsic(_split, split_twin, 4, _SHUFFLED)
join_row = row_intrinsic(_join, join_twin, 4, _SHUFFLED)

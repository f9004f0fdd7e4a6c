"""The way back through a ReLU and into the sums of a normalisation, as vectors.

    du = dy where scale z + shift > 0, else 0;   total = sum of du,   product = sum of du (z - mean)

Written as a loop, LLVM stores the zeros through a mask: 12 cycles for eight samples on Zen 1. Emitted as a
select it takes 7. Two vectors a turn, so that four sums are under way.

Twin: :func:`finish_twin`, which also runs where numba compiles nothing; guarded by
tests/kernels/test_finishing.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, Array, intrinsic, types
from lppn_np.kernels.vectors import CountedLoop, Emitter, vector_width

#: Vectors of a turn.
ABREAST = 2


def _make() -> Any:
    """Make the intrinsic, or its plain twin where numba compiles nothing."""
    if DISABLED:
        return finish_twin

    @intrinsic
    def finish(typing, du, dy, z, scale, shift, mean, n_turns):  # type: ignore[no-untyped-def]
        if any(not isinstance(array, types.Array) for array in (du, dy, z)):
            return None
        number = du.dtype
        signature = types.UniTuple(number, 2)(du, dy, z, number, number, number, types.intp)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emitter = Emitter(context, builder, signature.args[0])
            sums = _emit(emitter, signature.args, arguments)
            return context.make_tuple(builder, signature.return_type, sums)

        return signature, generate

    return finish


def _emit(e: Emitter, kinds: Any, arguments: Any) -> tuple[Any, Any]:
    builder, width = e.builder, e.width
    scale, shift, mean = (e.splat(number) for number in arguments[3:6])
    target, source, below = (
        e.pointer(kind, array, e.constant(0)) for kind, array in zip(kinds[:3], arguments[:3], strict=True)
    )
    zero = ir.Constant(e.vector, None)
    with CountedLoop(builder, arguments[6], [zero] * (2 * ABREAST)) as loop:
        start = builder.mul(loop.index, e.constant(ABREAST * width))
        y, dy, z = (builder.gep(pointer, [start]) for pointer in (target, source, below))
        new = []
        for v in range(ABREAST):
            value = e.load(z, v * width)
            passes = builder.fcmp_ordered(">", e.fmuladd(scale, value, shift), zero)
            gradient = builder.select(passes, e.load(dy, v * width), zero)
            e.store(gradient, y, v * width)
            total, product = loop.values[2 * v : 2 * v + 2]
            new += [
                builder.fadd(total, gradient),
                e.fmuladd(gradient, builder.fsub(value, mean), product),
            ]
        loop.next(new)
    totals, products = loop.results[0::2], loop.results[1::2]
    return _sum(e, totals), _sum(e, products)


def _sum(e: Emitter, vectors: list[Any]) -> Any:
    total = vectors[0]
    for vector in vectors[1:]:
        total = e.builder.fadd(total, vector)
    return e.totals([total])[0]


def finish_twin(
    du: Array, dy: Array, z: Array, scale: float, shift: float, mean: float, n_turns: int
) -> tuple[float, float]:
    """Fill du (T,) of so many turns from dy and z (T,), and return total and product."""
    n = n_turns * ABREAST * vector_width(du)
    du[:n] = np.where(scale * z[:n] + shift > 0, dy[:n], 0)
    return du[:n].sum(), (du[:n] * (z[:n] - mean)).sum()


finish_vectors = _make()

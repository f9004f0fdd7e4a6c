"""The most multiply-adds one core can do: what the other kernels are measured against.

Chains of fused multiply-adds that do not wait for each other, all in registers. No layer is computed here.
Twin: :func:`chains_twin`; guarded by tests/kernels/test_peak.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, Array, cgutils, intrinsic, kernel, types
from lppn_np.kernels.vectors import INDEX, CountedLoop

#: Chains side by side. A multiply-add takes 4 or 5 cycles and cores start two a cycle: 8 to 10 would do.
#: With two constants 12 still fit the 16 registers of AVX2.
CHAINS = 12
#: Floats in a vector, to choose from: SSE and NEON, AVX2, AVX-512. Wider than the core is made of pieces.
WIDTHS = (4, 8, 16)


def _chains_of(width: int) -> Any:
    """Make the intrinsic ``run(out, turns)`` for vectors of ``width`` floats."""
    if DISABLED:
        return lambda out, turns: chains_twin(out, turns, width)

    @intrinsic
    def run(typing, out, turns):  # type: ignore[no-untyped-def]
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            _emit(builder, data, arguments[1], width)
            return context.get_dummy_value()

        return types.void(out, types.intp), generate

    return run


def chains_twin(out: Array, turns: int, width: int) -> None:
    """Twin of the chains: x <- x factor + summand; factor and summand stand behind the chains."""
    chains, factor, summand = out[: CHAINS * width], out[-2 * width : -width], out[-width:]
    for _ in range(turns):
        chains[:] = chains * np.tile(factor, CHAINS) + np.tile(summand, CHAINS)


def _emit(builder: Any, data: Any, turns: Any, width: int) -> None:
    """Emit a loop around the chains; they start from ``data`` and end there, or it would all be left out."""
    vector = ir.VectorType(ir.FloatType(), width)
    start = builder.bitcast(data, vector.as_pointer())
    places = [builder.gep(start, [ir.Constant(INDEX, index)]) for index in range(CHAINS + 2)]
    *chains, factor, summand = [builder.load(place, align=4) for place in places]
    signature = ir.FunctionType(vector, [vector] * 3)
    fma = cgutils.get_or_insert_function(builder.module, signature, f"llvm.fma.v{width}f32")
    with CountedLoop(builder, turns, chains) as loop:
        loop.next([builder.call(fma, [chain, factor, summand]) for chain in loop.values])
    for result, place in zip(loop.results, places, strict=False):
        builder.store(result, place, align=4)


_run_4, _run_8, _run_16 = (_chains_of(width) for width in WIDTHS)


@kernel
def multiply_add_chains_4(out: Array, turns: int) -> None:
    """Run the chains on the first ``14 * 4`` floats of ``out``, ``turns`` >= 1 times."""
    _run_4(out, turns)


@kernel
def multiply_add_chains_8(out: Array, turns: int) -> None:
    """Run the chains on the first ``14 * 8`` floats of ``out``, ``turns`` >= 1 times."""
    _run_8(out, turns)


@kernel
def multiply_add_chains_16(out: Array, turns: int) -> None:
    """Run the chains on the first ``14 * 16`` floats of ``out``, ``turns`` >= 1 times."""
    _run_16(out, turns)

"""The most multiply-adds one core can do: what the other kernels are measured against.

Chains of fused multiply-adds that do not wait for each other, all in registers. No layer is computed here.
Twin: :func:`lppn_np.kernels.reference.multiply_add_chains`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from lppn_np.kernels._jit import Array, intrinsic, kernel

#: Chains side by side. A multiply-add takes 4 or 5 cycles and cores start two a cycle: 8 to 10 would do.
#: With two constants 12 still fit the 16 registers of AVX2.
CHAINS = 12
#: Floats in a vector, to choose from: SSE and NEON, AVX2, AVX-512. Wider than the core is made of pieces.
WIDTHS = (4, 8, 16)


def _chains_of(width: int) -> Any:
    """Intrinsic ``run(out, turns)`` for vectors of ``width`` floats."""

    @intrinsic  # type: ignore[untyped-decorator]
    def run(typing_context: Any, out: Any, turns: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            _emit(builder, data, arguments[1], width)
            return arguments[1]

        return turns(out, turns), emit

    return run


def _emit(builder: Any, data: Any, turns: Any, width: int) -> None:
    """Emit a loop around the chains; they start from ``data`` and end there, or it would all be left out."""
    vector = ir.VectorType(ir.FloatType(), width)
    start = builder.bitcast(data, vector.as_pointer())
    places = [builder.gep(start, [ir.IntType(64)(index)]) for index in range(CHAINS + 2)]
    values = [builder.load(place, align=4) for place in places]
    factor, summand = values[CHAINS:]
    before, body = builder.block, builder.append_basic_block("chains")
    after = builder.append_basic_block("after")
    builder.branch(body)
    builder.position_at_end(body)
    count = builder.phi(turns.type)
    chains = [builder.phi(vector) for _ in range(CHAINS)]
    name = f"llvm.fma.v{width}f32"  # llvmlite's own fma knows no vectors
    fma = builder.module.globals.get(name) or ir.Function(
        builder.module, ir.FunctionType(vector, [vector] * 3), name
    )
    results = [builder.call(fma, [chain, factor, summand]) for chain in chains]
    left = builder.sub(count, turns.type(1))
    builder.cbranch(builder.icmp_signed(">", left, turns.type(0)), body, after)
    for phi, first, again in zip([count, *chains], [turns, *values], [left, *results], strict=False):
        phi.add_incoming(first, before)
        phi.add_incoming(again, body)
    builder.position_at_end(after)
    for result, place in zip(results, places, strict=False):
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

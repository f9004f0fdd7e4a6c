"""Vectors of the CPU at hand, and the few LLVM instructions that microkernels are emitted with.

The width comes from the features that numba compiles for, so that ``NUMBA_CPU_NAME`` and
``NUMBA_CPU_FEATURES`` are obeyed and no CPU is known by name. Without AVX or NEON the vectors of x86-64's
baseline (four floats) are used; a multiply-add then is two instructions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, Array, cgutils, cpu_features, intrinsic, kernel, types

INDEX = ir.IntType(64)


@dataclass(frozen=True)
class Vectors:
    """What the microkernels are shaped by.

    Attributes
    ----------
    width : int
        float32 in one vector.
    abreast : int
        Vectors side by side in the register tile of :mod:`.microkernel`: its accumulators, inputs and one
        weight fill the register file (16 registers: 3; 32: 4; without fused multiply-add one is lost: 2).
    """

    width: int
    abreast: int


def choose_vectors(machine: str, features: set[str]) -> Vectors:
    """Pick the shape for a machine ("x86_64", "aarch64" ...) and LLVM's names of its features."""
    if "avx512f" in features:
        return Vectors(16, 4)
    if "avx" in features:
        return Vectors(8, 3 if "fma" in features else 2)
    if machine in ("aarch64", "arm64"):
        return Vectors(4, 4)
    return Vectors(4, 2)


VECTORS = choose_vectors(*cpu_features())
_BYTES = 4 * VECTORS.width


@kernel
def vector_width(array: Array) -> int:
    """Return how many elements of an array are in one vector: half as many float64 as float32."""
    return _BYTES // array.itemsize


def _make_borrowed() -> Any:
    if DISABLED:
        return lambda array: array

    @intrinsic
    def borrowed(typing, array):  # type: ignore[no-untyped-def]
        if not isinstance(array, types.Array):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            view = context.make_array(signature.args[0])(context, builder, arguments[0])
            view.meminfo = ir.Constant(view.meminfo.type, None)
            return view._getvalue()

        return array(array), generate

    return borrowed


#: The same array without an owner, for as long as the caller's own reference lives. Numba counts references
#: to arrays that are passed on, in atomic additions: 60 ns for each step of an inference program.
borrowed = _make_borrowed()


class Emitter:
    """Instructions on vectors of one array type, appended where ``builder`` stands.

    Parameters
    ----------
    context, builder
        Of the intrinsic's code generation.
    array_type
        Numba's type of an array of float32 or float64.
    width : int, optional
        Elements in a vector, if not as many as the CPU's hold; 1 for the tails of arrays that are not padded.
    """

    def __init__(self, context: Any, builder: Any, array_type: Any, width: int | None = None) -> None:
        self.context, self.builder = context, builder
        self.element = context.get_value_type(array_type.dtype)
        bits = array_type.dtype.bitwidth
        self._native = VECTORS.width * 32 // bits
        self.width = width or self._native
        self.vector = self.element if self.width == 1 else ir.VectorType(self.element, self.width)
        suffix = f"f{bits}" if self.width == 1 else f"v{self.width}f{bits}"
        signature = ir.FunctionType(self.vector, [self.vector] * 3)
        # fmuladd, not fma: without the instruction LLVM multiplies and adds instead of calling libm.
        self._fmuladd = cgutils.get_or_insert_function(builder.module, signature, f"llvm.fmuladd.{suffix}")

    def pointer(self, array_type: Any, array: Any, at: Any) -> Any:
        """Address of an array's element, counted in memory order."""
        data = self.context.make_array(array_type)(self.context, self.builder, array).data
        return self.builder.gep(data, [at])

    def constant(self, number: int) -> Any:
        """Return an index."""
        return ir.Constant(INDEX, number)

    def scalar(self, pointer: Any, at: int | Any = 0) -> Any:
        """Load one element, ``at`` elements on."""
        index = self.constant(at) if isinstance(at, int) else at
        return self.builder.load(self.builder.gep(pointer, [index]))

    def load(self, pointer: Any, at: int = 0) -> Any:
        """Load a vector that may stand anywhere, ``at`` elements on."""
        return self.builder.load(self._as_vector(pointer, at), align=4)

    def store(self, vector: Any, pointer: Any, at: int = 0) -> None:
        """Store a vector, ``at`` elements on."""
        self.builder.store(vector, self._as_vector(pointer, at), align=4)

    def splat(self, scalar: Any) -> Any:
        """Return a vector of equal elements."""
        if self.width == 1:
            return scalar
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return self.builder.shuffle_vector(first, undefined, mask)

    def shuffle(self, a: Any, b: Any, order: Iterable[int]) -> Any:
        """Return the vector of the elements ``order`` of a and b side by side."""
        numbers = list(order)
        return self.builder.shuffle_vector(
            a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), numbers)
        )

    def every_second(self, a: Any, b: Any, first: int) -> Any:
        """Return every second element of a and b side by side, from ``first`` on."""
        return self.shuffle(a, b, range(first, 2 * self.width, 2))

    def store_alternating(self, a: Any, b: Any, pointer: Any) -> None:
        """Store a[0], b[0], a[1], b[1] ..."""
        for half, vector in enumerate(self.alternate(a, b)):
            self.store(vector, pointer, half * self.width)

    def turns(self, n_vectors: Any) -> Any:
        """How many vectors of this emission are in so many of the CPU's."""
        return self.builder.mul(n_vectors, self.constant(self._native // self.width))

    def alternate(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Undo :meth:`every_second`: the two vectors of a[0], b[0], a[1], b[1] ..."""
        order = [index for j in range(self.width) for index in (j, self.width + j)]
        return self.shuffle(a, b, order[: self.width]), self.shuffle(a, b, order[self.width :])

    def fmuladd(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c."""
        return self.builder.call(self._fmuladd, [a, b, c])

    def at_least(self, vector: Any, floor: Any) -> Any:
        """Return the larger of the two, element by element; a NaN is not below the floor and stays."""
        return self.builder.select(self.builder.fcmp_ordered("<", vector, floor), floor, vector)

    def totals(self, vectors: list[Any]) -> list[Any]:
        """Return the sum of each vector's elements; of four vectors of eight in 8 shuffles and 4 additions.

        Pairs are added half to half: (a, b) -> (a low + a high, b low + b high), again and again.
        """
        width, parts = self.width, 1  # each vector holds this many partly added ones
        while len(vectors) > 1 and len(vectors) % 2 == 0 and width // parts > 1:
            size = width // parts
            first = [s * size + i for s in range(2 * parts) for i in range(size // 2)]
            second = [place + size // 2 for place in first]
            vectors = [
                self.builder.fadd(self.shuffle(a, b, first), self.shuffle(a, b, second))
                for a, b in zip(vectors[::2], vectors[1::2], strict=True)
            ]
            parts *= 2
        results = []
        for vector in vectors:
            size = width // parts
            while size > 1:
                first = [s * size + i for s in range(parts) for i in range(size // 2)]
                second = [place + size // 2 for place in first]
                vector = self.builder.fadd(
                    self.shuffle(vector, vector, first), self.shuffle(vector, vector, second)
                )
                size //= 2
            results += [self.builder.extract_element(vector, self._lane(i)) for i in range(parts)]
        return results

    def _lane(self, number: int) -> Any:
        return ir.Constant(ir.IntType(32), number)

    def _as_vector(self, pointer: Any, at: int) -> Any:
        return self.builder.bitcast(self.builder.gep(pointer, [self.constant(at)]), self.vector.as_pointer())


class CountedLoop:
    """``for i in range(count)`` with values that are carried from one turn to the next, as in SSA form.

    Use as a context manager inside an emission: ``with CountedLoop(builder, count, starts) as loop`` gives
    ``loop.values``; ``loop.next(values)`` ends the turn. Afterwards ``loop.results`` holds the last values.
    The count must be at least 1.
    """

    def __init__(self, builder: Any, count: Any, starts: list[Any]) -> None:
        self._builder, self._count, self._starts = builder, count, starts
        self.results: list[Any] = []

    def __enter__(self) -> CountedLoop:
        builder = self._builder
        before = builder.block
        self._body = builder.append_basic_block("turn")
        builder.branch(self._body)
        builder.position_at_end(self._body)
        self.index = builder.phi(INDEX)
        self.index.add_incoming(ir.Constant(INDEX, 0), before)
        self.values = [builder.phi(start.type) for start in self._starts]
        for phi, start in zip(self.values, self._starts, strict=True):
            phi.add_incoming(start, before)
        return self

    def next(self, values: list[Any]) -> None:
        """Carry ``values`` into the next turn."""
        builder, end = self._builder, self._builder.block
        following = builder.add(self.index, ir.Constant(INDEX, 1))
        self.index.add_incoming(following, end)
        for phi, value in zip(self.values, values, strict=True):
            phi.add_incoming(value, end)
        after = builder.append_basic_block("after")
        builder.cbranch(builder.icmp_signed("<", following, self._count), self._body, after)
        builder.position_at_end(after)
        self.results = values

    def __exit__(self, *problem: object) -> None:
        return None

"""The way back through a depthwise convolution of three taps and the ReLU below it, in one reading.

With y = max(u, 0), u = scale z + shift, and dz the gradient of the output, zero outside:

    stride 1:  dy[t] = w0 dz[t+1] + w1 dz[t] + w2 dz[t-1]
               dw0 = sum of dz[t+1] y[t],  dw1 of dz[t] y[t],  dw2 of dz[t-1] y[t]
    stride 2:  dy[2t] = w1 dz[t],  dy[2t+1] = w2 dz[t] + w0 dz[t+1]
               dw0 = sum of dz[t+1] y[2t+1],  dw1 of dz[t] y[2t],  dw2 of dz[t] y[2t+1]
    du = dy where u > 0, else 0;  total = sum of du,  product = sum of du (z - mean)

y is made and used in registers; only z and dz are read, only du is written. Pass by pass (activation, phases,
three sums, their transpose, the ReLU) it took twice the time.

Twin: :func:`back_twin`, which also runs where numba compiles nothing; guarded by
tests/kernels/test_depthwise_back.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, Array, intrinsic, types
from lppn_np.kernels.vectors import CountedLoop, Emitter, vector_width

#: total, product, dw0, dw1, dw2.
_SUMS = 5


def _make(stride: int) -> Any:
    """Make the intrinsic of a stride, or its plain twin where numba compiles nothing."""
    if DISABLED:
        return lambda du, dz, z, numbers, n_turns: back_twin(stride, du, dz, z, numbers, n_turns)

    @intrinsic
    def back(typing, du, dz, z, numbers, n_turns):  # type: ignore[no-untyped-def]
        if any(not isinstance(array, types.Array) for array in (du, dz, z)):
            return None
        number = du.dtype
        signature = types.UniTuple(number, _SUMS)(du, dz, z, types.UniTuple(number, 6), types.intp)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emitter = Emitter(context, builder, signature.args[0])
            values = [builder.extract_value(arguments[3], i) for i in range(6)]
            pointers = [
                emitter.pointer(kind, array, emitter.constant(0))
                for kind, array in zip(signature.args[:3], arguments[:3], strict=True)
            ]
            sums = _emit(emitter, stride, pointers, [emitter.splat(v) for v in values], arguments[4])
            totals = [emitter.totals([vector])[0] for vector in sums]
            return context.make_tuple(builder, signature.return_type, totals)

        return signature, generate

    return back


def _emit(e: Emitter, stride: int, pointers: list[Any], numbers: list[Any], n_turns: Any) -> list[Any]:
    """Emit the loop over turns of one vector of outputs."""
    builder, width = e.builder, e.width
    scale, shift, mean, *taps = numbers
    zero = ir.Constant(e.vector, None)
    with CountedLoop(builder, n_turns, [zero] * _SUMS) as loop:
        here = builder.mul(loop.index, e.constant(width))
        below = builder.mul(loop.index, e.constant(stride * width))
        du, z = builder.gep(pointers[0], [below]), builder.gep(pointers[2], [below])
        before, now, after = (e.load(builder.gep(pointers[1], [here]), offset) for offset in (0, 1, 2))
        rows = [e.load(z, p * width) for p in range(stride)]
        if stride == 1:
            found = [
                _backward(e, rows[0], scale, shift, [(taps[0], after), (taps[1], now), (taps[2], before)])
            ]
            pairs = [(after, 0), (now, 0), (before, 0)]
        else:
            even = e.shuffle(rows[0], rows[1], range(0, 2 * width, 2))
            odd = e.shuffle(rows[0], rows[1], range(1, 2 * width, 2))
            rows = [even, odd]
            found = [
                _backward(e, even, scale, shift, [(taps[1], now)]),
                _backward(e, odd, scale, shift, [(taps[2], now), (taps[0], after)]),
            ]
            pairs = [(after, 1), (now, 0), (now, 1)]
        gradients, activations = [g for g, _ in found], [y for _, y in found]
        _store(e, gradients, du)
        total, product, *sums = loop.values
        for gradient, row in zip(gradients, rows, strict=True):
            total = builder.fadd(total, gradient)
            product = e.fmuladd(gradient, builder.fsub(row, mean), product)
        sums = [e.fmuladd(d, activations[i], value) for (d, i), value in zip(pairs, sums, strict=True)]
        loop.next([total, product, *sums])
    return list(loop.results)


def _backward(e: Emitter, z: Any, scale: Any, shift: Any, terms: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Return du and y of a vector of z."""
    zero = ir.Constant(e.vector, None)
    u = e.fmuladd(scale, z, shift)
    dy = e.builder.fmul(*terms[0])
    for weight, d in terms[1:]:
        dy = e.fmuladd(weight, d, dy)
    passes = e.builder.fcmp_ordered(">", u, zero)
    return e.builder.select(passes, dy, zero), e.at_least(u, zero)


def _store(e: Emitter, vectors: list[Any], pointer: Any) -> None:
    """Store one vector, or two that alternate."""
    if len(vectors) == 1:
        e.store(vectors[0], pointer)
        return
    even, odd = vectors
    order = [index for j in range(e.width) for index in (j, e.width + j)]
    e.store(e.shuffle(even, odd, order[: e.width]), pointer)
    e.store(e.shuffle(even, odd, order[e.width :]), pointer, e.width)


def back_twin(
    stride: int, du: Array, dz: Array, z: Array, numbers: tuple[float, ...], n_turns: int
) -> tuple[float, ...]:
    """Fill du and return the five sums.

    Parameters
    ----------
    stride : {1, 2}
    du, z : ndarray, shape (stride * n,)
        n outputs are n_turns vectors.
    dz : ndarray, shape (n + 2,)
        With the sample before the first output's and the one after the last's.
    numbers : (scale, shift, mean, w0, w1, w2)
    n_turns : int
    """
    scale, shift, mean, w0, w1, w2 = numbers
    n = n_turns * vector_width(du)
    before, now, after = dz[:n], dz[1 : n + 1], dz[2 : n + 2]
    z, du = z[: stride * n], du[: stride * n]
    u = scale * z + shift
    y = np.where(u < 0, 0, u)
    if stride == 1:
        dy = w0 * after + w1 * now + w2 * before
        sums = (after * y).sum(), (now * y).sum(), (before * y).sum()
    else:
        dy = np.stack([w1 * now, w2 * now + w0 * after], axis=1).ravel()
        sums = (after * y[1::2]).sum(), (now * y[::2]).sum(), (now * y[1::2]).sum()
    du[:] = np.where(u > 0, dy, 0)
    return du.sum(), (du * (z - mean)).sum(), *sums


back_stride_1, back_stride_2 = _make(1), _make(2)

"""Three taps along a row, forward and back, where the signal itself is in scratch and not its z.

With y the rectified signal and dz the gradient of the output, both zero outside:

    stride 1:  out[t] = w0 y[t-1] + w1 y[t] + w2 y[t+1]
    stride 2:  out[t] = w0 y[2t-1] + w1 y[2t] + w2 y[2t+1]

The way back is :mod:`.depthwise_back`'s, with y read instead of made: du is put where y was.

Twins: :func:`taps_twin`, :func:`untaps_twin`, which also run where numba compiles nothing; guarded by
tests/kernels/test_three_taps.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import DISABLED, Array, intrinsic, types
from lppn_np.kernels.vectors import CountedLoop, Emitter, vector_width


def _make_taps(stride: int) -> Any:
    """Make the intrinsic of a stride, or its plain twin where numba compiles nothing."""
    if DISABLED:
        return lambda out, y, weights, n_turns: taps_twin(stride, out, y, weights, n_turns)

    @intrinsic
    def taps(typing, out, y, weights, n_turns):  # type: ignore[no-untyped-def]
        if any(not isinstance(array, types.Array) for array in (out, y)):
            return None
        number = out.dtype
        signature = number(out, y, types.UniTuple(number, 3), types.intp)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            e = Emitter(context, builder, signature.args[0])
            out, y = _pointers(e, signature.args, arguments)
            weights = [e.splat(builder.extract_value(arguments[2], i)) for i in range(3)]
            return _emit_taps(e, stride, out, y, weights, arguments[3])

        return signature, generate

    return taps


def _make_untaps(stride: int) -> Any:
    """Make the intrinsic of a stride, or its plain twin where numba compiles nothing."""
    if DISABLED:
        return lambda y, dz, weights, n_turns: untaps_twin(stride, y, dz, weights, n_turns)

    @intrinsic
    def untaps(typing, y, dz, weights, n_turns):  # type: ignore[no-untyped-def]
        if any(not isinstance(array, types.Array) for array in (y, dz)):
            return None
        number = y.dtype
        signature = types.UniTuple(number, 4)(y, dz, types.UniTuple(number, 3), types.intp)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            e = Emitter(context, builder, signature.args[0])
            y, dz = _pointers(e, signature.args, arguments)
            weights = [e.splat(builder.extract_value(arguments[2], i)) for i in range(3)]
            sums = _emit_untaps(e, stride, y, dz, weights, arguments[3])
            return context.make_tuple(builder, signature.return_type, e.totals(sums))

        return signature, generate

    return untaps


def _pointers(e: Emitter, kinds: Any, arguments: Any) -> list[Any]:
    pairs = zip(kinds[:2], arguments[:2], strict=True)
    return [e.pointer(kind, array, e.constant(0)) for kind, array in pairs]


def _emit_taps(e: Emitter, stride: int, out: Any, y: Any, weights: list[Any], n_turns: Any) -> Any:
    """Emit the loop over turns of one vector of outputs; the sum of all outputs is its value."""
    builder, width = e.builder, e.width
    with CountedLoop(builder, n_turns, [ir.Constant(e.vector, None)]) as loop:
        here = builder.mul(loop.index, e.constant(width))
        row = builder.gep(y, [builder.mul(loop.index, e.constant(stride * width))])
        if stride == 1:
            before, now, after = (e.load(row, offset) for offset in (0, 1, 2))
        else:
            low, high = e.load(row, 1), e.load(row, 1 + width)
            now, after = e.every_second(low, high, 0), e.every_second(low, high, 1)
            before = e.every_second(e.load(row), e.load(row, width), 0)
        value = e.fmuladd(weights[1], now, builder.fmul(weights[0], before))
        value = e.fmuladd(weights[2], after, value)
        e.store(value, builder.gep(out, [here]))
        loop.next([builder.fadd(loop.values[0], value)])
    return e.totals(loop.results)[0]


def _emit_untaps(e: Emitter, stride: int, y: Any, dz: Any, weights: list[Any], n_turns: Any) -> list[Any]:
    """Emit the loop over turns of one vector of outputs; its sums are total, dw0, dw1, dw2."""
    builder, width = e.builder, e.width
    w0, w1, w2 = weights
    zero = ir.Constant(e.vector, None)
    with CountedLoop(builder, n_turns, [zero] * 4) as loop:
        here = builder.gep(dz, [builder.mul(loop.index, e.constant(width))])
        row = builder.gep(y, [builder.mul(loop.index, e.constant(stride * width))])
        now, after = e.load(here, 1), e.load(here, 2)
        total, d0, d1, d2 = loop.values
        if stride == 1:
            before, signal = e.load(here), e.load(row)
            dy = e.fmuladd(w2, before, e.fmuladd(w1, now, builder.fmul(w0, after)))
            du = _passed(e, dy, signal)
            e.store(du, row)
            pairs, total = [(after, signal), (now, signal), (before, signal)], builder.fadd(total, du)
        else:
            low, high = e.load(row), e.load(row, width)
            even, odd = e.every_second(low, high, 0), e.every_second(low, high, 1)
            du = _passed(e, builder.fmul(w1, now), even)
            du_odd = _passed(e, e.fmuladd(w0, after, builder.fmul(w2, now)), odd)
            for half, value in enumerate(e.alternate(du, du_odd)):
                e.store(value, row, half * width)
            pairs, total = (
                [(after, odd), (now, even), (now, odd)],
                builder.fadd(total, builder.fadd(du, du_odd)),
            )
        sums = [e.fmuladd(d, s, value) for (d, s), value in zip(pairs, (d0, d1, d2), strict=True)]
        loop.next([total, *sums])
    return list(loop.results)


def _passed(e: Emitter, dy: Any, y: Any) -> Any:
    zero = ir.Constant(e.vector, None)
    return e.builder.select(e.builder.fcmp_ordered(">", y, zero), dy, zero)


def taps_twin(stride: int, out: Array, y: Array, weights: tuple[float, ...], n_turns: int) -> float:
    """Fill out (n,), n outputs of so many turns, and return their sum.

    Parameters
    ----------
    stride : {1, 2}
    out : ndarray
    y : ndarray
        From the sample before the first on.
    weights : (w0, w1, w2)
    n_turns : int
    """
    n = n_turns * vector_width(out)
    out[:n] = sum(w * y[k : k + stride * n : stride] for k, w in enumerate(weights))
    return float(out[:n].sum())


def untaps_twin(
    stride: int, y: Array, dz: Array, weights: tuple[float, ...], n_turns: int
) -> tuple[float, ...]:
    """Put du where y (stride n,) is, and return its sum and those of the three weights.

    Parameters
    ----------
    stride : {1, 2}
    y : ndarray
        The rectified signal.
    dz : ndarray, shape (n + 2,)
        With the sample before the first output's and the one after the last's.
    weights : (w0, w1, w2)
    n_turns : int
    """
    w0, w1, w2 = weights
    n = n_turns * vector_width(y)
    before, now, after = dz[:n], dz[1 : n + 1], dz[2 : n + 2]
    y = y[: stride * n]
    if stride == 1:
        dy = w0 * after + w1 * now + w2 * before
        sums = (after * y).sum(), (now * y).sum(), (before * y).sum()
    else:
        dy = np.stack([w1 * now, w2 * now + w0 * after], axis=1).ravel()
        sums = (after * y[1::2]).sum(), (now * y[::2]).sum(), (now * y[1::2]).sum()
    y[:] = np.where(y > 0, dy, 0)
    return y.sum(), *sums


taps_stride_1, taps_stride_2 = _make_taps(1), _make_taps(2)
untaps_stride_1, untaps_stride_2 = _make_untaps(1), _make_untaps(2)

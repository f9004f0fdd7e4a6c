"""Linear upsampling and the convolution behind it in the other order: half the multiply-adds.

Upsampling weighs columns and a tap of a convolution mixes channels, so that either may come first. Here each
tap is applied at the lower rate, z[k] = w[k] x, and what comes out is interpolated and added up. With z[k]
outside its row taken as 0,

    even[k, u] = z[k, u] + f[u] (z[k, u - 1] - z[k, u])        the signal at 2 u, after tap k
    odd [k, u] = z[k, u] + g[u] (z[k, u + 1] - z[k, u])        the signal at 2 u + 1
    y[2 u]     = even[0, u - 1] + odd [1, u - 1] + even[2, u] + odd [3, u    ] + even[4, u + 1]
    y[2 u + 1] = odd [0, u - 1] + even[1, u    ] + odd [2, u] + even[3, u + 1] + odd [4, u + 1]

The taps cost 2.5 multiply-adds a sample and input channel instead of 5, and interpolation adds 5 a sample,
however many channels there are. A whole window takes 1.04 (n=4), 1.07 (n=8) and 1.10 times less (n=16).
Guarded by tests/kernels/test_weaving.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from lppn_np.kernels._jit import Array
from lppn_np.kernels.row_filter import row_intrinsic
from lppn_np.kernels.vectors import CountedLoop, Emitter, vector_width

#: Taps of the convolution.
TAPS = 5
#: Columns before and behind a row of z that must be 0.
EDGE = 2
#: For each phase of y: whether a tap meets an odd sample, and at which u.
_MEETS = (
    ((0, -1), (1, -1), (0, 0), (1, 0), (0, 1)),
    ((1, -1), (0, 0), (1, 0), (0, 1), (1, 1)),
)


def interpolation_shares(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return f and g (n,): with aligned corners, sample j of 2 n stands at j (n - 1) / (2 n - 1)."""
    u, last = np.arange(n), max(1, 2 * n - 1)
    return u / last, 0.5 - (2 * u + 1) / (2 * last)


def _weave(rectify: bool) -> Callable[..., None]:
    def emit(
        e: Emitter, a: Any, places: Any, weights: Any, y: Any, z: Any, tap_row: Any, f: Any, g: Any, n: Any
    ) -> None:
        """Fill a[y + 2 u] and a[y + 2 u + 1], n vectors of u; z[k] is at a[z + k tap_row], f at weights[f].

        f and g are 0 in a column before and behind.
        """
        builder = e.builder
        target = builder.gep(a, [y])
        rows = [builder.gep(a, [builder.add(z, builder.mul(tap_row, e.constant(k)))]) for k in range(TAPS)]
        shares = [builder.gep(weights, [at]) for at in (f, g)]
        zero = ir.Constant(e.vector, None)
        with CountedLoop(builder, e.turns(n), []) as loop:
            here = builder.mul(loop.index, e.constant(e.width))
            phases = []
            for meets in _MEETS:
                total = zero
                for k, (odd, shift) in enumerate(meets):
                    row = builder.gep(rows[k], [here])
                    near, far = e.load(row, shift), e.load(row, shift + (1 if odd else -1))
                    share = e.load(builder.gep(shares[odd], [here]), shift)
                    total = near if k == 0 else builder.fadd(total, near)
                    total = e.fmuladd(share, builder.fsub(far, near), total)
                phases.append(e.at_least(total, zero) if rectify else total)
            even, odd_ones = phases
            e.store_alternating(even, odd_ones, builder.gep(target, [builder.mul(here, e.constant(2))]))
            loop.next([])

    return emit


def weave_twin(rectify: bool) -> Callable[..., None]:
    """Return the twin of the emission."""

    def run(
        a: Array, places: Array, weights: Array, y: int, z: int, tap_row: int, f: int, g: int, n_vectors: int
    ) -> None:
        n = n_vectors * vector_width(a)
        pairs = np.zeros((n, 2), a.dtype)
        for phase, meets in enumerate(_MEETS):
            for k, (odd, shift) in enumerate(meets):
                at = z + k * tap_row + shift
                near, far = (a[start : start + n] for start in (at, at + (1 if odd else -1)))
                share = weights[(f, g)[odd] + shift :][:n]
                pairs[:, phase] += near + share * (far - near)
        a[y : y + 2 * n] = (np.where(pairs < 0, 0, pairs) if rectify else pairs).ravel()

    return run


def _unweave(
    e: Emitter,
    a: Any,
    places: Any,
    weights: Any,
    dz: Any,
    tap_row: Any,
    even: Any,
    odd: Any,
    shares: Any,
    share_row: Any,
    n: Any,
) -> None:
    """Fill dz[k] at a[dz + k tap_row], n vectors, from dL/dy with its phases apart: the transpose of weaving.

    A sample of z[k] gives to two even and two odd ones of the upsampled signal, each of these to one of y:

        dz[k, u] = (1 - f[u]) d[2 u + 2 - k] + f[u + 1] d[2 u + 4 - k]
                 + (1 - g[u]) d[2 u + 3 - k] + g[u - 1] d[2 u + 1 - k],    d = dL/dy

    weights[shares:] are rows of f, g, 1 - f and 1 - g, 0 outside; d is 0 outside, two columns of each phase.
    """
    builder = e.builder
    phases = [builder.gep(a, [at]) for at in (even, odd)]
    rows = [
        builder.gep(weights, [builder.add(shares, builder.mul(share_row, e.constant(i)))]) for i in range(4)
    ]
    targets = [builder.gep(a, [builder.add(dz, builder.mul(tap_row, e.constant(k)))]) for k in range(TAPS)]
    with CountedLoop(builder, e.turns(n), []) as loop:
        here = builder.mul(loop.index, e.constant(e.width))
        f, g, f_left, g_left = (builder.gep(row, [here]) for row in rows)
        factors = [e.load(f_left), e.load(f, 1), e.load(g_left), e.load(g, -1)]
        for k, target in enumerate(targets):
            total = ir.Constant(e.vector, None)
            for i, factor in enumerate(factors):
                place = (2, 4, 3, 1)[i] - k
                d = e.load(builder.gep(phases[place % 2], [here]), place // 2)
                total = builder.fmul(factor, d) if i == 0 else e.fmuladd(factor, d, total)
            e.store(total, builder.gep(target, [here]))
        loop.next([])


def unweave_twin(
    a: Array,
    places: Array,
    weights: Array,
    dz: int,
    tap_row: int,
    even: int,
    odd: int,
    shares: int,
    share_row: int,
    n_vectors: int,
) -> None:
    """Twin of the emission."""
    n = n_vectors * vector_width(a)
    f, g, f_left, g_left = (shares + i * share_row for i in range(4))
    factors = [weights[at : at + n] for at in (f_left, f + 1, g_left, g - 1)]
    made = np.zeros((TAPS, n), a.dtype)
    for k in range(TAPS):
        for place, factor in zip((2, 4, 3, 1), factors, strict=True):
            start = (even, odd)[(place - k) % 2] + (place - k) // 2
            made[k] += factor * a[start : start + n]
    for k in range(TAPS):
        a[dz + k * tap_row : dz + k * tap_row + n] = made[k]


#: Of the fast engine, rectified; of a training step, and the way back.
weave_relu_row = row_intrinsic(_weave(True), weave_twin(True), 6)
weave_row = row_intrinsic(_weave(False), weave_twin(False), 6)
unweave_row = row_intrinsic(_unweave, unweave_twin, 7)

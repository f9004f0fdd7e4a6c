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

from typing import Any

import numpy as np
from llvmlite import ir

from lppn_np.kernels._jit import Array
from lppn_np.kernels.row_filter import row_intrinsic
from lppn_np.kernels.vectors import VECTORS, CountedLoop, Emitter, vector_width

#: Taps of the convolution.
TAPS = 5
#: For each phase of y: whether a tap meets an odd sample, and at which u.
_MEETS = (
    ((0, -1), (1, -1), (0, 0), (1, 0), (0, 1)),
    ((1, -1), (0, 0), (1, 0), (0, 1), (1, 1)),
)


def _weave(
    e: Emitter,
    a: Any,
    places: Any,
    weights: Any,
    y: Any,
    z: Any,
    tap_row: Any,
    f: Any,
    g: Any,
    n_vectors: Any,
) -> None:
    """Fill a[y + 2 u] and a[y + 2 u + 1] with max(0, ...); z[k] stands at a[z + k tap_row], f at weights[f].

    z[k] is 0 in two columns before its row and two behind it; f and g are 0 in one.
    """
    builder = e.builder
    target = builder.gep(a, [y])
    rows = [builder.gep(a, [builder.add(z, builder.mul(tap_row, e.constant(k)))]) for k in range(TAPS)]
    shares = [builder.gep(weights, [at]) for at in (f, g)]
    zero = ir.Constant(e.vector, None)
    with CountedLoop(builder, e.turns(n_vectors), []) as loop:
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
            phases.append(e.at_least(total, zero))
        even, odd = phases
        e.store_alternating(even, odd, builder.gep(target, [builder.mul(here, e.constant(2))]))
        loop.next([])


def weave_twin(
    a: Array,
    places: Array,
    weights: Array,
    y: int,
    z: int,
    tap_row: int,
    f: int,
    g: int,
    n_vectors: int,
) -> None:
    """Twin of the emission."""
    n = n_vectors * vector_width(a)

    pairs = np.zeros((n, 2), a.dtype)
    for phase, meets in enumerate(_MEETS):
        for k, (odd, shift) in enumerate(meets):
            at = z + k * tap_row + shift
            near, far = (a[start : start + n] for start in (at, at + (1 if odd else -1)))
            share = weights[(f, g)[odd] + shift :][:n]
            pairs[:, phase] += near + share * (far - near)
    a[y : y + 2 * n] = np.where(pairs < 0, 0, pairs).ravel()


weave_row = row_intrinsic(_weave, weave_twin, 6, VECTORS.width)

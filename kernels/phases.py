"""A row with its zero padding and its phases apart, for convolutions with stride.

The loops count in unsigned integers: a signed index brings a test for negative ones, which stops
vectorisation (1,536 samples: 1.4 -> 0.2 microseconds on one AVX2 core).
"""

from __future__ import annotations

import numpy as np

from lppn_np.kernels._jit import Array, kernel


@kernel
def split_phases(phases: Array, row: Array, n_taps: int, stride: int) -> None:
    """Copy row (T,) into phases (S, L): sample S j + p - P at [p, j], P = (K - 1) / 2.

    The rest of ``phases`` must be zero already: it is the padding.
    """
    pad = (n_taps - 1) // 2
    for p in range(stride):
        first = (p - pad) % stride  # of the row's samples, the first in this phase
        out = phases[p, (first + pad) // stride :]
        samples = row[first:]
        n_samples = np.uintp((row.size - first + stride - 1) // stride)
        if stride == 1:
            for j in range(n_samples):
                out[j] = samples[j]
        elif stride == 2:
            for j in range(n_samples):
                out[j] = samples[np.uintp(2) * j]
        else:
            for j in range(n_samples):
                out[j] = samples[np.uintp(stride) * j]


@kernel
def join_phases(row: Array, phases: Array, n_taps: int, stride: int) -> None:
    """Undo :func:`split_phases`; what stands in the padding is dropped."""
    pad = (n_taps - 1) // 2
    for p in range(stride):
        first = (p - pad) % stride
        samples = phases[p, (first + pad) // stride :]
        out = row[first:]
        n_samples = np.uintp((row.size - first + stride - 1) // stride)
        if stride == 1:
            for j in range(n_samples):
                out[j] = samples[j]
        elif stride == 2:
            for j in range(n_samples):
                out[np.uintp(2) * j] = samples[j]
        else:
            for j in range(n_samples):
                out[np.uintp(stride) * j] = samples[j]

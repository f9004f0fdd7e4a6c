"""What happens to a window before the network sees it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import LPPNConfig

#: A component weaker than this share of the window's strongest one is dead and becomes zero.
DEAD_SHARE = 1e-7


@functools.lru_cache(maxsize=8)
def phase_code(n_samples: int) -> NDArray[np.float32]:
    """Position signal that the authors' published weights expect on the three components.

    sin(a), sin(2 a), sin(4 a) with a = 2 * 3.141592658 * i / 4 for sample i, computed in float32 step by
    step as the authors' validation script does: at thousands of radians float32 noise is part of it.

    Returns
    -------
    ndarray, shape (3, n_samples), float32
    """
    # One array for all callers, hence read-only: made anew it costs more than the rest of network_input.
    angle = np.arange(0, 2 * n_samples, 2, dtype=np.float32) * np.float32(3.141592658) / np.float32(4)
    code = np.stack([np.sin(angle), np.sin(2 * angle), np.sin(4 * angle)])
    code.flags.writeable = False
    return code


def normalise(windows: NDArray[np.floating[Any]], config: LPPNConfig) -> NDArray[np.float32]:
    """Remove means and scale windows, whatever their unit; no data (NaN) and dead components become zero.

    The paper's family divides each component by its own maximum; the successors divide all three by
    the largest. Where the authors add 1e-6 to the divisor, which squashes records in m/s, nothing is added.

    Parameters
    ----------
    windows : ndarray, shape (B, 3, T)
        Any unit; NaN where there is no data.
    config : LPPNConfig
        Its variant decides the divisor.

    Returns
    -------
    ndarray, shape (B, 3, T), float32
        Within [-1, 1].
    """
    x = windows.astype(np.float64)
    no_data = np.isnan(x)
    np.copyto(x, 0.0, where=no_data)
    count = x.shape[2] - no_data.sum(axis=2, keepdims=True)
    x -= x.sum(axis=2, keepdims=True) / np.maximum(count, 1)
    np.copyto(x, 0.0, where=no_data)
    amplitude = np.abs(x).max(axis=2, keepdims=True)
    largest = amplitude.max(axis=1, keepdims=True)
    dead = (amplitude <= DEAD_SHARE * largest) | (largest == 0)
    divisor = amplitude if config.variant == "paper" else np.broadcast_to(largest, amplitude.shape)
    x /= np.where(dead, 1.0, divisor)
    np.copyto(x, 0.0, where=dead)
    return x.astype(np.float32)


def network_input(windows: NDArray[np.floating[Any]], config: LPPNConfig) -> NDArray[np.float32]:
    """Windows as the network sees them: :func:`normalise`, then the phase code where the model has one.

    Parameters
    ----------
    windows : ndarray, shape (B, 3, T)
        Rows in the model's component order.
    config : LPPNConfig
        Of the model.

    Returns
    -------
    ndarray, shape (B, 3, T), float32
    """
    x = normalise(windows, config)
    return x + phase_code(x.shape[2]) if config.phase_code else x

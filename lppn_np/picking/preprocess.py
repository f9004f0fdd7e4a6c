"""What happens to a window before the network sees it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import PAPER_FAMILY, LPPNConfig
from lppn_np.kernels import reference_picking
from lppn_np.kernels.reference_picking import DEAD_SHARE

__all__ = ["DEAD_SHARE", "added_code", "common_maximum", "network_input", "normalise", "phase_code"]


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
    return reference_picking.normalise(windows, common_maximum(config))


def common_maximum(config: LPPNConfig) -> bool:
    """Whether the three components are divided by one number."""
    return config.variant not in PAPER_FAMILY


def added_code(config: LPPNConfig, n_samples: int) -> NDArray[np.float32]:
    """What is added to a normalised window (3, n_samples): the phase code, or nothing."""
    return phase_code(n_samples) if config.phase_code else np.zeros((3, n_samples), np.float32)


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

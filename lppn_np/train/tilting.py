"""Another instrument, another ground: the spectrum of a record tilted.

Between acceleration, velocity and displacement lies one power of the frequency each; soft ground, a damped
path or a sensor's corner bend a spectrum in between. Records of a few networks know a few such slopes; here a
window gets any. The filter is a difference to a broken power,

    (1 - r / z) ** order,   r = exp(-2 pi corner / rate)

so that order 1 makes acceleration of velocity, -1 displacement. Below the corner it is flat. Its response
begins with 1 and looks back only: nothing moves before an onset.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from lppn_np.optional import require
from lppn_np.train.window import Samples

#: Hz. Lower, and displacement is all microseism.
CORNER = 0.3
#: Orders are drawn from so many values and their responses kept.
_GRID = 32
#: Below this the response counts as over: -100 dB.
_OVER = 1e-5


def draw_order(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """Draw one of the orders whose responses are kept."""
    low, high = limits
    return float(low + (high - low) * rng.integers(_GRID) / (_GRID - 1))


def tilt(x: Samples, order: float, rate: float) -> Samples:
    """Tilt (3, T), as if each component had held its first value for ever before.

    Parameters
    ----------
    x : ndarray, shape (3, T), float32
    order : float
        From -1 (displacement) by way of 0 (nothing) to 1 (acceleration).
    rate : float
        Samples per second.
    """
    signal = require("scipy.signal", "train")
    first = x[:, :1].astype(np.float64)
    tilted = signal.oaconvolve(x - first, response(order, rate)[None], axes=1)[:, : x.shape[1]]
    return np.asarray(tilted, np.float32)


@functools.lru_cache(maxsize=2 * _GRID)
def response(order: float, rate: float) -> NDArray[np.float64]:
    """Impulse response, until it is over."""
    r = np.exp(-2 * np.pi * CORNER / rate)
    n = 1 + int(np.ceil(np.log(_OVER) / np.log(r)))
    k = np.arange(1, n)
    # The binomial series: each term is the one before times -(order - k + 1) / k, and times r.
    return np.concatenate([[1.0], np.cumprod(-(order - k + 1) / k * r)])

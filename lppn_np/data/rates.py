"""From one sampling rate to another by a small fraction."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.optional import require

#: Rates this close, relative, are one rate: rounding in headers, 0.6 samples after a minute at 100 Hz.
RATE_TOLERANCE = 1e-4
#: Largest numerator and denominator: 25/32 (from 128 Hz) and 1/10 (from 1000 Hz) are in, 625/256 is out.
MAX_TERM = 64


@functools.lru_cache(maxsize=1024)
def resampling_ratio(rate: float, target: float) -> Fraction:
    """
    What the number of samples is multiplied by on the way from one rate to another.

    Raises
    ------
    InputError
        No small fraction leads from the rate to the target.

    Examples
    --------
    >>> resampling_ratio(250.0, 100.0), resampling_ratio(99.995, 100.0)
    (Fraction(2, 5), Fraction(1, 1))
    """
    if 0 < rate < np.inf:
        ratio = Fraction(target / rate).limit_denominator(MAX_TERM)
        if 0 < ratio.numerator <= MAX_TERM and abs(float(ratio) * rate / target - 1) <= RATE_TOLERANCE:
            return ratio
    raise InputError(f"from its sampling rate of {rate:g} Hz no small fraction leads to {target:g} Hz")


@functools.lru_cache(maxsize=1024)
def label_scale(rate: float, target: float) -> float:
    """:func:`resampling_ratio` as a number: a label stays on its sample, not on a rounded header's time."""
    return float(resampling_ratio(rate, target))


def resample(data: NDArray[np.float64], ratio: Fraction) -> NDArray[np.float64]:
    """
    Rows at another rate, zero-phase: sample i of the input is sample ``i * ratio`` of the result.

    Parameters
    ----------
    data : np.ndarray, shape (n_rows, n_samples)
        Finite numbers.
    ratio
        From :func:`resampling_ratio`.

    Returns
    -------
    np.ndarray, shape (n_rows, ceil(n_samples * ratio))
    """
    signal: Any = require("scipy.signal", "train")
    # Raw counts sit far from zero. The filter's phases differ in gain by up to 1e-3 (measured), which would
    # make a ripple of an offset; and a step to zero at the ends would ring, hence "line".
    offset = data.mean(axis=-1, keepdims=True)
    up, down = ratio.numerator, ratio.denominator
    centred = signal.resample_poly(data - offset, up, down, axis=-1, padtype="line")
    result: NDArray[np.float64] = centred + offset
    return result

"""A component to the model's sampling rate, stretch by stretch: no filter runs across a gap.

The filter is scipy's polyphase one, which the training records went through too: a Kaiser window (beta 5) of
20 periods of the lower rate, half the amplitude at the lower of the two Nyquist frequencies. Zero-phase, it
leaves times as they are, and the 10 periods before an onset know of it. Causal, the same amplitudes come with
minimum phase: nothing is felt before an onset, and everything comes a little late.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.optional import require

Array = NDArray[np.floating[Any]]

#: Rates this close, relative, are one rate: rounding in headers, not another rate.
RATE_TOLERANCE = 1e-4
#: Denominators of the ratio of the rates at most: the first that is within 1 part in 10,000 will do, because
#: what is rounded off is in the timeline, not lost.
_DENOMINATORS = (64, 1000)


@dataclass(frozen=True, eq=False)
class Resampler:
    """From one sampling rate to another; sample i becomes sample ``i * ratio``.

    Attributes
    ----------
    ratio : Fraction
        Of the numbers of samples, in lowest terms.
    taps : ndarray, shape (n_taps,)
        The filter, at ``ratio.numerator`` times the input's rate.
    delay : int
        What it delays a signal by, in samples of that rate.
    """

    ratio: Fraction
    taps: NDArray[np.float64]
    delay: int

    def length(self, n_samples: int) -> int:
        """How many samples a row of ``n_samples`` becomes."""
        return math.floor((n_samples - 1) * self.ratio) + 1

    def stretch(self, samples: Array, first: int) -> tuple[int, NDArray[np.float64]]:
        """Resample one gapless stretch.

        Parameters
        ----------
        samples : ndarray, shape (n,)
            Finite.
        first : int
            Its first sample, in samples of the row.

        Returns
        -------
        first : int
            In samples of the resampled row: none lies before or after the stretch.
        samples : ndarray
        """
        up, down = self.ratio.numerator, self.ratio.denominator
        begin, end = math.ceil(first * self.ratio), math.floor((first + len(samples) - 1) * self.ratio)
        values = samples.astype(np.float64)
        level, slope = self._line(values)
        values -= level + slope * np.arange(len(values))
        late = self.delay + begin * down - first * up  # of the first output, in samples of the filter's rate
        taps = np.concatenate([np.zeros(-late % down), self.taps])
        out = require("scipy.signal", "waveforms").upfirdn(taps, values, up, down)
        skipped = -(-late // down)
        n_out = max(end - begin + 1, 0)
        result = np.zeros(n_out)
        part = out[skipped : skipped + n_out]
        result[: len(part)] = part
        result += level + slope * ((begin + np.arange(n_out)) / float(self.ratio) - first)
        return begin, result

    def _line(self, values: NDArray[np.float64]) -> tuple[float, float]:
        """What is taken off before the filter, so that it sees no step at the ends: as in training, a line.

        A causal filter must not know the end; the first sample is its level.
        """
        if self.delay == 0 or len(values) == 1:
            return float(values[0]), 0.0
        return float(values[0]), float((values[-1] - values[0]) / (len(values) - 1))


@functools.lru_cache(maxsize=64)
def make_resampler(rate: float, target: float, zero_phase: bool = True) -> Resampler:
    """Design the filter.

    Parameters
    ----------
    rate, target : float
        In Hz.
    zero_phase : bool
        Or else minimum phase.
    """
    few, many = (Fraction(target / rate).limit_denominator(most) for most in _DENOMINATORS)
    ratio = few if abs(float(few) * rate / target - 1) <= RATE_TOLERANCE else many
    if ratio == 0:
        raise InputError(f"a sampling rate of {rate:g} Hz is too high to be brought to {target:g} Hz")
    if ratio == 1:
        return Resampler(ratio, np.ones(1), 0)
    highest = max(ratio.numerator, ratio.denominator)
    signal = require("scipy.signal", "waveforms")
    taps = signal.firwin(20 * highest + 1, 1 / highest, window=("kaiser", 5.0))
    if not zero_phase:  # the root of the squared amplitudes
        taps = signal.minimum_phase(np.convolve(taps, taps))
        taps /= taps.sum()
    return Resampler(ratio, taps * ratio.numerator, 10 * highest if zero_phase else 0)


def resample_row(row: Array, resampler: Resampler) -> Array:
    """Resample a component; NaN is no data, before and after.

    Parameters
    ----------
    row : ndarray, shape (n_samples,), float
    resampler : Resampler

    Returns
    -------
    ndarray, shape (resampler.length(n_samples),), same dtype
    """
    result = np.full(resampler.length(len(row)), np.nan, row.dtype)
    for first, stop in stretches(~np.isnan(row)).tolist():
        begin, samples = resampler.stretch(row[first:stop], first)
        result[begin : begin + len(samples)] = samples
    return result


def stretches(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the runs of True as [first, stop), shape (n_runs, 2)."""
    padded = np.zeros(len(flags) + 2, np.bool_)
    padded[1:-1] = flags
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)

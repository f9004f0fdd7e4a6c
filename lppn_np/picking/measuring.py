"""Signal-to-noise ratio and amplitude of arrivals, from the samples around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.samples import Samples

Floats = NDArray[np.float64]

#: Seconds before the arrival, [from, to): the noise. Half a second is left out, because a pick may be late.
NOISE = (-4.5, -0.5)
#: Seconds after it: whose power is compared with the noise's.
SIGNAL = (0.0, 2.0)
#: Seconds after it: where the largest amplitude is looked for, or up to the next arrival.
AMPLITUDE = (0.0, 5.0)
#: Share of a window that must have data.
_LEAST_SHARE = 0.25
#: Arrivals whose surroundings are looked at together: some MB.
_AT_ONCE = 512


class Measured(NamedTuple):
    """One entry an arrival; NaN where there is too little data."""

    snr: Floats  # dB
    amplitude: Floats  # in the unit of the record


def measure(samples: Samples, times: Floats, rate: float, amplitude: bool) -> Measured:
    """
    Measure arrivals of one record.

    The mean of the noise is taken off each component. SNR is 10 log10 of the mean square of the signal over
    that of the noise, all components together. The amplitude is the largest deviation of any component.

    Parameters
    ----------
    samples : Samples
    times : ndarray, shape (n,)
        In samples, in order.
    rate : float
        Samples a second.
    amplitude : bool
        Whether to look for amplitudes, else they are NaN.
    """
    snr, largest = np.full((2, len(times)), np.nan)
    at = np.floor(times).astype(np.int64)
    following = np.full(len(at), np.iinfo(np.int64).max)
    following[:-1] = np.maximum(at[1:], at[:-1] + 1)
    for begin in range(0, len(at), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        noise = _window(samples, at[some], NOISE, rate)
        after = _window(samples, at[some], AMPLITUDE if amplitude else SIGNAL, rate)
        level = _level(noise, after)
        signal = after[:, :, : round((SIGNAL[1] - SIGNAL[0]) * rate)]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            snr[some] = 10 * np.log10(_power(signal - level) / _power(noise - level))
        if amplitude:
            mine = at[some, None] + np.arange(after.shape[2]) < following[some, None]
            largest[some] = np.fmax.reduce(np.where(mine, np.abs(after - level), np.nan), axis=(0, 2))
    snr[~np.isfinite(snr)] = np.nan
    return Measured(snr, largest)


def _window(samples: Samples, at: NDArray[np.int64], seconds: tuple[float, float], rate: float) -> Floats:
    """Samples (3, n, length) around arrivals, NaN beyond the ends of the record."""
    place = at[:, None] + np.arange(round(seconds[0] * rate), round(seconds[1] * rate))
    inside = (place >= 0) & (place < samples.n_samples)
    rows = samples.at(np.clip(place, 0, samples.n_samples - 1))
    return np.where(inside, np.array(rows, np.float64), np.nan)


def _level(noise: Floats, after: Floats) -> Floats:
    """Mean (3, n, 1) of each component before the arrival, after it where the record begins with it."""
    means = []
    for values in (noise, after):
        n_data = np.count_nonzero(~np.isnan(values), axis=2)
        means.append(np.where(n_data > 0, np.nansum(values, axis=2) / np.maximum(n_data, 1), np.nan))
    return np.asarray(np.where(np.isnan(means[0]), means[1], means[0])[..., None])


def _power(values: Floats) -> Floats:
    """Mean square (n,) of all components; NaN where there is too little data."""
    n_data = np.count_nonzero(~np.isnan(values), axis=(0, 2))
    power = np.nansum(np.square(values), axis=(0, 2)) / np.maximum(n_data, 1)
    return np.where(n_data >= _LEAST_SHARE * values.shape[2], power, np.nan)

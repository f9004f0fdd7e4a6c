"""Seismograms made up: known arrivals, known noise, no download.

A point source with Brune's omega-square spectrum, attenuation, scattered coda, three components and coloured
noise. Simple physics, but what a picker looks at is right: arrivals to a fraction of a sample, nothing before
them, S after P by distance over speeds, polarisation, corner frequency, strength of S against P.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.synthetic_signals import attenuation, brune_velocity, coloured_noise, root_mean_square
from lppn_np.data.synthetic_source import Source, draw_source
from lppn_np.errors import InputError

Array = NDArray[np.float64]

#: Of a broadband seismometer and its digitiser, about.
COUNTS_PER_M_S = 1e9
#: Below, the event is not in the record any more, as far as float32 goes.
_LEAST_SNR_DB = -100.0
_LEAST_SECONDS = 2.0


@dataclass(frozen=True, eq=False)
class SyntheticRecord:
    """A made-up event at one station.

    Attributes
    ----------
    data : ndarray, shape (3, n_samples), float32
        Ground velocity in counts.
    p_sample, s_sample : float
        Arrivals in samples after the first, exact. The first sample after an arrival is the first to move.
    sampling_rate : float
        Samples per second.
    component_order : str
        What the rows are.
    snr_db : float
        Of the first second of P over the whole of the noise, power of the three components together.
    source : Source
        Everything else that was drawn or given.
    """

    data: NDArray[np.float32]
    p_sample: float
    s_sample: float
    sampling_rate: float
    component_order: str
    snr_db: float
    source: Source


def synthetic_record(
    rng: np.random.Generator,
    n_samples: int = 6000,
    sampling_rate: float = 100.0,
    *,
    distance_km: float | None = None,
    magnitude: float | None = None,
    snr_db: float | None = None,
    component_order: str = "ENZ",
) -> SyntheticRecord:
    """Make up a record of a local earthquake; what is not given is drawn.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same record.
    n_samples : int
        Length.
    sampling_rate : float
        Samples per second.
    distance_km : float, optional
        From the hypocentre; drawn so that S falls into the record.
    magnitude : float, optional
        Moment magnitude; drawn between 0.5 and 4.5.
    snr_db : float, optional
        Drawn between 5 and 40; infinity leaves the noise out.
    component_order : str
        A permutation of ``"ENZ"``.

    Returns
    -------
    SyntheticRecord

    Raises
    ------
    InputError
        A value that cannot be, or a distance at which S misses the record.

    Examples
    --------
    >>> record = synthetic_record(np.random.default_rng(7), distance_km=30.0, magnitude=2.0)
    >>> record.data.shape, bool(record.p_sample < record.s_sample < 6000)
    ((3, 6000), True)
    """
    _check(n_samples, sampling_rate, component_order)
    if n_samples < _LEAST_SECONDS * sampling_rate:
        raise InputError(f"{n_samples} samples are too short for an event; {_LEAST_SECONDS:g} s are expected")
    source = draw_source(rng, n_samples / sampling_rate, distance_km, magnitude)
    snr_db = float(rng.uniform(5, 40)) if snr_db is None else float(snr_db)
    if not snr_db >= _LEAST_SNR_DB:
        raise InputError(f"snr_db is {snr_db}; {_LEAST_SNR_DB} or more is expected, infinity for no noise")
    lag = source.s_minus_p * sampling_rate
    p_sample = float(rng.uniform(0.1, 0.6)) * (n_samples - lag)
    s_sample = p_sample + lag
    data = _wave_train(rng, source, "P", p_sample, n_samples, sampling_rate)
    data += _wave_train(rng, source, "S", s_sample, n_samples, sampling_rate)
    noise = coloured_noise(rng, n_samples, sampling_rate)
    # Last, so that the wave is the same at any ratio.
    first_second = data[:, math.ceil(p_sample) : math.ceil(p_sample + sampling_rate)]
    data += noise * (root_mean_square(first_second) * 10 ** (-snr_db / 20))
    return SyntheticRecord(
        _ordered(data * COUNTS_PER_M_S, component_order),
        p_sample, s_sample, float(sampling_rate), component_order, snr_db, source,
    )  # fmt: skip


def synthetic_noise(
    rng: np.random.Generator,
    n_samples: int = 6000,
    sampling_rate: float = 100.0,
    *,
    rms: float = 300.0,
    component_order: str = "ENZ",
) -> NDArray[np.float32]:
    """Make up a record without an event: microseism about 0.2 Hz, and white noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same noise.
    n_samples : int
        Length.
    sampling_rate : float
        Samples per second.
    rms : float
        Root of the three components' mean power together, in counts.
    component_order : str
        A permutation of ``"ENZ"``.

    Returns
    -------
    ndarray, shape (3, n_samples), float32

    Raises
    ------
    InputError
        A value that cannot be.
    """
    _check(n_samples, sampling_rate, component_order)
    return _ordered(coloured_noise(rng, n_samples, sampling_rate) * rms, component_order)


def _wave_train(
    rng: np.random.Generator, source: Source, phase: str, onset: float, n_samples: int, rate: float
) -> Array:
    """Direct pulse and its coda (E, N, Z) in m/s; zero up to the onset (in samples).

    The pulse is evaluated where the samples lie after the onset, which keeps the fraction exact. The coda is
    the pulse again and again: noise under a decaying envelope, convolved with it. All factors are causal.
    """
    n_fft = 2 ** math.ceil(math.log2(2 * n_samples))
    time = np.arange(n_samples, dtype=np.float64) / rate
    after = time - onset / rate
    corner = source.corner(phase)
    path = attenuation(n_fft, rate, source.t_star(phase))
    repeated = path * np.fft.rfft(brune_velocity(time, corner, 1 / rate), n_fft)
    direct = path * np.fft.rfft(brune_velocity(after, corner, 1 / rate), n_fft)
    # So that the coda's rms on a component is some share of the direct wave's largest value.
    pulse = np.fft.irfft(repeated, n_fft)
    strength = rng.uniform(0.15, 0.5) * np.abs(pulse).max() / np.sqrt((pulse**2).sum())
    scatterers = strength * source.coda_envelope(phase, after) * rng.normal(size=(3, n_samples))
    spectrum = source.polarisation(phase)[:, None] * direct + repeated * np.fft.rfft(scatterers, n_fft)
    wave: Array = np.fft.irfft(source.amplitude(phase) * spectrum, n_fft)[:, :n_samples]
    wave[:, after <= 0] = 0  # what the transforms' rounding has left there
    return wave


def _ordered(data: Array, component_order: str) -> NDArray[np.float32]:
    return data[["ENZ".index(letter) for letter in component_order]].astype(np.float32)


def _check(n_samples: Any, sampling_rate: float, component_order: str) -> None:
    if isinstance(n_samples, bool) or not isinstance(n_samples, (int, np.integer)) or n_samples < 1:
        raise InputError(f"n_samples is {n_samples!r}; a whole number >= 1 is expected")
    if not (math.isfinite(sampling_rate) and sampling_rate > 0):
        raise InputError(f"sampling_rate is {sampling_rate}; a positive number of Hz is expected")
    if sorted(component_order) != ["E", "N", "Z"]:
        raise InputError(f"component_order is {component_order!r}; a permutation of 'ENZ' is expected")

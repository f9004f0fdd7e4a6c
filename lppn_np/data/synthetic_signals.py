"""Signals that synthetic records are made of: the source's pulse, the path's attenuation, and noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Spectrum = NDArray[np.complex128]


def brune_velocity(time: Array, corner: float, step: float) -> Array:
    """Velocity of Brune's pulse at ``time`` seconds after its onset, displacement's area 1, zero before.

    Displacement w^2 t exp(-w t), w = 2 pi corner, has the spectrum 1 / (1 + (f / corner)^2). Its slope is
    averaged over the two steps before each sample, in a triangle: velocity itself jumps at the onset, and
    a sampled jump folds high frequencies down, which moved the wave by 0.08 of a sample at a corner of 5 Hz.
    """
    area = [_brune_area(time - k * step, corner) for k in range(3)]
    return (area[0] - 2 * area[1] + area[2]) / step**2


def _brune_area(time: Array, corner: float) -> Array:
    """Integral of the displacement up to ``time``."""
    since = 2 * math.pi * corner * np.maximum(time, 0)
    return np.asarray(-np.expm1(-since) - since * np.exp(-since))


def attenuation(n_fft: int, rate: float, t_star: float) -> Spectrum:
    """Spectrum (n_fft / 2 + 1,) of the causal filter with amplitude exp(-pi f t*): the minimum-phase one.

    The zero-phase filter would begin before the onset. Minimum phase by folding the real cepstrum.
    """
    frequency = np.fft.rfftfreq(n_fft, 1 / rate)
    cepstrum = np.fft.irfft(-math.pi * frequency * t_star, n_fft)
    cepstrum[1 : n_fft // 2] *= 2
    cepstrum[n_fft // 2 + 1 :] = 0
    return np.asarray(np.exp(np.fft.rfft(cepstrum, n_fft)))


def coloured_noise(rng: np.random.Generator, n_samples: int, rate: float) -> Array:
    """Microseism about 0.2 Hz and white noise (E, N, Z), :func:`root_mean_square` 1."""
    n_fft = 2 * n_samples  # twice as long as needed: a transform's end meets its beginning
    frequency = np.fft.rfftfreq(n_fft, 1 / rate)
    peak, width = rng.uniform(0.15, 0.25), rng.uniform(0.25, 0.5)
    microseism = np.exp(-0.5 * (np.log(np.maximum(frequency, 1e-6) / peak) / width) ** 2)
    white = np.sqrt((microseism**2).mean()) * 10 ** rng.uniform(-1.0, 0.5)
    drawn = rng.normal(size=(2, 3, len(frequency)))
    spectrum = (drawn[0] + 1j * drawn[1]) * np.hypot(microseism, white)
    spectrum[:, 0] = 0
    noise: Array = np.fft.irfft(spectrum, n_fft)[:, :n_samples]
    noise *= np.array([*rng.uniform(1.0, 2.0, size=2), 1.0])[:, None]  # horizontals are noisier
    level = root_mean_square(noise)
    return noise / level if level > 0 else noise


def root_mean_square(data: Array) -> float:
    """Root of the mean power of all components together."""
    return float(np.sqrt((data**2).sum() / max(data.shape[1], 1)))

"""What is added to a window: noise of the station, or a second event."""

from __future__ import annotations

import numpy as np

from lppn_np.config import LPPNConfig
from lppn_np.train.augment_config import AugmentConfig
from lppn_np.train.records import ArrayRecord
from lppn_np.train.window import Samples, Window, cut, take_window

#: An arrival whose first second is weaker than this share of the other event there cannot be told.
_DROWNED_SHARE = 0.5
#: Hz, of the microseism and slower, and how many sines make one.
_MICROSEISM_HZ, _N_SINES = (0.05, 0.8), 6
#: Seconds at either side of such an arrival that become unlabelled.
_DROWNED_SECONDS = 0.3


def rms(x: Samples, first: float, stop: float) -> float:
    """Root of the three components' mean power together over samples [first, stop); 0 if empty."""
    piece = x[:, max(0, int(first)) : max(0, int(stop))]
    if piece.shape[1] == 0:
        return 0.0
    return float(np.sqrt(np.einsum("ct,ct->", piece, piece) / piece.shape[1]))


def mix_noise(rng: np.random.Generator, window: Window, noise: Samples, snr_db: float, second: int) -> None:
    """Add noise to the live components, at an amplitude that gives the wanted signal-to-noise ratio.

    Parameters
    ----------
    rng : numpy.random.Generator
        Chooses the piece of the noise.
    window : Window
    noise : ndarray, shape (3, n), float32
        NaN counts as zero. Noise shorter than the window is continued by its mirror image.
    snr_db : float
        Weakest arrival's first second over the noise, in power of the three components together. In a
        window without arrivals the whole of it counts as signal.
    second : int
        Samples in a second.
    """
    live = window.live()
    signal = min((rms(window.x, a, a + second) for a in window.arrivals()), default=0.0)
    signal = signal or rms(window.x, 0, window.length)
    piece = _noise_piece(rng, noise, window.length)
    piece[~live] = 0
    level = rms(piece, 0, window.length)
    if signal > 0 and level > 0:
        piece *= signal / level * 10 ** (-snr_db / 20)
        window.x += piece


def microseism(rng: np.random.Generator, length: int, rate: float) -> Samples:
    """Ground motion (3, length) of 0.05 to 0.8 Hz: a few sines, each component its own.

    Parameters
    ----------
    rng : numpy.random.Generator
    length : int
        Samples.
    rate : float
        Samples per second.
    """
    low, high = np.log(_MICROSEISM_HZ)
    frequency = np.exp(rng.uniform(low, high, size=(_N_SINES, 1)))
    angle = 2 * np.pi * frequency * (np.arange(length) / rate)
    waves = np.concatenate([np.sin(angle), np.cos(angle)])
    weights = rng.standard_normal((3, 2 * _N_SINES))
    return np.asarray(weights @ waves, np.float32)


def _noise_piece(rng: np.random.Generator, noise: Samples, length: int) -> Samples:
    n_samples = noise.shape[1]
    start = int(rng.integers(max(0, n_samples - length), endpoint=True))
    piece, _ = cut(noise, start, min(length, n_samples))
    if n_samples >= length:
        return piece
    there_and_back = np.arange(length) % (2 * n_samples)
    mirrored = np.minimum(there_and_back, 2 * n_samples - 1 - there_and_back)
    return np.asarray(piece.take(mirrored, axis=1))


def mix_second(
    rng: np.random.Generator,
    window: Window,
    second: ArrayRecord,
    config: LPPNConfig,
    augment: AugmentConfig,
) -> None:
    """Add another event, its P (or S, where P is not labelled) anywhere in the window.

    Scaled so that the later of the two events can be told above the earlier one. An arrival of either that
    the other event drowns all the same becomes unlabelled. A record without a labelled arrival in its data
    is not added: where its event begins is not known.
    """
    anchors = second.arrivals_inside
    ratio_db = float(rng.uniform(*augment.second_db))
    position = int(rng.integers(window.length))
    if not anchors:
        return
    rate = round(config.sampling_rate)
    after_p = augment.after_p_seconds * config.sampling_rate
    start = int(anchors[0]) - position
    other = take_window(second, start, window.length, 1, after_p)
    other.zero_missing()
    other.x[~window.live()] = 0
    _taper(other.x, -start, min(rate, int(anchors[0])), opening=True)
    _taper(
        other.x, second.n_samples - start, min(rate, second.n_samples - 1 - int(anchors[-1])), opening=False
    )
    scale = _scale(window, other, rate, 10 ** (ratio_db / 20))
    if scale is None:
        return
    other.x *= scale
    _forget_drowned(window, other, rate)
    window.x += other.x
    window.p += other.p
    window.s += other.s
    window.unknown += other.unknown


def _taper(x: Samples, edge: int, width: int, opening: bool) -> None:
    """Raise x from zero over the ``width`` samples after ``edge``, or lower it to zero over those before.

    A record that sets in at full noise in the middle of a window would look like an arrival.
    """
    ramp = np.sin(0.5 * np.pi * (np.arange(width, dtype=np.float32) + 0.5) / max(width, 1)) ** 2
    begin = edge if opening else edge - width
    ramp = ramp if opening else ramp[::-1]
    first, stop = max(begin, 0), min(begin + width, x.shape[1])
    if first < stop:
        x[:, first:stop] *= ramp[first - begin : stop - begin]


def _scale(window: Window, other: Window, rate: int, ratio: float) -> float | None:
    """Factor for ``other`` that puts the later event's first second ``ratio`` above the earlier event."""
    theirs = other.arrivals()[0]
    ours = window.arrivals()[0] if window.arrivals() else -1.0
    if ours <= theirs:
        background = rms(window.x, theirs - rate, theirs) or rms(window.x, 0, window.length)
        signal = rms(other.x, theirs, theirs + rate)
        return ratio * background / signal if background > 0 and signal > 0 else None
    background = rms(other.x, ours - rate, ours) or rms(other.x, 0, window.length)
    signal = rms(window.x, ours, ours + rate)
    return signal / background / ratio if background > 0 and signal > 0 else None


def _forget_drowned(window: Window, other: Window, rate: int) -> None:
    for this, that in ((window, other), (other, window)):
        for arrivals in (this.p, this.s):
            hidden = [
                a
                for a in arrivals
                if 0 <= a < this.length
                and rms(this.x, a, a + rate) < _DROWNED_SHARE * rms(that.x, a, a + rate)
            ]
            forget(window, arrivals, hidden, _DROWNED_SECONDS * rate)


def forget(window: Window, arrivals: list[float], hidden: list[float], margin: float) -> None:
    """Take arrivals out of a list of labels; what lies within ``margin`` samples of them is unlabelled."""
    for arrival in hidden:
        arrivals.remove(arrival)
        window.unknown.append((arrival - margin, arrival + margin))

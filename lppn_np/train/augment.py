"""One training window with its labels out of one record, new with every call."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import LPPNConfig
from lppn_np.train.augment_config import WINDOW_SWITCHES, AugmentConfig
from lppn_np.train.filters import apply_filter, draw_filter
from lppn_np.train.labels import segment_labels
from lppn_np.train.mixing import forget, microseism, mix_noise, mix_second
from lppn_np.train.moveout import move_s
from lppn_np.train.placement import place_window
from lppn_np.train.records import ArrayRecord, check_waveform
from lppn_np.train.scaling import window_input
from lppn_np.train.tilting import draw_order, tilt
from lppn_np.train.transforms import clip, cut_gaps, drop, rotate, scale_components
from lppn_np.train.window import Window

__all__ = ["ArrayRecord", "AugmentConfig", "build_window"]

#: Of a window, from P to S: both must be seen, with something before and behind them.
_LONGEST_MOVEOUT = 0.85

Labelled = tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.float32]]


def build_window(
    rng: np.random.Generator,
    record: ArrayRecord,
    config: LPPNConfig,
    augment: AugmentConfig,
    noise: NDArray[np.float32] | None = None,
    second: ArrayRecord | None = None,
) -> Labelled:
    """Draw a window of a record, augment it, and say what the network should answer.

    The order is nature's: two events and the noise meet in the ground; the station's orientation,
    polarity, gain and clipping follow, then somebody's filter, lost packets and lost components.

    Parameters
    ----------
    rng : numpy.random.Generator
        Everything random comes from it: the same generator state gives the same window.
    record : ArrayRecord
        Rows in the model's component order, at its sampling rate.
    config : LPPNConfig
        Of the model; ``in_samples`` is the window's length T, ``stride`` the segment's S.
    augment : AugmentConfig
        What may happen to the window, and how often.
    noise : ndarray, shape (3, n), float32, optional
        Noise of the same station, to be mixed in; without it none is.
    second : ArrayRecord, optional
        Event to be added; without it, or to a noise-only window of an event's record, none is.

    Returns
    -------
    x : ndarray, shape (3, T), float32
        The network's input, phase code included where the model has one.
    classes : ndarray, shape (T / S,), int8
        0, the class of P or S, or -1 where an arrival may stand that nobody has labelled.
    offsets : ndarray, shape (T / S,), float32
        Samples from a segment's first to its arrival.

    Raises
    ------
    InputError
        ``noise`` has the wrong shape or type.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> record = ArrayRecord(rng.normal(size=(3, 6000)).astype(np.float32), p_sample=2000.5, s_sample=2600.0)
    >>> x, classes, offsets = build_window(rng, record, LPPNConfig(stride=16), AugmentConfig.off())
    >>> x.shape, classes.shape, offsets.shape, bool((classes == 1).any())
    ((3, 3072), (192,), (192,), True)
    """
    on = _switch(rng, augment)
    factor = float(rng.uniform(*augment.stretch_factor)) if on["stretch"] else 1.0
    if on["moveout"]:
        times = float(np.exp(rng.uniform(*np.log(augment.moveout_factor))))
        longest = _LONGEST_MOVEOUT * config.in_samples / factor
        record = move_s(rng, record, times, longest, config.sampling_rate)
    window, noise_only = place_window(rng, record, config, augment, factor)
    if second is not None and on["second"] and not noise_only:
        mix_second(rng, window, second, config, augment)
    if noise is not None and on["noise"]:
        check_waveform("the noise", noise)
        mix_noise(rng, window, noise, float(rng.uniform(*augment.noise_db)), round(config.sampling_rate))
    if on["microseism"]:
        swell = microseism(rng, window.length, config.sampling_rate)
        level = float(rng.uniform(*augment.microseism_db))
        mix_noise(rng, window, swell, level, round(config.sampling_rate))
    _change(rng, window, config, augment, on)
    _lose(rng, window, config, augment, on)
    return _finish(window, config)


def _switch(rng: np.random.Generator, augment: AugmentConfig) -> dict[str, bool]:
    # All in one draw: which ones fall does not depend on what the others draw.
    return {
        name: draw < getattr(augment, name)
        for name, draw in zip(WINDOW_SWITCHES, rng.random(len(WINDOW_SWITCHES)).tolist(), strict=True)
    }


def _change(
    rng: np.random.Generator, window: Window, config: LPPNConfig, augment: AugmentConfig, on: dict[str, bool]
) -> None:
    if on["rotation"]:
        rotate(window, float(rng.uniform(0, 2 * math.pi)), config.component_order)
    if on["flip"]:
        np.negative(window.x, out=window.x)
    if on["gain"]:
        scale_components(window, np.full(3, rng.uniform(*augment.gain_db)))
    if on["component_gain"]:
        scale_components(window, rng.uniform(*augment.component_gain_db, size=3))
    if on["clip"]:
        clip(window, float(rng.uniform(*augment.clip_share)))
    if on["tilt"]:
        window.zero_missing()
        window.x = tilt(window.x, draw_order(rng, augment.tilt_order), config.sampling_rate)
    if on["filter"]:
        window.zero_missing()
        window.x = apply_filter(window.x, draw_filter(rng, augment, config.sampling_rate))


def _lose(
    rng: np.random.Generator, window: Window, config: LPPNConfig, augment: AugmentConfig, on: dict[str, bool]
) -> None:
    if on["gaps"]:
        cut_gaps(rng, window, augment.gap_seconds, augment.gap_margin_seconds, config.sampling_rate)
    if on["drop"]:
        drop(rng, window, config.component_order)


def _finish(window: Window, config: LPPNConfig) -> Labelled:
    if window.missing is not None:
        hidden = np.logical_and.reduce(window.missing, axis=0)
        for arrivals in (window.p, window.s):
            unseen = [a for a in arrivals if 0 <= a < window.length and hidden[int(a)]]
            forget(window, arrivals, unseen, 0.5)
    classes, offsets = segment_labels(
        window.p,
        window.s,
        window.unknown,
        config.stride,
        window.length // config.stride,
        p_class=config.labels.index("P"),
        s_class=config.labels.index("S"),
    )
    return window_input(window.x, window.missing, config), classes, offsets

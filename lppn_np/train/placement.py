"""Where in a record a training window is cut."""

from __future__ import annotations

import math

import numpy as np

from lppn_np.config import LPPNConfig
from lppn_np.train.augment_config import AugmentConfig
from lppn_np.train.records import ArrayRecord
from lppn_np.train.window import Window, take_window

#: Share of a window that data before P must fill to make a noise window.
_LEAST_NOISE = 1 / 8


def place_window(
    rng: np.random.Generator, record: ArrayRecord, config: LPPNConfig, augment: AugmentConfig, factor: float
) -> tuple[Window, bool]:
    """Draw a window around P or S, one of the noise before P, or one anywhere in a record without arrivals.

    Where the record lasts, every position in the window is equally probable for the arrival.

    Returns
    -------
    window : Window
    noise_only : bool
        It was taken from the noise before P.
    """
    span = config.in_samples / factor
    draws = rng.random(3)
    after_p = augment.after_p_seconds * config.sampling_rate
    stop = _noise_end(record, config, augment) if draws[0] < augment.noise_only else None
    n_samples = record.n_samples if stop is None else stop
    anchors = [] if stop is not None else record.arrivals_inside
    beyond = False
    if anchors:
        beyond = bool(draws[2] < augment.beyond)
        # Of one arrival the first is the last.
        anchors = [anchors[-1] if draws[1] < augment.around_s else anchors[0]]
    start = int(rng.integers(*_starts(n_samples, span, anchors, beyond), endpoint=True))
    return take_window(record, start, config.in_samples, factor, after_p, stop), stop is not None


def _noise_end(record: ArrayRecord, config: LPPNConfig, augment: AugmentConfig) -> int | None:
    """Sample up to which there is noise before P; None where that is not known or too little."""
    if record.p_sample is None:
        return None
    end = math.floor(record.p_sample - augment.noise_margin_seconds * config.sampling_rate)
    end = min(end, record.n_samples)
    return end if end >= config.in_samples * _LEAST_NOISE else None


def _starts(n_samples: int, span: float, anchors: list[float], beyond: bool) -> tuple[int, int]:
    """First and last sample at which a window of ``span`` samples may start.

    ``anchors`` holds the arrival that must stand in the window, or nothing.
    """
    first, last = min(0, math.floor(n_samples - span)), max(0, math.ceil(n_samples - span))
    if not anchors:
        return first, last
    around = math.floor(anchors[0] - span) + 1, math.floor(anchors[0])
    return around if beyond else (max(first, around[0]), min(last, around[1]))

"""One checked array through the whole chain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import check_windowing
from lppn_np.errors import InputError
from lppn_np.kernels import reference
from lppn_np.model import LPPN
from lppn_np.picking.decode import Candidates, find_candidates, keep_pickable, suppress_duplicates
from lppn_np.picking.preprocess import network_input
from lppn_np.picking.windows import Windows, cut_windows, pickable, plan_windows

#: Seconds at either side of a gap without picks: the step from data to nothing looks like an arrival.
GAP_MARGIN = 0.5

Array = NDArray[np.floating[Any]]
_REAL = (int, float, np.integer, np.floating)


@dataclass(frozen=True)
class Settings:
    """Everything that can be chosen for one run; None takes the model's own default."""

    P_threshold: float | None = None
    S_threshold: float | None = None
    overlap: int | None = None
    blinding: int | None = None
    min_distance: float | None = None
    batch_size: int = 64
    engine: str = "numba"
    n_threads: int = 1

    def resolve(self, model: LPPN) -> Settings:
        """Fill in the model's defaults and check the result.

        Raises
        ------
        InputError, ConfigError
            A value that cannot work.
        """
        filled = dict(vars(self))
        for name in ("P_threshold", "S_threshold", "overlap", "blinding", "min_distance"):
            if filled[name] is None:
                filled[name] = getattr(model.config, name)
        settings = Settings(**filled)
        for name in ("P_threshold", "S_threshold"):
            if not isinstance(filled[name], _REAL) or not 0 < filled[name] <= 1:
                raise InputError(f"{name} is {filled[name]!r}; a probability in (0, 1] is expected")
        check_windowing(model.in_samples, filled["overlap"], filled["blinding"])
        if not isinstance(filled["min_distance"], _REAL) or not 0 <= filled["min_distance"] < math.inf:
            raise InputError(f"min_distance is {filled['min_distance']!r}; seconds >= 0 are expected")
        if not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise InputError(f"batch_size is {self.batch_size!r}; a whole number of windows >= 1 is expected")
        return settings


def find_arrivals(model: LPPN, data: Array, settings: Settings) -> Candidates:
    """Arrivals of a record in order of time.

    Parameters
    ----------
    model : LPPN
    data : ndarray, shape (3, n_samples)
        Rows in the model's component order, at its sampling rate; NaN where there is no data.
    settings : Settings
        Resolved.
    """
    thresholds = np.array([_threshold(label, settings) for label in model.labels])
    windows = _plan(model, data, settings)
    parts = [
        find_candidates(logits, offsets, windows, which, thresholds)
        for which, logits, offsets in _run(model, data, windows, settings)
    ]
    rate = model.sampling_rate
    found = keep_pickable(Candidates.join(parts), pickable(data, round(GAP_MARGIN * rate)))
    kind = np.array([ord(label[0]) for label in model.labels])
    assert settings.min_distance is not None
    return suppress_duplicates(found, kind, settings.min_distance * rate)


def probability_curves(model: LPPN, data: Array, settings: Settings) -> Array:
    """Class probabilities (n_classes, ceil(n / S)) of a record's segments; NaN without data.

    Where windows overlap, the largest counts.
    """
    stride = model.config.stride
    n_segments = -(-data.shape[1] // stride)
    curves = np.full((model.config.n_classes, n_segments), np.nan)
    windows = _plan(model, data, settings)
    for which, logits, _ in _run(model, data, windows, settings):
        for start, window in zip(windows.starts[which], reference.softmax(logits), strict=True):
            first = round(start / stride)
            target = curves[:, first : first + window.shape[1]]
            np.fmax(target, window[:, : target.shape[1]], out=target)
    return curves


def _threshold(label: str, settings: Settings) -> float:
    value = settings.S_threshold if label.startswith("S") else settings.P_threshold
    assert value is not None
    return value


def _plan(model: LPPN, data: Array, settings: Settings) -> Windows:
    assert settings.overlap is not None
    assert settings.blinding is not None
    return plan_windows(data.shape[1], model.in_samples, settings.overlap, settings.blinding)


def _run(
    model: LPPN, data: Array, windows: Windows, settings: Settings
) -> Iterator[tuple[NDArray[np.intp], Array, Array]]:
    """Batches of windows that hold a signal: their indices, logits and offsets.

    A window that is constant or empty on all components is skipped: the network has nothing to look at.
    """
    for first in range(0, len(windows), settings.batch_size):
        which = np.arange(first, min(first + settings.batch_size, len(windows)))
        raw = cut_windows(data, windows.starts[which], windows.length)
        x = network_input(raw, model.config)
        alive = _has_signal(raw)
        if alive.any():
            logits, offsets = model.forward(x[alive], settings.engine, settings.n_threads)
            yield which[alive], logits, offsets


def _has_signal(windows: Array) -> NDArray[np.bool_]:
    low = np.fmin.reduce(windows, axis=2)
    high = np.fmax.reduce(windows, axis=2)
    return np.asarray((high > low).any(axis=1))

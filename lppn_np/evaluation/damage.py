"""Records as they come from the field: components missing or dead, gaps, clipping, lower rates.

Each damage is a function of one record. :class:`Damaged` is the dataset in which every record has suffered
it; labels, splits and windows stay the same, so that scores can stand beside those of the intact records.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.data import Dataset, TraceRecord
from lppn_np.data.rates import resample
from lppn_np.errors import InputError
from lppn_np.evaluation.observe import arrivals_of

Array = NDArray[Any]

#: Share of a record that is taken away, seconds of one gap, and seconds that it stays away from the labels:
#: the picker gives no pick within half a second of a gap, and a pick that cannot be there says nothing.
GAP_SHARE, _GAP_SECONDS, _GAP_MARGIN = 0.2, (0.5, 4.0), 1.0
#: Level at which a record is clipped, as a share of its largest value.
CLIP_SHARE = 0.5


def vertical_only(record: TraceRecord, order: str, rate: float) -> Array:
    """Take the horizontals away: no data."""
    return _without(record.data, order, "EN", np.nan)


def dead_horizontals(record: TraceRecord, order: str, rate: float) -> Array:
    """Set the horizontals to a constant, as a broken sensor or cable does."""
    return _without(record.data, order, "EN", 1.0)


def no_vertical(record: TraceRecord, order: str, rate: float) -> Array:
    """Take the vertical away: no data."""
    return _without(record.data, order, "Z", np.nan)


def gaps(record: TraceRecord, order: str, rate: float) -> Array:
    """Take a fifth of the record away in gaps of 0.5 to 4 s on all components, a second off the labels."""
    data = record.data.copy()
    rng = np.random.default_rng(zlib.crc32(record.entry.name.encode()))
    arrivals, missing = list(arrivals_of(record.entry).values()), np.zeros(data.shape[1], np.bool_)
    for _ in range(1000):
        if missing.mean() >= GAP_SHARE:
            break
        width = round(rng.uniform(*_GAP_SECONDS) * rate)
        first = int(rng.integers(max(1, data.shape[1] - width)))
        margin = _GAP_MARGIN * rate
        if all(a < first - margin or a >= first + width + margin for a in arrivals):
            missing[first : first + width] = True
    data[:, missing] = np.nan
    return data


def clipped(record: TraceRecord, order: str, rate: float) -> Array:
    """Clip each component at half of its largest value, the mean taken off."""
    data = record.data - np.nanmean(record.data, axis=1, keepdims=True)
    level = CLIP_SHARE * np.nanmax(np.abs(data), axis=1, keepdims=True)
    return np.asarray(np.clip(data, -level, level))


def half_rate(record: TraceRecord, order: str, rate: float) -> Array:
    """Go down to half the sampling rate and back up, as a record of 50 Hz comes in: nothing above 25 Hz."""
    data = record.data.astype(np.float64)
    missing = np.isnan(data)
    down = resample(np.where(missing, 0.0, data), Fraction(1, 2))
    up = resample(down, Fraction(2, 1))[:, : data.shape[1]]
    return np.asarray(np.where(missing, np.nan, up), record.data.dtype)


def acceleration(record: TraceRecord, order: str, rate: float) -> Array:
    """Differentiate: what a strong-motion instrument writes where a seismometer writes velocity."""
    return np.asarray(np.gradient(record.data, axis=1), record.data.dtype)


DAMAGES: dict[str, Callable[[TraceRecord, str, float], Array]] = {
    "vertical only": vertical_only,
    "dead horizontals": dead_horizontals,
    "no vertical": no_vertical,
    "20 % in gaps": gaps,
    "clipped": clipped,
    "50 Hz": half_rate,
    "acceleration": acceleration,
}


class Damaged:
    """What :func:`lppn_np.evaluation.evaluate` asks of a dataset, with damaged waveforms.

    Parameters
    ----------
    dataset : Dataset
    damage : str
        One of :data:`DAMAGES`.

    Raises
    ------
    InputError
        There is no such damage.
    """

    def __init__(self, dataset: Dataset, damage: str) -> None:
        if damage not in DAMAGES:
            raise InputError(f"no damage {damage!r}; known are {', '.join(DAMAGES)}")
        self._dataset, self._damage = dataset, DAMAGES[damage]
        self.entries = dataset.entries
        self.component_order, self.sampling_rate = dataset.component_order, dataset.sampling_rate

    def read(self, index: int) -> TraceRecord:
        """Read one record and damage it."""
        record = self._dataset.read(index)
        data = self._damage(record, self.component_order, self.sampling_rate)
        return dataclasses.replace(record, data=data)


def _without(data: Array, order: str, components: str, value: float) -> Array:
    damaged = data.copy()
    damaged[[order.index(component) for component in components]] = value
    return damaged

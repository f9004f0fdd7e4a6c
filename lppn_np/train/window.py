"""A window of a record on its way to the network: cut, stretched, its arrivals moved with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.preprocess import DEAD_SHARE
from lppn_np.train.labels import doubtful_ranges, unknown_ranges
from lppn_np.train.records import ArrayRecord
from lppn_np.train.scaling import demean, demean_around, scale_to_one

Samples = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(slots=True)
class Window:
    """A window that the augmentations change in place.

    Attributes
    ----------
    x : ndarray, shape (3, T), float32
        Without mean; the largest value is 1 when the window is cut, so that squares of records in any
        unit stay within float32.
    missing : ndarray of bool, shape (3, T), or None
        Where there is no data; None if there is data everywhere. ``x`` has no meaning there.
    p, s : list of float
        Labelled arrivals in samples after the window's first, those outside the window too.
    unknown : list of (float, float)
        Samples [first, stop) where unlabelled arrivals may be.
    """

    x: Samples
    missing: Mask | None
    p: list[float]
    s: list[float]
    unknown: list[tuple[float, float]]

    @property
    def length(self) -> int:
        """Samples in the window, T."""
        return int(self.x.shape[1])

    def arrivals(self) -> list[float]:
        """Labelled arrivals inside the window, in order of time."""
        return sorted(a for a in (*self.p, *self.s) if 0 <= a < self.length)

    def mask(self) -> Mask:
        """``missing`` for writing into it."""
        if self.missing is None:
            self.missing = np.zeros(self.x.shape, np.bool_)
        return self.missing

    def live(self) -> Mask:
        """Components (3,) that are not dead."""
        peak = self._zero_missing_peak()
        return np.asarray(peak > DEAD_SHARE * peak.max())

    def zero_missing(self) -> None:
        """Put zeros where there is no data."""
        if self.missing is not None:
            self.x[self.missing] = 0

    def _zero_missing_peak(self) -> NDArray[np.float32]:
        self.zero_missing()
        return np.asarray(np.maximum(self.x.max(axis=1), -self.x.min(axis=1)))


def take_window(
    record: ArrayRecord, start: int, length: int, factor: float, after_p: float, stop: int | None = None
) -> Window:
    """Cut a window out of a record, made ``factor`` times as long.

    Parameters
    ----------
    record : ArrayRecord
    start : int
        The record's sample that becomes the window's first; may lie before the record.
    length : int
        Samples in the window.
    factor : float
        1 takes the samples as they are; else they are interpolated.
    after_p : float
        See :func:`lppn_np.train.labels.unknown_ranges`; in samples of the record.
    stop : int, optional
        Data from this sample of the record on are left out, and its arrivals too.
    """
    data = record.data if stop is None else record.data[:, :stop]
    complete = record.complete
    if factor == 1:
        x, missing = cut(data, start, length, complete)
    else:
        x, missing = _stretch(data, start, length, factor, complete)
    unknown = doubtful_ranges(record.doubtful)
    if stop is not None:
        return Window(x, missing, [], [], [((a - start) * factor, (b - start) * factor) for a, b in unknown])
    unknown += unknown_ranges(record.p_sample, record.s_sample, record.n_samples, record.is_noise, after_p)
    return Window(
        x,
        missing,
        [] if record.p_sample is None else [(record.p_sample - start) * factor],
        [] if record.s_sample is None else [(record.s_sample - start) * factor],
        [((a - start) * factor, (b - start) * factor) for a, b in unknown],
    )


def cut(data: Samples, start: int, length: int, complete: bool = False) -> tuple[Samples, Mask | None]:
    """Samples [start, start + length) without mean, scaled to 1, and where there is no data (zeros).

    Parameters
    ----------
    data : ndarray, shape (3, n), float32
    start, length : int
        In samples; the cut may reach beyond both ends of ``data``.
    complete : bool
        ``data`` is known to hold no NaN, which spares the look for it.

    Returns
    -------
    x : ndarray, shape (3, length), float32
    missing : ndarray of bool, shape (3, length), or None
    """
    first = min(max(start, 0), data.shape[1])
    stop = min(max(start + length, first), data.shape[1])
    if stop - first == length and (complete or not np.isnan(data[:, first:stop]).any()):
        x = data[:, first:stop].copy()
        demean(x)
        scale_to_one(x)
        return x, None
    x = np.zeros((3, length), np.float32)
    missing = np.ones(x.shape, np.bool_)
    if first < stop:
        inside = x[:, first - start : stop - start]
        inside[...] = data[:, first:stop]
        if complete:
            missing[:, first - start : stop - start] = False
            demean(inside)
        else:
            holes = missing[:, first - start : stop - start] = np.isnan(inside)
            demean_around(inside, holes)
        scale_to_one(x)
    return x, missing


def _stretch(
    data: Samples, start: int, length: int, factor: float, complete: bool
) -> tuple[Samples, Mask | None]:
    """Window sample i is the record at start + i / factor, by Catmull-Rom's cubic through four samples.

    A factor below 1 folds what lies within that share of the Nyquist frequency back; records hold next
    to nothing there, and a filter against it would cost more than the rest of the window.
    """
    position = np.arange(length) / factor
    base = position.astype(np.intp)
    source, holes = cut(data, start - 1, int(base[-1]) + 4, complete)
    x = np.zeros((3, length), np.float32)
    for tap, weight in enumerate(_catmull_rom((position - base).astype(np.float32))):
        x += weight * source.take(base + tap, axis=1)
    if holes is None:
        return x, None
    missing = holes.take(base + 1, axis=1) | holes.take(base + 2, axis=1)
    x[missing] = 0
    return x, missing if missing.any() else None


def _catmull_rom(f: Samples) -> tuple[Samples, Samples, Samples, Samples]:
    """Weights of the samples at -1, 0, 1 and 2 for a value at ``f`` in [0, 1)."""
    g = 1 - f
    return -0.5 * f * g * g, g * (1 + f - 1.5 * f * f), f * (1 + g - 1.5 * g * g), -0.5 * g * f * f

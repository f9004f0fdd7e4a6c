"""The textbook of what surrounds the network: windows before it, candidates after it, in plain NumPy.

Twins of :mod:`.window_input` and :mod:`.candidates`, and what ``engine="numpy"`` runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels import reference

Array = NDArray[np.floating[Any]]

#: A component weaker than this share of the window's strongest one is dead and becomes zero.
DEAD_SHARE = 1e-7
#: Sums of probabilities are themselves up to here.
ALMOST = 0.9


def cut(rows: tuple[Array, ...], starts: NDArray[np.int64], length: int) -> Array:
    """Windows (B, 3, length) at ``starts`` of three rows (n,), NaN beyond the rows' end."""
    index = starts[:, None] + np.arange(length)
    n_samples = len(rows[0])
    windows = np.stack([row[np.minimum(index, n_samples - 1)] for row in rows], axis=1)
    np.copyto(windows, np.nan, where=(index >= n_samples)[:, None])
    return windows


def normalise(windows: Array, common: bool) -> NDArray[np.float32]:
    """Windows (B, 3, T) without mean, over the largest magnitude of each component, or of all three.

    NaN and dead components become zero. A constant has the magnitude 0, whatever its mean is rounded to.
    """
    x = windows.astype(np.float64)
    no_data = np.isnan(x)
    np.copyto(x, 0.0, where=no_data)
    count = x.shape[2] - no_data.sum(axis=2, keepdims=True)
    x -= x.sum(axis=2, keepdims=True) / np.maximum(count, 1)
    np.copyto(x, 0.0, where=no_data)
    amplitude = np.where(varies(windows)[:, :, None], np.abs(x).max(axis=2, keepdims=True), 0.0)
    largest = amplitude.max(axis=1, keepdims=True)
    dead = amplitude <= DEAD_SHARE * largest
    divisor = np.broadcast_to(largest, amplitude.shape) if common else amplitude
    x /= np.where(dead, 1.0, divisor)
    np.copyto(x, 0.0, where=dead)
    return x.astype(np.float32)


def varies(windows: Array) -> NDArray[np.bool_]:
    """Whether the data of a component (B, 3) are more than one value."""
    low = np.fmin.reduce(windows, axis=2)
    high = np.fmax.reduce(windows, axis=2)
    return np.asarray(high > low)


def window_input(
    rows: tuple[Array, ...],
    starts: NDArray[np.int64],
    length: int,
    code: NDArray[np.float32],
    common: bool,
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Input of the network (B', 3, length) of those of the windows (B',) at ``starts`` that hold a signal.

    ``code`` (3, length) is added to what :func:`normalise` makes of them.
    """
    windows = cut(rows, starts, length)
    kept = np.flatnonzero(varies(windows).any(axis=1))
    return normalise(windows[kept], common) + code, kept


def gather(
    probability: Array, offsets: Array, neighbours: int, stride: int, weights: Array
) -> tuple[Array, Array]:
    """Add to each segment's class probability those of its neighbours, and take the mean of their times.

    An arrival near the edge of a segment is shared between two: neither is sure of it, both together are.
    A class that counted w times in training has w times the odds that it should have: see :func:`unweighed`.

    Parameters
    ----------
    probability : ndarray, shape (B, C, T)
    offsets : ndarray, shape (B, T)
        In samples from the segment's start.
    neighbours : int
        Segments on either side, inside the window.
    stride : int
        Samples in a segment.
    weights : ndarray, shape (C,)
        Of the classes in training, beside 1 for "no arrival".

    Returns
    -------
    total : ndarray, shape (B, C, T)
        Sums, below 1 (:func:`below_one`), unweighed.
    offset : ndarray, shape (B, C, T)
        Mean time of the same segments, by their unweighed probabilities, in samples from the segment's start.
    """
    own = np.broadcast_to(offsets.astype(np.float64)[:, None], probability.shape)
    if neighbours == 0:
        return unweighed(probability, weights[:, None]), own
    n_times = probability.shape[2]
    total, mass, moment = (np.zeros_like(probability) for _ in range(3))
    share = unweighed(probability, weights[:, None])
    for j in range(-min(neighbours, n_times - 1), min(neighbours, n_times - 1) + 1):
        here, there = slice(max(0, -j), n_times - max(0, j)), slice(max(0, j), n_times - max(0, -j))
        total[..., here] += probability[..., there]
        mass[..., here] += share[..., there]
        moment[..., here] += share[..., there] * (j * stride + own[..., there])
    mean = moment / np.where(mass > 0, mass, 1)
    return unweighed(below_one(total), weights[:, None]), mean


def below_one(total: Array) -> Array:
    """Sums of probabilities that stay in their order and below 1.

    Cut off at 1, a segment that is sure of an arrival would tie with those beside it, which have it in
    their sums, and the first of them would be the pick. From :data:`ALMOST` on, 1 is approached smoothly.
    """
    left = 1 - ALMOST
    return np.asarray(np.where(total <= ALMOST, total, 1 - left * np.exp((ALMOST - total) / left)))


def unweighed(probability: Array, weight: Array) -> Array:
    """Probabilities whose odds are divided by a weight: what it was in training is taken out again."""
    return np.asarray(
        np.where(weight == 1, probability, probability / (probability + weight * (1 - probability)))
    )


def weighed(probability: Array, weight: Array) -> Array:
    """Undo :func:`unweighed`."""
    return unweighed(probability, 1 / weight)


def candidates(
    logits: Array,
    offsets: Array,
    spans: NDArray[np.int64],
    thresholds: NDArray[np.float64],
    stride: int,
    neighbours: int,
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Segments whose class probability reaches the threshold, in order of window, class and segment.

    Parameters
    ----------
    logits : ndarray, shape (B, C, T)
    offsets : ndarray, shape (B, T)
        In samples.
    spans : ndarray of int64, shape (3, B)
        The windows' first samples, and the samples [first, stop) whose candidates count.
    thresholds : ndarray, shape (C,)
        The one of class 0 is not used.
    stride : int
        Samples in a segment.
    neighbours : int
        Segments on either side that count to a segment's own (:func:`gather`).
    weights : ndarray, shape (C,)
        Of the classes in training (:func:`gather`).

    Returns
    -------
    real : ndarray, shape (2, N)
        Times in samples of the record, and probabilities.
    whole : ndarray of int64, shape (4, N)
        Rows of the batch, classes, and the samples [begin, end) of the run of segments around each.
    """
    softmax = reference.softmax(logits.astype(np.float64))
    probability, offset = gather(softmax, offsets, neighbours, stride, weights)
    above = probability >= thresholds[:, None]
    above[:, 0] = False
    left, right = _runs(above)
    row, label, segment = np.nonzero(above)
    window, first, stop = spans[:, row]
    start = window + segment * stride
    real = np.stack([start + offset[row, label, segment], probability[row, label, segment]])
    begin = window + left[row, label, segment] * stride
    end = window + right[row, label, segment] * stride
    whole = np.stack([row, label, begin, end])
    counts = (start + stride > first) & (start < stop)
    return real[:, counts], whole[:, counts]


def _runs(above: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First segment and segment after the last of the run that each True stands in, along the last axis."""
    index = np.arange(above.shape[-1], dtype=np.int64)
    left = np.maximum.accumulate(np.where(above, 0, index + 1), axis=-1)
    right = np.minimum.accumulate(np.where(above, above.shape[-1], index)[..., ::-1], axis=-1)[..., ::-1]
    return left, right

"""From logits to arrivals: softmax, threshold, runs of segments and their place in the record.

Twin: ``reference_picking.candidates``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.reference_picking import ALMOST


@kernel
def _any_reaches(logits: Array, none: Array, least: float) -> bool:
    """Whether a class's logit is somewhere ``least`` or more above that of "no arrival"."""
    n_above = 0
    for t in range(logits.size):
        n_above += int(np.float64(logits[t]) - np.float64(none[t]) >= least)
    return n_above > 0


@kernel
def _probability(logits: Array, label: int, t: int) -> float:
    """Softmax over the classes of logits (C, T) at one segment, in float64."""
    largest = np.float64(logits[0, t])
    for c in range(1, logits.shape[0]):
        largest = max(largest, np.float64(logits[c, t]))
    total = 0.0
    for c in range(logits.shape[0]):
        total += np.exp(np.float64(logits[c, t]) - largest)
    probability: float = np.exp(np.float64(logits[label, t]) - largest) / total
    return probability


@kernel
def _near(logits: Array, none: Array, t: int, neighbours: int, least: float) -> bool:
    """Whether :func:`_any_reaches` among the segments around one."""
    first, stop = max(0, t - neighbours), min(logits.size, t + neighbours + 1)
    return _any_reaches(logits[first:stop], none[first:stop], least)


@kernel
def _below_one(total: float) -> float:
    """Twin: ``reference_picking.below_one``."""
    left = 1 - ALMOST
    return total if total <= ALMOST else 1 - left * np.exp((ALMOST - total) / left)


@kernel
def _unweighed(p: float, weight: float) -> float:
    """Twin: ``reference_picking.unweighed``."""
    return p if weight == 1.0 else p / (p + weight * (1.0 - p))


@kernel
def _gathered(
    logits: Array, offsets: Array, label: int, t: int, neighbours: int, stride: int, weight: float
) -> tuple[float, float]:
    """Probability and offset of a segment and its neighbours; twin: ``reference_picking.gather``."""
    if neighbours == 0:
        return _unweighed(_probability(logits, label, t), weight), np.float64(offsets[t])
    total, mass, moment = 0.0, 0.0, 0.0
    for other in range(max(0, t - neighbours), min(offsets.size, t + neighbours + 1)):
        p = _probability(logits, label, other)
        share = _unweighed(p, weight)
        total += p
        mass += share
        moment += share * ((other - t) * stride + np.float64(offsets[other]))
    mean = moment / (mass if mass > 0 else 1.0)
    return _unweighed(_below_one(total), weight), mean


@kernel
def candidates(
    real: NDArray[np.float64],
    whole: NDArray[np.int64],
    logits: Array,
    offsets: Array,
    spans: NDArray[np.int64],
    thresholds: NDArray[np.float64],
    least: NDArray[np.float64],
    stride: int,
    neighbours: int,
    weights: NDArray[np.float64],
) -> int:
    """Fill real (2, N) and whole (4, N) as the twin returns them, N at least B (C - 1) T; their number.

    ``least`` (C,): a probability of p takes a logit of at least log(p / (1 - p)) above that of class 0, with
    p the share of a threshold, weighed, that each of 2 neighbours + 1 segments has. Nearly all stay below,
    and whole windows are told without an exponential.
    """
    n_classes, n_times = logits.shape[1:]
    n = 0
    for b in range(logits.shape[0]):
        start, first, stop = spans[0, b], spans[1, b], spans[2, b]
        for c in range(1, n_classes):
            if not _any_reaches(logits[b, c], logits[b, 0], least[c]):
                continue
            begin, of_run = -1, n  # segment where the run begins, and its first candidate
            for t in range(n_times + 1):
                p, offset = -1.0, 0.0
                if t < n_times and _near(logits[b, c], logits[b, 0], t, neighbours, least[c]):
                    p, offset = _gathered(logits[b], offsets[b], c, t, neighbours, stride, weights[c])
                if p >= thresholds[c]:
                    begin = t if begin < 0 else begin
                    segment = start + t * stride
                    if segment + stride > first and segment < stop:
                        real[0, n] = segment + offset
                        real[1, n] = p
                        whole[0, n] = b
                        whole[1, n] = c
                        whole[2, n] = start + begin * stride
                        n += 1
                elif begin >= 0:
                    whole[3, of_run:n] = start + t * stride
                    begin, of_run = -1, n
    return n

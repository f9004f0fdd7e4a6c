"""The same event nearer or farther: S comes earlier or later after P.

A record says how P and S look, but at one distance. Of 1,971 training records with both, half have S within
5 s of P and 3 % after more than 15 s. Between the two lies the coda of P, which has no edges: some of it is
left out, or more is made of pieces of its later part, each faded into the next. All that is before and behind
stays as it is.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from lppn_np.train.records import ArrayRecord

#: Seconds before S that stay with it, and of the fades.
_GUARD, _FADE = 0.4, 0.2
#: Share of the way from P to S behind which coda is taken; before, P itself is too near.
_FROM = 1 / 3
#: Seconds of a piece of coda at most; shorter ones repeat audibly, longer ones leave less to draw from.
_PIECE = 2.0

Samples = NDArray[np.float32]


def move_s(
    rng: np.random.Generator, record: ArrayRecord, factor: float, longest: float, rate: float
) -> ArrayRecord:
    """Return the record with S ``factor`` times as long after P, or the record itself where that cannot be.

    It cannot where P or S is not known or not in the data, where data are missing, where something
    unlabelled may lie between them, and where the coda is too short to be cut or made longer.

    Parameters
    ----------
    rng : numpy.random.Generator
    record : ArrayRecord
    factor : float
        Of the time from P to S.
    longest : float
        Samples from P to S at most; farther S is moved so far only.
    rate : float
        Samples per second.
    """
    p, s = record.p_sample, record.s_sample
    if p is None or s is None or len(record.arrivals_inside) < 2 or not record.complete:
        return record
    fade = round(_FADE * rate)
    cut = math.floor(s - _GUARD * rate)  # from here on everything moves
    first = math.ceil(p + _FROM * (s - p))  # the coda begins
    more = round(min(factor * (s - p), max(longest, s - p)) - (s - p))
    if cut - first < 2 * fade or first < fade or any(first - fade <= d < cut for d in record.doubtful):
        return record
    more = max(more, first + fade - cut)  # no more is left out than there is
    start, end = record.data[:, :cut], record.data[:, cut - fade :]
    if more > 0:
        coda = _coda(rng, record.data[:, first:cut], more + fade, fade, round(_PIECE * rate))
        data = _joined(_joined(start, coda, fade), end, fade)
    else:
        data = _joined(start[:, : cut + more], end, fade)
    doubtful = tuple(d + more if d >= cut else d for d in record.doubtful)
    return dataclasses.replace(record, data=data, s_sample=s + more, doubtful=doubtful)


def _coda(rng: np.random.Generator, source: Samples, n: int, fade: int, longest: int) -> Samples:
    """Join pieces of a coda, drawn with replacement, until there are ``n`` samples."""
    length = min(source.shape[1], longest)

    def piece() -> Samples:
        first = int(rng.integers(source.shape[1] - length, endpoint=True))
        return source[:, first : first + length]

    out = piece()
    while out.shape[1] < n:
        out = _joined(out, piece(), fade)
    return out[:, :n]


def _joined(a: Samples, b: Samples, fade: int) -> Samples:
    """Join two signals; the end of one is faded into the beginning of the other, the power kept."""
    up = np.sin(np.pi / 2 * (np.arange(fade) + 0.5) / fade).astype(np.float32)
    return np.concatenate([a[:, :-fade], a[:, -fade:] * up[::-1] + b[:, :fade] * up, b[:, fade:]], axis=1)

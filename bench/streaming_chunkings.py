"""Random chunkings of one record, in and out of order: the picks must be the batch run's."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lppn_np
from lppn_np.bench.streaming_records import RATE, made_up, with_gaps

_LOW: dict[str, Any] = {"P_threshold": 0.1, "S_threshold": 0.1}
#: Every so many chunkings one is in disorder.
_DISORDERLY = 4
#: Of those: chunks that come too late, to be left out as if they had never been.
_TOO_LATE = 3

Record = NDArray[np.float64]
Chunk = tuple[Record, float | None]


def chunkings(number: int, first: int, hours: float) -> dict[str, Any]:
    """How far the picks of chunkings are from the batch run's, and what chunks and windows cost.

    Chunks are of 1 to 10^1 .. 10^5 samples. In every fourth chunking they come up to 24 s late, one in fifty
    twice, chunks without data never, and three of them two minutes late, for which the batch run has a gap.
    """
    data = with_gaps(made_up(round(hours * 3600 * RATE), seed=1))
    model = lppn_np.LPPN.from_pretrained("default")
    expected = lppn_np.pick(data, model=model, **_LOW)
    begin = time.process_time()
    lppn_np.pick(data, model=model, **_LOW)
    batch, of_stream = time.process_time() - begin, 0.0
    different, worst, n_chunks, n_late, n_disorderly = 0, {"time s": 0.0, "probability": 0.0}, [], 0, 0
    for seed in range(first, first + number):
        rng = np.random.default_rng(seed)
        disorder = seed % _DISORDERLY == _DISORDERLY - 1
        chunks, left = _in_disorder(data, rng) if disorder else (_in_order(data, rng), data)
        picker = lppn_np.StreamingPicker(model, **_LOW)
        begin = time.process_time()
        found = [pick for values, start in chunks for pick in picker.feed(values, start)] + picker.close()
        of_stream += time.process_time() - begin
        n_chunks.append(len(chunks))
        n_late += picker.counts.late
        n_disorderly += disorder
        right = lppn_np.pick(left, model=model, **_LOW) if disorder else expected
        different += not _same(found, right, worst)
    return {
        "hours": hours,
        "samples with a gap": round(float(np.isnan(data).any(axis=0).mean()), 3),
        "picks": len(expected),
        "chunkings": [first, first + number],
        "of them in disorder": n_disorderly,
        "chunks": [min(n_chunks), max(n_chunks), sum(n_chunks)],
        "samples left out as too late": n_late,
        "different": different,
        "worst difference": worst,
        "core seconds, of a batch run too": [round(of_stream / number, 3), round(batch, 3)],
    }


def _bounds(rng: np.random.Generator, n_samples: int, order: float) -> list[int]:
    bounds = [0]
    while bounds[-1] < n_samples:
        bounds.append(min(n_samples, bounds[-1] + int(10 ** rng.uniform(0, order)) + 1))
    return bounds


def _in_order(data: Record, rng: np.random.Generator) -> list[Chunk]:
    bounds = _bounds(rng, data.shape[1], rng.uniform(1, 5))
    return [(data[:, a:b], None) for a, b in pairwise(bounds)]


def _in_disorder(data: Record, rng: np.random.Generator) -> tuple[list[Chunk], Record]:
    """Chunks in the order in which they come, and the record without what comes too late."""
    bounds = list(pairwise(_bounds(rng, data.shape[1], rng.uniform(1.5, 2.69))))
    inner = np.arange(len(bounds) // 10, len(bounds) - len(bounds) // 10)
    late, twice = rng.choice(inner, _TOO_LATE), rng.choice(inner, len(bounds) // 50)
    left, sent = data.copy(), []
    for number, (a, b) in enumerate(bounds):
        first_or_last = number in (0, len(bounds) - 1)
        if np.isnan(data[:, a:b]).all() and not first_or_last:
            continue
        delay = 0.0 if first_or_last else rng.uniform(0, 24)
        if number in late:
            delay, left[:, a:b] = 120.0, np.nan
        sent.append((b / RATE + delay, a, b))
    sent += [(b / RATE + rng.uniform(0, 24), a, b) for a, b in (bounds[i] for i in twice if i not in late)]
    return [(data[:, a:b], a / RATE) for _, a, b in sorted(sent)], left


def _same(found: list[Any], expected: list[Any], worst: dict[str, float]) -> bool:
    """Whether they are the same picks, within 1e-6; notes the largest differences."""
    found = sorted(found, key=lambda p: (p.peak_time, -p.peak_value))
    if [p.phase for p in found] != [p.phase for p in expected]:
        return False
    both = list(zip(found, expected, strict=True))
    times = max((abs(p.peak_time - q.peak_time) for p, q in both), default=0.0)
    probabilities = max((abs(p.peak_value - q.peak_value) for p, q in both), default=0.0)
    worst["time s"] = max(worst["time s"], times)
    worst["probability"] = max(worst["probability"], probabilities)
    return times <= 1e-6 and probabilities <= 1e-6

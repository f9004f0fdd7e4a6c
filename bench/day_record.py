"""A whole day of three components at 100 Hz: noise with made-up earthquakes in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.synthetic import synthetic_noise, synthetic_record

RATE = 100.0
DAY = 8_640_000
#: Samples between two events, on average: a busy station, 288 events a day.
_SPACING = 30_000
_EVENT = 6000


@dataclass(frozen=True, eq=False)
class DayRecord:
    """What is picked.

    Attributes
    ----------
    data : ndarray, shape (3, n_samples), float32
        Counts; rows E, N, Z.
    p_times : ndarray, shape (n_events,)
        Seconds after the first sample.
    """

    data: NDArray[np.float32]
    p_times: NDArray[np.float64]


def make_day(n_samples: int = DAY, seed: int = 0) -> DayRecord:
    """Make up a record; the same arguments give the same one."""
    rng = np.random.default_rng(seed)
    data = synthetic_noise(rng, n_samples, rms=300.0)
    p_times = []
    for slot in range(0, n_samples - _SPACING + 1, _SPACING):
        start = slot + int(rng.integers(0, _SPACING - _EVENT))
        event = synthetic_record(rng, _EVENT, snr_db=float("inf"))
        strength = 300.0 * 10 ** rng.uniform(0.5, 2.0) / float(np.abs(event.data).max())
        data[:, start : start + _EVENT] += strength * event.data
        p_times.append((start + event.p_sample) / RATE)
    return DayRecord(data, np.array(p_times))


def save_day(day: DayRecord, folder: Path) -> Path:
    """Write ``data.npy`` and ``p_times.npy`` into a folder and return the first."""
    np.save(folder / "p_times.npy", day.p_times)
    np.save(folder / "data.npy", day.data)
    return folder / "data.npy"


def load_day(path: Path) -> DayRecord:
    """Read what :func:`save_day` wrote."""
    return DayRecord(np.load(path), np.load(path.with_name("p_times.npy")))


def share_found(times: NDArray[np.float64], arrivals: NDArray[np.float64], within: float = 0.5) -> float:
    """Share of the arrivals (seconds) that have one of ``times`` within so many seconds."""
    if len(times) == 0 or len(arrivals) == 0:
        return 0.0
    times = np.sort(times)
    right = np.clip(np.searchsorted(times, arrivals), 1, len(times) - 1) if len(times) > 1 else 0
    nearest = np.minimum(np.abs(times[right] - arrivals), np.abs(times[right - 1] - arrivals))
    return float((nearest <= within).mean())

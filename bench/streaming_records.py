"""Made-up records for the measurements of streams."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.synthetic import synthetic_noise, synthetic_record

RATE = 100


def made_up(n_samples: int, seed: int, spacing: int = 6000) -> NDArray[np.int32]:
    """Noise with an earthquake a minute, (3, n_samples) counts."""
    rng = np.random.default_rng(seed)
    data = synthetic_noise(rng, n_samples, rms=100.0)
    for start in range(0, n_samples - 4000, spacing):
        event = synthetic_record(rng, 4000, snr_db=float("inf"), distance_km=float(rng.uniform(5, 90)))
        data[:, start : start + 4000] += event.data * (5000 / np.abs(event.data).max())
    return np.rint(data).astype(np.int32)


def with_gaps(data: NDArray[Any]) -> NDArray[np.float64]:
    """Gaps of a sample to three minutes, some of one component alone, about one in two minutes."""
    rng = np.random.default_rng(7)
    data = data.astype(np.float64)
    for start in rng.integers(0, data.shape[1], data.shape[1] // 12_000):
        rows = slice(None) if rng.random() < 0.7 else int(rng.integers(3))
        data[rows, start : start + int(10 ** rng.uniform(0, 4.2))] = np.nan
    return data

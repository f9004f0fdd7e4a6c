"""Where the processor time of one station-day goes: each step alone, and ``obspy.read`` beside them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lppn_np import LPPN
from lppn_np.archive.codes import Instrument
from lppn_np.archive.day_picks import DayPicks
from lppn_np.archive.table import parquet
from lppn_np.bench.day_record import DAY
from lppn_np.optional import require
from lppn_np.picking.pipeline import Settings
from lppn_np.picking.windows import plan_windows
from lppn_np.provenance import Provenance
from lppn_np.waveforms.reading import unpack_stream

_BATCH = 64
#: Of the synthetic day, about.
_PICKS = 433

STEPS = ("read", "hash", "unpack", "network", "write", "obspy.read")


def seconds_of_steps(files: list[Path], model: LPPN, overlap: int, rounds: int) -> dict[str, list[float]]:
    """Processor seconds of each step of a station-day, in turns.

    Parameters
    ----------
    files : list of Path
        The three of a day.
    model : LPPN
    overlap : int
        Samples that windows share: says how many the network sees.
    rounds : int
    """
    steps = dict(zip(STEPS, _steps(files, model, overlap), strict=True))
    steps["network"]()  # compiled, or read from numba's cache
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begin = time.process_time()
            step()
            found[name].append(time.process_time() - begin)
    return found


def _steps(files: list[Path], model: LPPN, overlap: int) -> Iterator[Callable[[], Any]]:
    contents = [file.read_bytes() for file in files]
    n_windows = len(plan_windows(DAY, model.in_samples, overlap, 0))
    batch = np.random.default_rng(0).normal(size=(_BATCH, 3, model.in_samples)).astype(np.float32)
    obspy = require("obspy", "bench")

    def network() -> None:
        for first in range(0, n_windows, _BATCH):
            model.forward(batch[: n_windows - first])

    yield lambda: [file.read_bytes() for file in files]
    yield lambda: [hashlib.sha256(content).hexdigest() for content in contents]
    yield lambda: [
        unpack_stream(file, content) and None for file, content in zip(files, contents, strict=True)
    ]
    yield network
    made_by = Provenance.of(model, Settings())
    yield lambda: parquet(_some_picks(), Instrument("XX", "S0000", "", "HH"), made_by)
    yield lambda: [obspy.read(str(file)) and None for file in files]


def _some_picks() -> DayPicks:
    times = np.arange(_PICKS, dtype=np.int64) * 10**11
    return DayPicks(np.resize(["P", "S"], _PICKS), times, times, times, np.full(_PICKS, 0.5, np.float32))

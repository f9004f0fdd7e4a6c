"""Does it matter where a record begins? Windows then fall elsewhere, and picks should not care."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np import LPPN, pick
from lppn_np.optional import require

#: Probability above the threshold from which a pick should not depend on the start, and seconds around it.
SURE, WITHIN = 0.1, 0.5


def invariance(model: LPPN, folder: Path) -> dict[str, float]:
    """Shift the start of the continuous records by 1 to 15 samples and by half a window.

    Returns
    -------
    dict of str to float
        ``picks`` of the unshifted records above threshold + 0.1 (and more than a window from the ends), the
        share of ``present`` ones over all shifts, the standard deviation of all their times in ms, and the
        ``median_ms`` of each pick's own.
    """
    shifts = [*range(1, 16), model.in_samples // 2]
    n_sure = n_present = 0
    scatter: list[float] = []
    own: list[float] = []
    for path in sorted(folder.glob("*.mseed")):
        record = _record(path, model)
        whole = _picks(model, record, 0)
        margin = model.in_samples / model.sampling_rate
        inner = (whole[:, 1] > margin) & (whole[:, 1] < record.shape[1] / model.sampling_rate - margin)
        sure = whole[inner & (whole[:, 2] >= _thresholds(model)[whole[:, 0].astype(int)] + SURE)]
        times = np.full((len(sure), len(shifts)), np.nan)
        for column, shift in enumerate(shifts):
            moved = _picks(model, record[:, shift:], shift)
            for row, (phase, time, _) in enumerate(sure):
                same = moved[(moved[:, 0] == phase) & (np.abs(moved[:, 1] - time) <= WITHIN)]
                if len(same):
                    times[row, column] = same[np.abs(same[:, 1] - time).argmin(), 1]
        n_sure += len(sure)
        n_present += int((~np.isnan(times)).sum())
        away = times - sure[:, 1:2]
        scatter += away[~np.isnan(away)].tolist()
        own += np.nanstd(np.column_stack([np.zeros(len(sure)), away]), axis=1).tolist()
    return {
        "picks": n_sure,
        "present": n_present / max(1, n_sure * len(shifts)),
        "scatter_ms": 1e3 * float(np.std(scatter)) if scatter else float("nan"),
        "median_ms": 1e3 * float(np.median(own)) if own else float("nan"),
    }


def _record(path: Path, model: LPPN) -> NDArray[Any]:
    """Rows of one station in the model's order; gaps are NaN."""
    from lppn_np.waveforms import records_from_stream

    stream = require("obspy", "waveforms").read(str(path))
    (record,) = records_from_stream(stream, component_order=model.component_order)
    return np.asarray(record.data, np.float64)


def _picks(model: LPPN, record: NDArray[Any], shift: int) -> NDArray[np.float64]:
    """Rows (0 for P or 1 for S, seconds from the unshifted start, probability)."""
    found = pick(record, model=model, component_order=model.component_order)
    rows = [
        (float(one.phase == "S"), one.peak_time + shift / model.sampling_rate, one.peak_value)
        for one in found
    ]
    return np.array(rows, np.float64).reshape(-1, 3)


def _thresholds(model: LPPN) -> NDArray[np.float64]:
    return np.array([model.config.P_threshold, model.config.S_threshold])

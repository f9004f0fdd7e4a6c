"""Continuous records: false picks on two quiet stations, and the picks of an aftershock sequence."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np import LPPN, pick
from lppn_np.optional import require

#: Seconds: a pick is the listed one; a pick at the other station confirms it (they are 8 km apart).
WITHIN, CONFIRMED = 0.5, 15.0
#: dB, of a manual P, to count as visible: 1 s after it against the 3 s before it (root mean squares).
VISIBLE = 3.0

Times = NDArray[np.float64]


def picked(model: LPPN, paths: Iterable[Path]) -> tuple[Any, dict[tuple[str, str], Times]]:
    """Stream of the files, and the times (s) of its picks by (NET.STA, phase)."""
    obspy = require("obspy", "waveforms")
    stream = obspy.Stream()
    for path in paths:
        stream += obspy.read(str(path))
    found: dict[tuple[str, str], list[float]] = {}
    for one in pick(stream, model=model):
        station = ".".join(one.trace_id.split(".")[:2])
        found.setdefault((station, str(one.phase)[0]), []).append(float(one.peak_time.timestamp))
    return stream, {key: np.sort(times) for key, times in found.items()}


def quiet(model: LPPN, folder: Path) -> dict[str, float]:
    """Score the two stations at Mount St. Helens against the manual list.

    Returns
    -------
    dict of str to float
        ``visible`` manual P inside the data with a signal-to-noise ratio above 3 dB, how many of them were
        ``found``, hours, and P picks an hour that are neither listed nor confirmed by the other station.
    """
    stations = sorted(path.stem for path in folder.glob("*.mseed"))
    stream, found = picked(model, [folder / f"{station}.mseed" for station in stations])
    nothing = np.empty(0)
    visible = hit = unconfirmed = 0
    hours = 0.0
    for station in stations:
        vertical = stream.select(id=f"{station}.*Z").copy().merge()[0]
        hours += vertical.stats.npts * vertical.stats.delta / 3600
        listed = _manual(next(folder.glob(f"{station}.*.csv")))
        manual = np.array([t for phase, t in listed if phase == "P" and _ratio(vertical, t) > VISIBLE])
        mine = found.get((station, "P"), nothing)
        visible += len(manual)
        hit += int(near(manual, mine, WITHIN).sum())
        others = [found.get((other, "P"), nothing) for other in stations if other != station]
        explained = near(mine, np.array([t for _, t in listed]), WITHIN)
        explained |= near(mine, np.sort(np.concatenate([*others, nothing])), CONFIRMED)
        unconfirmed += int((~explained).sum())
    return {"visible": visible, "found": hit, "hours": hours, "unconfirmed_per_hour": unconfirmed / hours}


def sequence(model: LPPN, folder: Path) -> dict[str, float]:
    """Recall of the associated picks of an automatic catalogue (PAL) at six stations near Ridgecrest."""
    utc = require("obspy", "waveforms").UTCDateTime
    with (folder / "picks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    _, found = picked(model, sorted(folder.glob("*.mseed")))
    recalls: dict[str, float] = {"picks": float(sum(len(times) for times in found.values()))}
    for phase in "PS":
        hits = [
            near(np.array([utc(row["time"]).timestamp]), found[row["station"], phase], WITHIN)[0]
            if (row["station"], phase) in found
            else False
            for row in rows
            if row["phase"] == phase
        ]
        recalls[phase] = float(np.mean(hits))
    return recalls


def near(times: Times, others: Times, within: float) -> NDArray[np.bool_]:
    """Whether each time has one of the others so close."""
    if not len(others) or not len(times):
        return np.zeros(len(times), np.bool_)
    return np.asarray(np.abs(times[:, None] - others[None]).min(axis=1) <= within)


def _manual(path: Path) -> list[tuple[str, float]]:
    with path.open(newline="") as file:
        return [(row["phase"][0], float(row["timestamp"])) for row in csv.DictReader(file)]


def _ratio(trace: Any, time: float) -> float:
    """Signal-to-noise ratio (dB) of an arrival on a vertical trace, 1 to 20 Hz; -inf outside the data."""
    start = trace.stats.starttime.timestamp
    rate, at = trace.stats.sampling_rate, round((time - start) * trace.stats.sampling_rate)
    first, stop = at - round(10 * rate), at + round(5 * rate)
    if first < 0 or stop > trace.stats.npts:
        return -np.inf
    piece = trace.copy()
    piece.data = np.asarray(trace.data[first:stop], np.float64)
    row = piece.detrend("demean").filter("bandpass", freqmin=1.0, freqmax=20.0).data
    onset = at - first
    before, after = row[onset - round(3 * rate) : onset], row[onset : onset + round(rate)]
    return float(10 * np.log10(np.mean(after**2) / np.mean(before**2)))

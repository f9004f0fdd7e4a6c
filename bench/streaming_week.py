"""One station for days: memory of the process and of the samples."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import lppn_np
from lppn_np.bench.streaming_records import RATE, made_up

#: Samples in a packet, and the packets of which one is lost.
_SIZE, _LOST = 400, 97


def week(days: float, weights: str) -> dict[str, Any]:
    """Feed an hour of record again and again, in packets of three components, one in 97 of them lost.

    The resident memory at the end of each day is printed as it goes.
    """
    model, hour = lppn_np.LPPN.from_pretrained(weights), made_up(3600 * RATE, seed=2)
    picker = lppn_np.StreamingPicker(model)
    resident, held, n_picks, latency = [], 0, 0, 0.0
    begin = time.process_time()
    for number in range(round(days * 24)):
        for packet, first in enumerate(range(0, hour.shape[1], _SIZE)):
            if (packet + number) % _LOST == 3:
                continue
            picks = picker.feed(hour[:, first : first + _SIZE], 3600 * number + first / RATE)
            n_picks += len(picks)
            latency = max([latency, *(pick.latency for pick in picks)])  # type: ignore[attr-defined]
        held = max(held, picker.nbytes)
        if number % 24 in (0, 23):  # after the first hour, too: the day has to be flat, not only the week
            resident.append((round((number + 1) / 24, 2), _resident()))
            print(
                f"day {resident[-1][0]:5.2f}: {resident[-1][1]:.1f} MB resident, {n_picks} picks", flush=True
            )
    seconds = time.process_time() - begin
    return {
        "days": days,
        "weights": weights,
        "picks": n_picks + len(picker.close()),
        "longest latency s": round(latency, 2),
        "resident MB at the end of each day": [mb for day, mb in resident if day >= 1 and day == int(day)],
        "samples held kB, most": round(held / 1e3),
        "core seconds a day": round(seconds / days, 2),
        "share of a core": round(seconds / (days * 86_400), 6),
    }


def _resident() -> float:
    """Resident memory in MB (Linux)."""
    with Path("/proc/self/statm").open() as file:
        return round(int(file.read().split()[1]) * 4096 / 1e6, 2)

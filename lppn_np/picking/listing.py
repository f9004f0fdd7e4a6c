"""Arrivals of a record to picks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.picking.decode import Candidates
from lppn_np.picking.measuring import measure
from lppn_np.picking.samples import Samples
from lppn_np.picks import Pick, PickList
from lppn_np.provenance import Provenance, gathered


def list_picks(
    found: Candidates,
    samples: Samples,
    labels: tuple[str, ...],
    trace_id: str,
    clock: Callable[[float], Any],
    seconds: NDArray[np.float64],
    rate: float,
    amplitude: bool = False,
    provenance: Provenance | None = None,
) -> PickList:
    """
    Make picks of arrivals.

    Parameters
    ----------
    found : Candidates
        In order of time.
    samples : Samples
        The record, to be measured.
    labels : tuple of str
        Names of the classes.
    trace_id : str
        Of the picks.
    clock : callable
        From seconds to the times that picks tell.
    seconds : ndarray, shape (n,)
        When the arrivals are.
    rate : float
        Samples a second.
    amplitude : bool
        Measure amplitudes as well.
    provenance : Provenance, optional
        What the picks are made by.
    """
    measured = measure(samples, found.time, rate, amplitude)
    late = seconds - found.time / rate  # 0 on an array, and then start and end are round numbers
    columns = (
        found.begin / rate + late,
        found.end / rate + late,
        seconds,
        found.probability,
        found.label,
        measured.snr,
        measured.amplitude,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)  # one by one they cost 4 us a pick
    picks = (
        Pick(trace_id, clock(b), clock(e), clock(t), p, labels[label], _known(snr), _known(size), provenance)
        for b, e, t, p, label, snr, size in rows
    )
    return PickList(picks, gathered([provenance]))


def _known(value: float) -> float | None:
    return None if value != value else value

"""``lppn_np.pick``: the one call most users need."""

from __future__ import annotations

import os
from typing import Any

from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.picking.check import check_array, check_sampling_rate
from lppn_np.picking.listing import list_picks
from lppn_np.picking.pipeline import Settings, find_arrivals
from lppn_np.picking.times import clock
from lppn_np.picks import PickList
from lppn_np.provenance import Provenance


def pick(
    data: Any,
    sampling_rate: float = 100.0,
    *,
    model: LPPN | str | os.PathLike[str] = "default",
    P_threshold: float | None = None,
    S_threshold: float | None = None,
    starttime: Any = None,
    component_order: str = "ENZ",
    trace_id: str = "",
    overlap: int | None = None,
    blinding: int | None = None,
    min_distance: float | None = None,
    batch_size: int = 64,
    engine: str = "numba",
    n_threads: int = 1,
    amplitude: bool = False,
) -> PickList:
    """Pick P and S arrivals on a three-component record.

    Parameters
    ----------
    data : array_like, shape (3, n_samples), or obspy.Stream
        A record in any unit, or a Stream of any number of stations, sampled at any rate; docs/streams.md says
        what happens to it, :meth:`LPPN.classify` has more options. In an array, NaN is a gap.
    sampling_rate : float
        Hz, of an array; a Stream knows its own. Must be the model's (100).
    model : LPPN, str or path
        A model, the name of bundled weights, or a weights file (``.npz``).
    P_threshold, S_threshold : float, optional
        Least probability of a pick. Default: the model's own.
    starttime : optional
        Time of an array's first sample: number, ISO text, datetime, datetime64 or UTCDateTime.
    component_order : str
        What the rows of an array are. Default ``"ENZ"``.
    trace_id : str
        Name for an array's picks.
    overlap, blinding : int, optional
        Samples that neighbouring windows share, and samples at their inner edges that are left to the
        neighbour. Default: the model's own.
    min_distance : float, optional
        Seconds within which the most probable of several picks of one kind wins. Default: the model's own.
    batch_size : int
        Windows computed at once.
    engine : {"numba", "layers", "numpy"}
        The fast one; compiled kernels, one layer after the other; the textbook.
    n_threads : int
        Threads; 0 takes every core. The picks do not depend on it.
    amplitude : bool
        Measure amplitudes, in the unit of the record (:class:`Pick`).

    Returns
    -------
    PickList
        In order of time. For an array, ``peak_time`` is seconds after the first sample (float)
        unless ``starttime`` is given.

    Raises
    ------
    LPPNError
        Input that cannot be used; the message says what was found and what is expected.

    Examples
    --------
    >>> import numpy as np, lppn_np
    >>> untrained = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=8))
    >>> record = np.random.default_rng(0).normal(size=(3, 6000))
    >>> lppn_np.pick(record, model=untrained, P_threshold=0.99, S_threshold=0.99, engine="numpy")
    []
    """
    model = load_model(model)
    settings = Settings(
        P_threshold, S_threshold, overlap, blinding, min_distance, batch_size, engine, n_threads
    ).resolve(model)
    if _is_stream(data):
        if starttime is not None or trace_id or sampling_rate != 100.0:
            raise InputError(
                "a Stream knows its starttime, trace ids and sampling rate; give them for arrays only"
            )
        return _pick_stream(model, data, settings, amplitude)
    check_sampling_rate(sampling_rate, model.sampling_rate)
    samples = check_array(data, component_order, model.component_order)
    time = clock(starttime)
    found = find_arrivals(model, samples, settings)
    rate = _exact_rate(sampling_rate, model.sampling_rate)
    seconds = found.time / rate
    origin = Provenance.of(model, settings)
    return list_picks(found, samples, model.labels, trace_id, time, seconds, rate, amplitude, origin)


def load_model(model: LPPN | str | os.PathLike[str]) -> LPPN:
    """Return the model itself, bundled weights by name, or a weights file (what ends in ``.npz``)."""
    if isinstance(model, LPPN):
        return model
    if isinstance(model, str) and not model.endswith(".npz"):
        return LPPN.from_pretrained(model)
    if isinstance(model, str | os.PathLike):
        return LPPN.load(model)
    raise InputError(
        f"model is {model!r}; an LPPN, a name of bundled weights or a path to a .npz is expected"
    )


def _pick_stream(model: LPPN, stream: Any, settings: Settings, amplitude: bool) -> PickList:
    from lppn_np.annotating import Options, classify_stream

    picks: PickList = classify_stream(model, stream, Options(settings, amplitude=amplitude)).picks
    return picks


def _exact_rate(given: float, expected: float) -> float:
    """Return the rate that times are made with: 99.995 Hz for 100 are 4 s a day, but 10 ms are rounding."""
    return expected if abs(float(given) - expected) <= 1e-7 * expected else float(given)


def _is_stream(data: Any) -> bool:
    """Whether it is an obspy Stream, told without importing obspy."""
    return any(cls.__module__.startswith("obspy.") and cls.__name__ == "Stream" for cls in type(data).__mro__)

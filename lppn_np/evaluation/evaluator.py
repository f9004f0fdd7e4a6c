"""``evaluate``: a model, a labelled dataset, a report."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.api import load_model
from lppn_np.errors import InputError
from lppn_np.evaluation.arguments import (
    DISTANCE_EDGES,
    SNR_EDGES,
    THRESHOLDS,
    TOLERANCES,
    Request,
    check_dataset,
    check_request,
    operating_thresholds,
    with_lowest,
    with_window,
)
from lppn_np.evaluation.judging import judge_phase
from lppn_np.evaluation.observe import PHASES, Survey, observe
from lppn_np.evaluation.report import PhaseReport, Report
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings
from lppn_np.provenance import Provenance

if TYPE_CHECKING:
    from lppn_np.data import Dataset


def evaluate(
    model: LPPN | str | os.PathLike[str],
    dataset: Dataset,
    *,
    windows: str = "window",
    in_samples: int | None = None,
    seed: int = 0,
    P_threshold: float | None = None,
    S_threshold: float | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    tolerances: Sequence[float] = TOLERANCES,
    snr_edges: Sequence[float] = SNR_EDGES,
    distance_edges: Sequence[float] = DISTANCE_EDGES,
    overlap: int | None = None,
    blinding: int | None = None,
    min_distance: float | None = None,
    engine: str = "numba",
    n_threads: int = 1,
) -> Report:
    """Score a model's picks against the labels of a dataset.

    The network runs once: its picks down to the lowest threshold serve all of them.

    Parameters
    ----------
    model : LPPN, str or path
        A model, the name of bundled weights, or a weights file (``.npz``).
    dataset : Dataset
        What :func:`lppn_np.data.open_dataset` returns, at the model's sampling rate and in its component
        order.
    windows : {"window", "record"}
        ``"window"``: one window a record, as in training, at a drawn position that holds both arrivals
        where they fit; of noise as many as fit side by side. ``"record"``: whole records, as
        :func:`lppn_np.pick` takes them.
    in_samples : int, optional
        Samples in a window. Default: the model's own.
    seed : int
        Of the windows' positions.
    P_threshold, S_threshold : float, optional
        Least probability of a pick. Default: the model's own.
    thresholds : sequence of float
        Of the curves and of the search for the best one.
    tolerances : sequence of float
        Seconds between a pick and its label, at most (inclusive). Curves, residuals and groups take the
        widest.
    snr_edges, distance_edges : sequence of float
        Bin edges in dB and km.
    overlap, blinding, min_distance : optional
        As in :func:`lppn_np.pick`.
    engine : {"numba", "numpy"}
        Compiled kernels, or the textbook.
    n_threads : int
        Threads that share the records; 0 takes every core. The report does not depend on it.

    Returns
    -------
    Report

    Raises
    ------
    LPPNError
        An argument that cannot work, or a dataset with neither labelled nor noise records.

    Notes
    -----
    Picks on noise records are false. On earthquake records, picks of a phase without a label in what
    the model saw are not judged; beside a label, picks that do not match it are false.

    Examples
    --------
    >>> from lppn_np.data import open_dataset
    >>> records = open_dataset("folder").select(split="test")  # doctest: +SKIP
    >>> print(evaluate("default", records))  # doctest: +SKIP
    """
    request = check_request(windows, seed, thresholds, tolerances, snr_edges, distance_edges)
    loaded = load_model(model)
    model = with_window(loaded, in_samples)
    check_dataset(model, dataset)
    settings = Settings(
        P_threshold, S_threshold, overlap, blinding, min_distance, engine=engine, n_threads=n_threads
    ).resolve(model)
    lowest = with_lowest(settings, request.thresholds[0])
    length = model.in_samples if windows == "window" else None
    survey = observe(model, dataset, lowest, length, seed)
    if not survey.observations:
        raise InputError("no record of the dataset has a P or S label or is noise: nothing to evaluate")
    operating = operating_thresholds(settings)
    phases = {
        phase: judge_phase(survey.observations, phase, operating[phase], model.sampling_rate, request)
        for phase in PHASES
    }
    return _report(model, survey, phases, request, Provenance.of(loaded, settings))


def _report(
    model: LPPN, survey: Survey, phases: dict[str, PhaseReport], request: Request, origin: Provenance
) -> Report:
    noise = [o for o in survey.observations if o.entry.is_noise]
    return Report(
        model=repr(model),
        windows=request.windows,
        in_samples=model.in_samples,
        seed=request.seed,
        n_records=len({o.record for o in survey.observations}),
        n_noise=len({o.record for o in noise}),
        n_unlabelled=survey.n_unlabelled,
        n_unusable=survey.n_unusable,
        noise_hours=math.fsum(o.hours for o in noise),
        tolerances=request.tolerances,
        thresholds=request.thresholds,
        phases=phases,
        provenance=origin,
    )

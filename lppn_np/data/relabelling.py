"""A dataset without some of its labels: those that are known to be of no use."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from lppn_np.data.dataset import Dataset
from lppn_np.data.part import Part
from lppn_np.errors import InputError

#: Phase letter to the column of its arrivals.
_COLUMNS = {"P": "p_sample", "S": "s_sample"}


def without_labels(dataset: Dataset, unknown: Mapping[str, str]) -> Dataset:
    """
    View a dataset in which some sources' labels of a phase do not exist.

    They become "no label", not "no arrival": training leaves out where the arrival could be, and
    evaluation does not judge the phase there.

    Parameters
    ----------
    dataset : Dataset
    unknown : mapping of str to str
        Source to the phases whose labels are dropped: ``"P"``, ``"S"`` or ``"PS"``.

    Returns
    -------
    Dataset
        The same records in the same order; waveforms and ``skipped`` are shared.

    Raises
    ------
    InputError
        The dataset has no such source, or the phases are others.
    """
    known = dataset.places.words("source")
    for source, phases in unknown.items():
        if source not in known:
            raise InputError(f"no source {source} to drop labels of; known are {', '.join(sorted(known))}")
        if not isinstance(phases, str) or not phases or not set(phases) <= set(_COLUMNS):
            raise InputError(f"the labels to drop of {source} are {phases!r}; P, S or PS is expected")
    return Dataset(dataset.places.with_parts([_without(part, unknown) for part in dataset.places.parts]))


def _without(part: Part, unknown: Mapping[str, str]) -> Part:
    table, numbers = part.table, dict(part.table.numbers)
    rows = np.arange(len(table), dtype=np.int64)
    for phase, column in _COLUMNS.items():
        sources = {source for source, phases in unknown.items() if phase in phases}
        hit = table.words["source"].isin(rows, sources)
        numbers[column] = np.where(hit, np.nan, numbers[column])
    return dataclasses.replace(part, table=dataclasses.replace(table, numbers=numbers))

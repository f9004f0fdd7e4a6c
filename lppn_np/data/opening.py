"""The doors: open a data set, and join several."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from lppn_np.data.assigning import assign_splits
from lppn_np.data.columns import P_COLUMNS, S_COLUMNS
from lppn_np.data.dataset import Dataset
from lppn_np.data.layouts import find_pairs
from lppn_np.data.options import Options
from lppn_np.data.part import open_part
from lppn_np.data.places import Places, chain
from lppn_np.data.splits import DEFAULT_FRACTIONS
from lppn_np.errors import InputError


def open_dataset(
    path: str | os.PathLike[str],
    *,
    component_order: str = "ENZ",
    sampling_rate: float = 100.0,
    p_columns: Sequence[str] = P_COLUMNS,
    s_columns: Sequence[str] = S_COLUMNS,
    split_fractions: Sequence[float] = DEFAULT_FRACTIONS,
) -> Dataset:
    """
    Open labelled records in STEAD's layout, present or former, or in SeisBench's.

    The metadata are read and checked against the names in the hdf5 file; waveforms stay where they are until
    they are asked for. Records that cannot be used are left out, counted and listed in ``skipped``.

    Parameters
    ----------
    path
        A folder with ``metadata.csv`` and ``waveforms.hdf5`` (or chunks of them), ``merge.csv`` and
        ``merge.hdf5``, or ``chunk1.csv`` and ``chunk1.hdf5`` and so on; or one of two files that belong
        together, where a folder holds more than one data set.
    component_order : str
        The rows of a record: E, N and Z in any order. A record's components 1 and 2 stand in for N and E.
    sampling_rate : float
        Of every record, in Hz; others are resampled when they are read, and their labels are scaled.
    p_columns, s_columns : sequence of str
        Columns with arrivals in samples, in upper or lower case; a record takes the earliest of each kind.
        An empty sequence says that there are none.
    split_fractions : sequence of float
        Shares of train, dev and test where the metadata have no column ``split``.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        Files or columns are missing, damaged or ambiguous, or no record can be used.
    MissingDependencyError
        h5py is not installed, or scipy is not and records have to be resampled.
    """
    options = Options(
        component_order=component_order,
        sampling_rate=sampling_rate,
        p_columns=p_columns,
        s_columns=s_columns,
        split_fractions=split_fractions,
    )
    parts = [open_part(pair, options) for pair in find_pairs(Path(path))]
    tables = assign_splits([part.table for part in parts], options.split_fractions)
    parts = [dataclasses.replace(part, table=table) for part, table in zip(parts, tables, strict=True)]
    return Dataset(Places(parts))


def join(datasets: Iterable[Dataset]) -> Dataset:
    """
    Make one data set of several, one after the other; nothing is copied.

    Each keeps the splits that it has. Where two of them hold records of one event under one name, these may
    be in different splits: :meth:`Dataset.mixed_events` lists them.

    Parameters
    ----------
    datasets
        At least one; with one component order and one sampling rate.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        There is none, or they do not agree.
    """
    datasets = list(datasets)
    if not datasets:
        raise InputError("no data set to join; at least one is expected")
    for what in ("component_order", "sampling_rate"):
        found = {getattr(dataset, what) for dataset in datasets}
        if len(found) > 1:
            raise InputError(f"the data sets have several values of {what}, {sorted(found)}; one is expected")
    return Dataset(chain([dataset.places for dataset in datasets]))

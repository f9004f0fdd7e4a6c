"""An array from a file to three float32 rows in the order that is wanted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.rates import resample
from lppn_np.errors import InputError

#: Horizontals of unknown azimuth stand in for north and east, as in the reading of streams.
STAND_INS = {"N": "1", "E": "2"}


def component_rows(available: str, wanted: str) -> list[int | None]:
    """
    Which row of the file each wanted component is, None where it is missing.

    Raises
    ------
    InputError
        All are missing.

    Examples
    --------
    >>> component_rows("ZNE", "ENZ"), component_rows("Z12", "ENZ"), component_rows("Z", "ENZ")
    ([2, 1, 0], [2, 1, 0], [None, None, 0])
    """
    rows: list[int | None] = []
    for component in wanted:
        found = available.find(component)
        if found < 0 and component in STAND_INS:
            found = available.find(STAND_INS[component])
        rows.append(found if found >= 0 else None)
    if all(row is None for row in rows):
        raise InputError(f"its components are {available!r}, none of {', '.join(wanted)} is among them")
    return rows


def arrange(
    samples: NDArray[Any], dimension_order: str, available: str, wanted: str, ratio: Fraction
) -> NDArray[np.float32]:
    """
    Bring a record to the shape, order and rate in which it is used.

    Parameters
    ----------
    samples : np.ndarray
        As read from the file.
    dimension_order : {"CW", "WC"}
        Channels first, or samples first.
    available, wanted : str
        Components of the file's channels, and of the result's rows.
    ratio
        Samples of the result a sample of the file.

    Returns
    -------
    np.ndarray, shape (3, n_samples), float32
        NaN rows where a component is missing.

    Raises
    ------
    InputError
        The shape does not fit, or samples are NaN or infinite.
    """
    channels = _channels_first(samples, dimension_order, available)
    rows = component_rows(available, wanted)
    present = [row for row in rows if row is not None]
    values = channels[present]
    _require_finite(values)
    if ratio != 1:
        values = resample(values.astype(np.float64), ratio)
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite and refused in the next line
        narrow = values.astype(np.float32, copy=False)
    _require_finite(narrow)
    data = np.full((len(wanted), narrow.shape[1]), np.nan, np.float32)
    data[[i for i, row in enumerate(rows) if row is not None]] = narrow
    return data


def _channels_first(samples: NDArray[Any], dimension_order: str, available: str) -> NDArray[Any]:
    channel_axis = dimension_order.index("C")
    if samples.ndim != 2 or samples.shape[channel_axis] != len(available) or not samples.size:
        names = {"C": f"{len(available)} ({available})", "W": "samples"}
        expected = ", ".join(names[dimension] for dimension in dimension_order)
        raise InputError(f"its shape is {samples.shape}, ({expected}) is expected")
    return samples if channel_axis == 0 else samples.T


def _require_finite(values: NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise InputError(f"{count} of its {values.size} samples are NaN or infinite")

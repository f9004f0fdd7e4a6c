"""The door for arrays: what a user gives can be read as three rows of numbers, or there is a clear error."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.picking.samples import BLOCK, Samples, survey


def check_array(data: Any, component_order: str, model_order: str) -> Samples:
    """Return a record that can be picked, its rows in the model's component order.

    Parameters
    ----------
    data : array_like, shape (3, n_samples)
        Integers or floats, any unit. NaN and masked samples are gaps. Neither written to nor, where it is
        float32 or float64, copied.
    component_order : str
        What the rows are, a permutation of ``"ENZ"``.
    model_order : str
        What the rows of the result are.

    Raises
    ------
    InputError
        Wrong shape, type or values.
    """
    samples = check_rows(data, component_order, model_order)
    if samples.n_samples == 0:
        raise InputError("the array is empty: shape (3, 0); (3, n_samples) with n_samples >= 1 is expected")
    if samples.holes.all() and not has_data(samples):
        raise InputError("the array holds no data: every sample is NaN")
    return samples


def check_rows(data: Any, component_order: str, model_order: str) -> Samples:
    """As :func:`check_array`, but the rows may be empty, or NaN throughout: pieces of a record are."""
    array = _as_array(data)
    if array.ndim != 2 or array.shape[0] != 3:
        raise InputError(f"the array has shape {array.shape}; (3, n_samples) is expected{_shape_hint(array)}")
    if not isinstance(component_order, str) or sorted(component_order.upper()) != ["E", "N", "Z"]:
        raise InputError(f"component_order is {component_order!r}; a permutation of 'ENZ' is expected")
    samples = survey(array)
    rows = tuple(samples.rows[component_order.upper().index(c)] for c in model_order)
    return dataclasses.replace(samples, rows=rows)


def has_data(samples: Samples) -> bool:
    """Whether some component has a sample that is not NaN."""
    starts = range(0, samples.n_samples, BLOCK)
    pieces = (samples.piece(start, start + BLOCK) for start in starts)
    return any(not np.isnan(row).all() for piece in pieces for row in piece)


def check_sampling_rate(sampling_rate: Any, expected: float) -> None:
    """Refuse any rate but the model's.

    Raises
    ------
    InputError
        ``sampling_rate`` is no positive number, or off by more than 1 part in 10,000.
    """
    try:
        rate = float(sampling_rate)
    except (TypeError, ValueError, OverflowError):
        rate = math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise InputError(f"sampling_rate is {sampling_rate!r}; a positive number of Hz is expected")
    if abs(rate - expected) > 1e-4 * expected:
        raise InputError(
            f"sampling_rate is {rate:g} Hz; the model takes {expected:g} Hz. Resample first, "
            f"for example with obspy: stream.resample({expected:g})"
        )


def _as_array(data: Any) -> NDArray[Any]:
    try:
        array = np.ma.asanyarray(data) if isinstance(data, np.ma.MaskedArray) else np.asarray(data)
    except ValueError as error:
        raise InputError(f"not an array (3, n_samples): {error}") from error
    if array.dtype.kind not in "iuf":
        raise InputError(
            f"the array holds {array.dtype}; real numbers (integer or floating point) are expected"
        )
    return array


def _shape_hint(array: NDArray[Any]) -> str:
    if array.ndim == 2 and array.shape[1] == 3:
        return "; it looks transposed, try array.T"
    if array.ndim == 1 or (array.ndim == 2 and array.shape[0] == 1):
        return "; for one component, fill the missing two with NaN"
    return ""

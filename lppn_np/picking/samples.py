"""A record as its owner holds it: three rows that are read in place, or converted a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError

Array = NDArray[np.floating[Any]]

#: Samples of a row that are looked at together: 1 MB of float64.
BLOCK = 2**17


@dataclass(frozen=True, eq=False)
class Samples:
    """Three components of one record; nothing in it is ever written to.

    Attributes
    ----------
    rows : tuple of three ndarrays, shape (n_samples,)
        Real numbers of any type; NaN and masked samples are gaps.
    dtype : dtype
        float32 or float64, what :meth:`piece` gives.
    in_place : bool
        Whether pieces are views of the rows.
    holes : ndarray of bool, shape (ceil(n_samples / BLOCK),)
        Blocks with a sample at which no component has data.
    """

    rows: tuple[NDArray[Any], ...]
    dtype: np.dtype[Any]
    in_place: bool
    holes: NDArray[np.bool_]

    @property
    def n_samples(self) -> int:
        """Samples of a component."""
        return len(self.rows[0])

    def piece(self, first: int, stop: int) -> tuple[Array, ...]:
        """Samples [first, stop) of the three rows as contiguous floats, NaN where there is no data."""
        if self.in_place:
            return tuple(row[first:stop] for row in self.rows)
        return self.at(slice(first, stop))

    def at(self, index: Any) -> tuple[Array, ...]:
        """Copies of the samples at ``index``, as floats, NaN where there is no data."""
        return tuple(_as_float(row[index], self.dtype) for row in self.rows)


def survey(array: NDArray[Any]) -> Samples:
    """Look through a record (3, n_samples), integers or floats, once.

    A full-length array of flags would take a quarter of the record's memory; this takes a block's.

    Raises
    ------
    InputError
        An infinite sample; the message names the first.
    """
    short = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    dtype = np.dtype(np.float32 if short else np.float64)
    rows = tuple(array[c] for c in range(3))
    in_place = all(row.dtype == dtype and _is_plain(row) for row in rows)
    if in_place:
        rows = tuple(_writeable_alias(row) for row in rows)
    n_samples = array.shape[1]
    samples = Samples(rows, dtype, in_place, np.zeros(-(-n_samples // BLOCK), np.bool_))
    for number in range(len(samples.holes)):
        pieces = samples.piece(number * BLOCK, min((number + 1) * BLOCK, n_samples))
        if not all(np.isfinite(piece).all() for piece in pieces):
            for row, piece in enumerate(pieces):
                _refuse_infinity(piece, row, number * BLOCK)
            samples.holes[number] = np.logical_and.reduce([np.isnan(piece) for piece in pieces]).any()
    return samples


def _refuse_infinity(piece: Array, row: int, first: int) -> None:
    places = np.flatnonzero(np.isinf(piece))
    if len(places):
        raise InputError(
            f"the array holds infinity (component {row}, sample {first + places[0]}); "
            "finite numbers, or NaN for gaps"
        )


def _is_plain(row: NDArray[Any]) -> bool:
    """Whether compiled code can read it as it lies in memory."""
    return (
        not isinstance(row, np.ma.MaskedArray)
        and row.flags.c_contiguous
        and row.flags.aligned
        and row.dtype.isnative
    )


def _as_float(values: NDArray[Any], dtype: np.dtype[Any]) -> Array:
    values = values.astype(dtype)
    if isinstance(values, np.ma.MaskedArray):
        values = values.filled(np.nan)
    return np.ascontiguousarray(values)


class _Borrowed:
    """An array's memory, said to be writeable."""

    def __init__(self, row: NDArray[Any]) -> None:
        pointer = row.__array_interface__["data"][0]
        self.__array_interface__ = {**row.__array_interface__, "data": (pointer, False)}
        self.owner = row


def _writeable_alias(row: NDArray[Any]) -> NDArray[Any]:
    """The same memory under a writeable array: a read-only one is another type for numba, compiled again."""
    return row if row.flags.writeable else np.asarray(_Borrowed(row))

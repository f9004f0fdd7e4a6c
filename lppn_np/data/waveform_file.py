"""One hdf5 file of waveforms: what is in it, and one array at a time out of it."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.cells import letters, number_or_nan
from lppn_np.data.locations import Index
from lppn_np.errors import InputError
from lppn_np.optional import require

#: Where records lie: in STEAD's present release and SeisBench's format, or in STEAD's first release.
GROUPS = ("data", "earthquake/local", "non_earthquake/noise")
#: A day at 100 Hz in three components: a larger "record" is a damaged header or a forgotten place in a block.
MAX_VALUES = 3 * 8_640_000
#: What h5py raises for arrays that are missing, damaged, or written with filters that are not installed.
READ_ERRORS = (OSError, KeyError, ValueError, RuntimeError, TypeError, IndexError)


@dataclass(frozen=True)
class DataFormat:
    """What the hdf5 file says of all its records; "" and NaN where it says nothing."""

    dimension_order: str = ""
    component_order: str = ""
    sampling_rate: float = math.nan


class WaveformFile:
    """
    An hdf5 file that is opened when it is first read, by each process for itself.

    Threads may share it (h5py lets one of them at a time into the hdf5 library), forked processes get a
    handle of their own, and a pickled file travels as its path.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()  # workers may stand in another folder
        self._opened: tuple[int, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_opened": None}

    def handle(self) -> Any:
        """
        The open ``h5py.File`` of this process.

        Raises
        ------
        InputError
            The file is missing, truncated or no hdf5 file.
        """
        opened = self._opened
        if opened is None or opened[0] != os.getpid():
            # The handle that a fork inherited goes first: otherwise hdf5 would quietly open it once more.
            self._opened = opened = None
            opened = self._opened = (os.getpid(), self._open())
        return opened[1]

    def _open(self) -> Any:
        h5py = require("h5py", "train")
        try:
            return h5py.File(self.path, "r")
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be opened ({error}); a whole hdf5 file is expected, is it complete?"
            ) from error

    def names(self) -> dict[str, set[str]]:
        """
        The names in each of the groups that hold records.

        Raises
        ------
        InputError
            There is no such group, or the file is damaged.
        """
        handle = self.handle()
        with self._reading():
            # One listing, not a look-up a record: 7 against 60 microseconds a name (measured).
            groups = {name: self._group(name) for name in GROUPS}
            found = {name: set(group) for name, group in groups.items() if group is not None}
            there = sorted(handle)
        if not found:
            raise InputError(
                f"{self.path}: no records; a group data (STEAD, SeisBench), or earthquake/local and "
                f"non_earthquake/noise, is expected, found {there}"
            )
        return found

    def _group(self, name: str) -> Any:
        found = self.handle().get(name)
        return found if isinstance(found, require("h5py", "train").Group) else None

    def has(self, group: str, name: str) -> bool:
        """Look up one name, which may hold slashes."""
        return f"{group}/{name}" in self.handle()

    def data_format(self) -> DataFormat:
        """
        SeisBench's group ``data_format``, as far as it is there.

        Raises
        ------
        InputError
            It names dimensions that are not channels and samples, or the file is damaged.
        """
        with self._reading():
            group = self._group("data_format")
            values = {} if group is None else {key: _text(group[key][()]) for key in group}
        dimensions = letters(values.get("dimension_order", ""))
        if sorted(dimensions) not in ([], ["C", "W"]):
            raise InputError(
                f"{self.path}: data_format/dimension_order is {dimensions!r}; CW or WC is expected"
            )
        rate = number_or_nan(values.get("sampling_rate", ""))
        return DataFormat(dimensions, letters(values.get("component_order", "")), rate)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except READ_ERRORS as error:
            raise InputError(f"{self.path}: damaged ({error}); a whole hdf5 file is expected") from error


def read_array(handle: Any, path: str, index: tuple[Index, ...]) -> NDArray[Any]:
    """
    Read one record, or its place in a block, and nothing else of the file.

    Raises
    ------
    InputError
        There is no array of numbers of a sensible size, or it cannot be read.
    """
    try:
        dataset = handle[path]
        shape = getattr(dataset, "shape", None)
        if shape is None or dataset.dtype.kind not in "iuf":
            raise InputError(f"{path} in the hdf5 file is no array of numbers")
        if _selected(shape, index) > MAX_VALUES:
            raise InputError(f"{path} in the hdf5 file has shape {shape}, too large for one record")
        return np.asarray(dataset[index])
    except InputError:
        raise
    except READ_ERRORS as error:
        raise InputError(f"cannot be read from the hdf5 file ({error})") from error


def _selected(shape: tuple[int, ...], index: tuple[Index, ...]) -> int:
    """How many values an index takes from an array of that shape."""
    count = math.prod(shape[len(index) :])
    for n, place in zip(shape, index, strict=False):
        count *= len(range(*place.indices(n))) if isinstance(place, slice) else 1
    return count


def _text(value: Any) -> str:
    """A scalar of ``data_format`` as text; a list of letters (SeisBench allows both) as one word."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return "".join(_text(item) for item in value.ravel().tolist())
    return str(value)

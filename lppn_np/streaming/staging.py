"""Samples that go on where the last ones ended, kept until there are enough of them to decide anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Staging:
    """A room in front of the buffer, for arrays of one type.

    A record that comes sample by sample is put in place some hundred samples at a time: 60 -> 4 us a chunk.
    That nothing is decided by the samples in here is for the owner to see to.

    Attributes
    ----------
    n_samples : int
        So many are held.
    """

    def __init__(self) -> None:
        self.n_samples = 0
        self._limit = 0
        self._dtype: np.dtype[Any] | None = None
        self._may_be_infinite = False
        self._room = np.empty((3, 0))

    @property
    def nbytes(self) -> int:
        """Memory of the room."""
        return self._room.nbytes

    def open(self, dtype: np.dtype[Any], limit: int) -> None:
        """Take up to ``limit`` samples of that type from now on."""
        short = dtype == np.float32
        if not (short or dtype == np.float64 or dtype.kind in "iu"):
            return
        kind = np.dtype(np.float32 if short else np.float64)
        if self._room.dtype != kind or self._room.shape[1] < limit:
            self._room = np.empty((3, limit), kind)
        self._limit, self._dtype, self._may_be_infinite = limit, dtype, dtype.kind == "f"

    def take(self, data: Any) -> bool:
        """Hold the samples of an array (3, n), if they are of the kind, finite, and not too many."""
        if type(data) is not np.ndarray or data.dtype is not self._dtype or data.ndim != 2 or len(data) != 3:
            return False
        stop = self.n_samples + data.shape[1]
        if stop > self._limit or (self._may_be_infinite and np.count_nonzero(np.isinf(data))):
            return False
        self._room[:, self.n_samples : stop] = data
        self.n_samples = stop
        return True

    def clear(self) -> NDArray[Any]:
        """Return what is held, (3, n), good until the next :meth:`take`, and hold nothing more."""
        held = self._room[:, : self.n_samples]
        self.n_samples = self._limit = 0
        self._dtype = None
        return held

"""Memory of a training pass, allocated once and used for every batch: fresh pages cost more than the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lppn_np.gradients.expansions import Correction

Array = NDArray[Any]


@dataclass
class Kept:
    """What is kept of one convolution (or glue) for a batch.

    Attributes
    ----------
    z : ndarray, shape (B, C, T)
        The output.
    gradient : ndarray, shape (B, C, T)
        First of the signal it stands for, then, once finished, of its normalised form: dL/du.
    moments, sums : ndarray of float64, shape (B, C, 2)
        Of every window's z, and of its gradient.
    arrived : int
        Readers that have handed in their part of the gradient.
    finished : bool
        Whether ``gradient`` and ``sums`` are complete, but for the correction.
    correction : Correction or None
        What has still to be added to the gradient, and to its sums.
    """

    z: Array
    gradient: Array
    moments: NDArray[np.float64]
    sums: NDArray[np.float64]
    arrived: int = 0
    finished: bool = False
    correction: Correction | None = None

    @classmethod
    def allocate(cls, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> Kept:
        """Make room for an output (B, C, T)."""
        moments, sums = np.empty((*shape[:2], 2)), np.empty((*shape[:2], 2))
        return cls(np.empty(shape, dtype), np.empty(shape, dtype), moments, sums)

    @property
    def nbytes(self) -> int:
        """Bytes of everything kept."""
        return self.z.nbytes + self.gradient.nbytes + self.moments.nbytes + self.sums.nbytes


class Scratch:
    """Buffers by thread, purpose and shape."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._buffers: dict[tuple[Any, ...], Array] = {}

    def get(self, thread: int, purpose: str, *shape: int) -> Array:
        """Return the buffer of that key, allocated when it is first asked for; its contents are left over.

        At first it is zero: rows that a kernel reads and nobody fills hold nothing slow (a subnormal).
        """
        key = (thread, purpose, shape)
        if key not in self._buffers:
            self._buffers[key] = np.zeros(shape, self._dtype)
        return self._buffers[key]

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        return sum(buffer.nbytes for buffer in self._buffers.values())

"""The table of steps while it grows, with the numbers its steps point to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inference.arena import Arena, Buffer
from lppn_np.kernels import fused_table as table


class Builder:
    """Collects steps, places and weights.

    Attributes
    ----------
    arena : Arena
    steps : list of list of int
    """

    def __init__(self, vector: int, wide: int) -> None:
        self.vector, self.wide = vector, wide
        # A step may read a tile's halo behind the row and round up to a wide tile.
        self.arena = Arena(slack=wide + 2 * vector)
        self.steps: list[list[int]] = []
        self._places: list[int] = []
        self._place_of: dict[tuple[int, ...], int] = {}
        self._weights: list[NDArray[np.float32]] = []
        self._n_weights = 0

    def places(self, values: list[int]) -> int:
        """Return where in the table of places these numbers stand; equal lists stand once."""
        key = tuple(values)
        if key not in self._place_of:
            self._place_of[key] = len(self._places)
            self._places.extend(values)
        return self._place_of[key]

    def weights(self, values: NDArray[Any]) -> int:
        """Return where these weights stand, on a cache line."""
        at = self._n_weights
        padded = np.zeros(-(-values.size // 16) * 16, np.float32)
        padded[: values.size] = values
        self._weights.append(padded)
        self._n_weights += padded.size
        return at

    def step(self, kind: int, *fields: int) -> None:
        """Append a line to the table."""
        line = [kind, *(int(field) for field in fields)]
        self.steps.append(line + [0] * (table.FIELDS - len(line)))

    def clear(self, buffer: Buffer, first: int, stop: int) -> None:
        """Put zeros into columns [first, stop) of every row."""
        if stop > first:
            self.step(table.CLEAR, buffer.at + first, buffer.row, buffer.n_channels, stop - first)

    def tables(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """Return program, places and weights."""
        weights = np.concatenate(self._weights)
        return np.array(self.steps, np.int64), np.array(self._places, np.int64), weights

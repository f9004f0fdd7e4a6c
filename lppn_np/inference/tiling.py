"""A block's signal cut into tiles, and where a tile's phases and taps stand.

Words: a block's *base* columns are those at its lower rate; at stride 2 the input has two phases to a base
column, after nearest upsampling the output has. A tap k of output phase q meets the input at

    stride * t + q + k - pad  =  phases * (t + shift) + phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inference.builder import Builder

Array = NDArray[Any]

#: Base columns in a tile at stride 1 and at stride 2. With a quarter of these n=4 takes 7 %, n=8 3 % longer:
#: more steps, more edges. See docs/how-it-is-fast.md.
TILE = {1: 768, 2: 384}


@dataclass(frozen=True)
class Taps:
    """Which input phase and shift each tap meets, for one output phase.

    Attributes
    ----------
    meets : dict of (int, int) to list of int
        (phase, shift) to the taps that meet it; several do after nearest upsampling.
    """

    meets: dict[tuple[int, int], list[int]]

    @classmethod
    def of(cls, kernel: int, stride: int, upsampled: bool, phase_out: int) -> Taps:
        """Find the taps of a kernel with padding (K - 1) / 2."""
        meets: dict[tuple[int, int], list[int]] = {}
        for k in range(kernel):
            position = phase_out + k - (kernel - 1) // 2
            key = (0, position // 2) if upsampled else (position % stride, position // stride)
            meets.setdefault(key, []).append(k)
        return cls(meets)

    def combined(self, weight: Array) -> Array:
        """Weights (..., meetings) out of weights (..., K)."""
        return np.stack([weight[..., taps].sum(axis=-1) for taps in self.meets.values()], axis=-1)


@dataclass(frozen=True)
class Tile:
    """Base columns [start, stop) of ``total``."""

    start: int
    stop: int
    total: int

    @property
    def n(self) -> int:
        """Base columns."""
        return self.stop - self.start


def tiles(total: int, stride: int, vector: int) -> list[Tile]:
    """Cut ``total`` base columns into tiles, whole vectors each but the last."""
    length = -(-TILE[stride] // vector) * vector
    if total <= length * 3 // 2:
        return [Tile(0, total, total)]
    return [Tile(start, min(start + length, total), total) for start in range(0, total, length)]


class Phases:
    """Scratch rows with the phases of a tile and its halo side by side.

    Parameters
    ----------
    builder : Builder
    n_channels, n_phases : int
    n_columns : int
        Base columns of a tile at most.
    halo : (int, int)
        Columns before (<= 0) and behind (>= 0) that are needed too.
    """

    def __init__(
        self, builder: Builder, n_channels: int, n_phases: int, n_columns: int, halo: tuple[int, int]
    ) -> None:
        self.halo, self.n_phases = halo, n_phases
        self.phase_row = self._padded(n_columns, builder.vector)
        self.buffer = builder.arena.take(n_channels, n_phases * self.phase_row)

    def _padded(self, n: int, vector: int) -> int:
        return -(-(n + self.halo[1] - self.halo[0]) // vector) * vector

    def column(self, phase: int, shift: int) -> int:
        """Place in a row of the tile's base column 0 + shift."""
        return phase * self.phase_row + shift - self.halo[0]

    def width(self, tile: Tile) -> int:
        """Columns of each phase that a tile fills."""
        return tile.n + self.halo[1] - self.halo[0]

    def clear_outside(self, builder: Builder, tile: Tile, meets: list[tuple[int, int]]) -> None:
        """Zero what taps meet before the signal's start and behind its end: the convolution's padding.

        meets: (phase, shift) of every tap.
        """
        for phase in range(self.n_phases):
            shifts = [shift for other, shift in meets if other == phase]
            first, stop = min(shifts, default=0), max(shifts, default=0)
            before, behind = min(0, tile.start + first), max(0, tile.stop + stop - tile.total)
            start, end = self.column(phase, first), self.column(phase, tile.n + stop)
            builder.clear(self.buffer, start, start - before)
            builder.clear(self.buffer, end - behind, end)

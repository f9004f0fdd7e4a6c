"""Weights and steps as the layer specs' plans put them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inference.arena import Buffer
from lppn_np.inference.builder import Builder
from lppn_np.inference.folding import folded
from lppn_np.inference.tiling import Phases, Taps, Tile
from lppn_np.kernels import fused_table as table
from lppn_np.kernels.packing import pack

Array = NDArray[Any]
Tensors = Mapping[str, Array]


@dataclass(frozen=True)
class Packed:
    """Where packed weights stand, and how many outputs they have."""

    at: int
    n_out: int

    def part(self, first: int, count: int, n_terms: int) -> Packed:
        """Outputs [first, first + count), whole blocks of the packing."""
        return Packed(self.at + first * (n_terms + 1), count)


def packed(builder: Builder, weight: Array, bias: Array) -> Packed:
    """Pack a convolution (Co, terms)."""
    return Packed(builder.weights(pack(weight, bias)), len(weight))


def packed_pointwise(builder: Builder, tensors: Tensors, conv: str, norm: str) -> Packed:
    """Fold a pointwise convolution with the normalisation after it, and pack it."""
    return packed(builder, *folded(tensors, conv, norm))


def packed_dense(builder: Builder, taps: Taps, weight: Array, bias: Array) -> Packed:
    """Pack a dense convolution (Co, Ci, K): a term for each channel and place that taps meet."""
    return packed(builder, taps.combined(weight).reshape(len(weight), -1), bias)


def packed_filter(
    builder: Builder, taps: Taps, weight: Array, bias: Array, hidden: Phases
) -> tuple[int, int, int]:
    """Places of the taps in a hidden row, their number, and their weights, made up to a number there is."""
    places = [hidden.column(phase, shift) for phase, shift in taps.meets]
    rows = np.concatenate([bias[:, None], taps.combined(weight)], axis=1)
    n_taps = min(n for n in table.TAPS if n >= len(places))
    missing = n_taps - len(places)
    rows = np.pad(rows, ((0, 0), (0, missing)))
    return builder.places(places + places[:1] * missing), n_taps, builder.weights(rows.ravel())


def mix(
    builder: Builder,
    rows: list[int],
    at: int,
    weights: Packed,
    target: Buffer,
    column: int,
    n_columns: int,
    rectify: bool,
    residual: tuple[int, int] | None = None,
) -> None:
    """Append a convolution of the rows that start ``rows`` after ``at``."""
    builder.step(
        table.MIX,
        *(at, builder.places(rows), len(rows), weights.at, weights.n_out),
        *(target.at + column, target.row, n_columns, rectify),
        *(residual or (-1, 0)),
    )


def split(builder: Builder, x: Buffer, phases: Phases, tile: Tile) -> None:
    """Append: the columns of a tile, and its halo, with their phases apart."""
    first = x.at + 2 * (tile.start + phases.halo[0])
    even = phases.buffer.at
    builder.step(
        table.SPLIT,
        *(first, x.row, x.n_channels, even, even + phases.phase_row, phases.buffer.row, phases.width(tile)),
    )


def join(builder: Builder, phases: Phases, out: Buffer, tile: Tile) -> None:
    """Append: a tile of output with its phases together."""
    even = phases.buffer.at
    builder.step(
        table.JOIN,
        *(even, even + phases.phase_row, phases.buffer.row, out.n_channels),
        *(out.at + 2 * tile.start, out.row, tile.n),
    )

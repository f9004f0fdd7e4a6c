"""Each layer spec as steps on tiles of its signal; the words are those of :mod:`.tiling`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inference.arena import Buffer
from lppn_np.inference.builder import Builder
from lppn_np.inference.folding import folded
from lppn_np.inference.tiling import Phases, Taps, Tile, tiles
from lppn_np.kernels import fused_table as table
from lppn_np.kernels.packing import pack
from lppn_np.network import ConvBlock, Heads, InvertedResidual

Array = NDArray[Any]
Tensors = Mapping[str, Array]

#: Hidden channels that are expanded and filtered at a time, whole blocks of the packing. All 160 of S=16 n=16
#: at once take 2 % longer and 200 kB more, 8 at a time 2 % longer with n=8.
HIDDEN_ROWS = 32


def plan_inverted_residual(
    builder: Builder, tensors: Tensors, name: str, block: InvertedResidual, x: Buffer
) -> Buffer:
    """Expand and filter, some hidden channels at a time, then project; tile by tile, hidden in scratch."""
    upsampled = block.upsample is not None
    n_phases_out = 2 if upsampled else 1
    taps = [Taps.of(block.kernel, block.stride, upsampled, q) for q in range(n_phases_out)]
    meets = [place for tap in taps for place in tap.meets]
    shifts = [shift for _, shift in meets]
    halo = (min(shifts), max(shifts))
    expand = _packed_pointwise(builder, tensors, f"{name}.expand", f"{name}.expand_norm")
    project = _packed_pointwise(builder, tensors, f"{name}.project", f"{name}.project_norm")
    weight, bias = folded(tensors, f"{name}.depthwise", f"{name}.depthwise_norm")

    total = x.n_columns // block.stride
    cut = tiles(total, block.stride, builder.vector)
    longest = max(tile.n for tile in cut)
    out = builder.arena.take(block.out_channels, n_phases_out * total)
    at_once = min(block.hidden, HIDDEN_ROWS)
    hidden = Phases(builder, at_once, block.stride, longest, halo)
    filtered = Phases(builder, block.hidden, n_phases_out, longest, (0, 0))
    split = Phases(builder, block.in_channels, 2, longest, halo) if block.stride == 2 else None
    joined = Phases(builder, block.out_channels, 2, longest, (0, 0)) if upsampled else None
    filters = [_packed_filter(builder, tap, weight, bias, hidden) for tap in taps]

    for tile in cut:
        first = tile.start + halo[0]
        if split is None:
            source, row, at, width = x, x.row, x.at + first, hidden.width(tile)
        else:
            _split(builder, x, split, tile)
            source, row, at = split.buffer, split.buffer.row, split.buffer.at
            width = split.phase_row + split.width(tile)
        rows = [c * row for c in range(source.n_channels)]
        for c in range(0, block.hidden, at_once):
            count = min(at_once, block.hidden - c)
            _mix(builder, rows, at, expand.part(c, count, len(rows)), hidden.buffer, 0, width, True)
            hidden.clear_outside(builder, tile, meets)
            for q, (places, n_taps, w) in enumerate(filters):
                builder.step(
                    table.FILTER,
                    *(hidden.buffer.at, hidden.buffer.row, places, n_taps, w + c * (n_taps + 1), count),
                    *(filtered.buffer.at + filtered.buffer.channel(c) + filtered.column(q, 0),),
                    *(filtered.buffer.row, tile.n),
                )
        for q in range(n_phases_out):
            residual = (x.at + tile.start, x.row) if block.residual else None
            target, column = (out, tile.start) if joined is None else (joined.buffer, joined.column(q, 0))
            rows = [filtered.buffer.channel(c) for c in range(block.hidden)]
            at = filtered.buffer.at + filtered.column(q, 0)
            _mix(builder, rows, at, project, target, column, tile.n, False, residual)
        if joined is not None:
            _join(builder, joined, out, tile)
    for scratch in (hidden, filtered, split, joined):
        if scratch is not None:
            builder.arena.give_back(scratch.buffer)
    return out


def plan_conv_block(builder: Builder, tensors: Tensors, name: str, block: ConvBlock, x: Buffer) -> Buffer:
    """Dense convolution: from the input's rows where they stand, or from their phases tile by tile."""
    weight, bias = folded(tensors, f"{name}.conv", f"{name}.norm")
    if block.upsample == "linear":
        return _plan_after_linear(builder, weight, bias, block, x)
    upsampled = block.upsample is not None
    n_phases_out = 2 if upsampled else 1
    taps = [Taps.of(block.kernel, block.stride, upsampled, q) for q in range(n_phases_out)]
    meets = [place for tap in taps for place in tap.meets]
    shifts = [shift for _, shift in meets]
    halo = (min(shifts), max(shifts))
    total = x.n_columns // block.stride
    cut = tiles(total, block.stride, builder.vector)
    longest = max(tile.n for tile in cut)
    out = builder.arena.take(block.out_channels, n_phases_out * total)
    split = Phases(builder, block.in_channels, 2, longest, halo) if block.stride == 2 else None
    joined = Phases(builder, block.out_channels, 2, longest, (0, 0)) if upsampled else None
    packs = [_packed_dense(builder, tap, weight, bias) for tap in taps]
    if split is None:
        builder.clear(x, halo[0], 0)
        builder.clear(x, x.n_columns, x.n_columns + halo[1])
    for tile in cut:
        if split is None:
            source, at = x, x.at + tile.start
        else:
            _split(builder, x, split, tile)
            split.clear_outside(builder, tile, meets)
            source, at = split.buffer, split.buffer.at
        for q, tap in enumerate(taps):
            rows = [
                source.channel(c) + (shift if split is None else split.column(phase, shift))
                for c in range(block.in_channels)
                for phase, shift in tap.meets
            ]
            residual = (x.at + tile.start, x.row) if block.residual else None
            target, column = (out, tile.start) if joined is None else (joined.buffer, joined.column(q, 0))
            _mix(builder, rows, at, packs[q], target, column, tile.n, True, residual)
        if joined is not None:
            _join(builder, joined, out, tile)
    for scratch in (split, joined):
        if scratch is not None:
            builder.arena.give_back(scratch.buffer)
    return out


def plan_heads(builder: Builder, tensors: Tensors, block: Heads, features: Buffer, context: Buffer) -> Buffer:
    """Both heads as one convolution over the rows of both signals: nothing is concatenated."""
    parts = [folded(tensors, name, None) for name in ("class_head", "offset_head")]
    weight, bias = (np.concatenate(values) for values in zip(*parts, strict=True))
    out = builder.arena.take(block.n_classes + 1, features.n_columns)
    rows = [features.channel(c) for c in range(features.n_channels)]
    rows += [context.at - features.at + context.channel(c) for c in range(context.n_channels)]
    _mix(builder, rows, features.at, _pack(builder, weight, bias), out, 0, features.n_columns, False)
    return out


@dataclass(frozen=True)
class _Packed:
    """Where packed weights stand, and how many outputs they have."""

    at: int
    n_out: int

    def part(self, first: int, count: int, n_terms: int) -> _Packed:
        """Outputs [first, first + count), whole blocks of the packing."""
        return _Packed(self.at + first * (n_terms + 1), count)


def _pack(builder: Builder, weight: Array, bias: Array) -> _Packed:
    return _Packed(builder.weights(pack(weight, bias)), len(weight))


def _packed_pointwise(builder: Builder, tensors: Tensors, conv: str, norm: str) -> _Packed:
    return _pack(builder, *folded(tensors, conv, norm))


def _packed_dense(builder: Builder, taps: Taps, weight: Array, bias: Array) -> _Packed:
    return _pack(builder, taps.combined(weight).reshape(len(weight), -1), bias)


def _packed_filter(
    builder: Builder, taps: Taps, weight: Array, bias: Array, hidden: Phases
) -> tuple[int, int, int]:
    """Places of the taps in a hidden row, their number, and their weights, made up to a number there is."""
    places = [hidden.column(phase, shift) for phase, shift in taps.meets]
    rows = np.concatenate([bias[:, None], taps.combined(weight)], axis=1)
    n_taps = min(n for n in table.TAPS if n >= len(places))
    missing = n_taps - len(places)
    rows = np.pad(rows, ((0, 0), (0, missing)))
    return builder.places(places + places[:1] * missing), n_taps, builder.weights(rows.ravel())


def _mix(
    builder: Builder,
    rows: list[int],
    at: int,
    weights: _Packed,
    target: Buffer,
    column: int,
    n_columns: int,
    rectify: bool,
    residual: tuple[int, int] | None = None,
) -> None:
    builder.step(
        table.MIX,
        *(at, builder.places(rows), len(rows), weights.at, weights.n_out),
        *(target.at + column, target.row, n_columns, rectify),
        *(residual or (-1, 0)),
    )


def _split(builder: Builder, x: Buffer, phases: Phases, tile: Tile) -> None:
    first = x.at + 2 * (tile.start + phases.halo[0])
    even = phases.buffer.at
    builder.step(
        table.SPLIT,
        *(first, x.row, x.n_channels, even, even + phases.phase_row, phases.buffer.row, phases.width(tile)),
    )


def _join(builder: Builder, phases: Phases, out: Buffer, tile: Tile) -> None:
    even = phases.buffer.at
    builder.step(
        table.JOIN,
        *(even, even + phases.phase_row, phases.buffer.row, out.n_channels),
        *(out.at + 2 * tile.start, out.row, tile.n),
    )


def _plan_after_linear(builder: Builder, weight: Array, bias: Array, block: ConvBlock, x: Buffer) -> Buffer:
    """Twice the time by interpolation, then the convolution: 2 multiply-adds a value against 5 Ci."""
    n = x.n_columns
    up = builder.arena.take(block.in_channels, 2 * n)
    u = np.arange(-(-n // builder.vector) * builder.vector)
    even = builder.weights(1 - u / max(1, 2 * n - 1))
    odd = builder.weights(0.5 - (2 * u + 1) / (2 * max(1, 2 * n - 1)))
    builder.clear(x, -1, 0)
    builder.clear(x, n, n + 1)
    builder.step(table.LERP, x.at, x.row, block.in_channels, even, odd, up.at, up.row, n)
    pad = (block.kernel - 1) // 2
    builder.clear(up, -pad, 0)
    builder.clear(up, 2 * n, 2 * n + pad)
    out = builder.arena.take(block.out_channels, 2 * n)
    rows = [up.channel(c) + k - pad for c in range(block.in_channels) for k in range(block.kernel)]
    residual = (up.at, up.row) if block.residual else None
    pack = _pack(builder, weight.reshape(len(weight), -1), bias)
    _mix(builder, rows, up.at, pack, out, 0, 2 * n, True, residual)
    builder.arena.give_back(up)
    return out

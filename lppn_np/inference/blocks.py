"""Each layer spec as steps on tiles of its signal; the words are those of :mod:`.tiling`."""

from __future__ import annotations

import numpy as np

from lppn_np.inference.arena import Buffer
from lppn_np.inference.builder import Builder
from lppn_np.inference.folding import folded
from lppn_np.inference.parts import Array, Tensors, join, mix, packed, packed_dense, split
from lppn_np.inference.tiling import Phases, Taps, tiles
from lppn_np.kernels import fused_table as table
from lppn_np.kernels import weaving
from lppn_np.network import ConvBlock, Heads

#: Output channels behind linear upsampling at a time: five rows of taps each.
WOVEN_ROWS = 8


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
    apart = Phases(builder, block.in_channels, 2, longest, halo) if block.stride == 2 else None
    joined = Phases(builder, block.out_channels, 2, longest, (0, 0)) if upsampled else None
    packs = [packed_dense(builder, tap, weight, bias) for tap in taps]
    if apart is None:
        builder.clear(x, halo[0], 0)
        builder.clear(x, x.n_columns, x.n_columns + halo[1])
    for tile in cut:
        if apart is None:
            source, at = x, x.at + tile.start
        else:
            split(builder, x, apart, tile)
            apart.clear_outside(builder, tile, meets)
            source, at = apart.buffer, apart.buffer.at
        for q, tap in enumerate(taps):
            rows = [
                source.channel(c) + (shift if apart is None else apart.column(phase, shift))
                for c in range(block.in_channels)
                for phase, shift in tap.meets
            ]
            residual = (x.at + tile.start, x.row) if block.residual else None
            target, column = (out, tile.start) if joined is None else (joined.buffer, joined.column(q, 0))
            mix(builder, rows, at, packs[q], target, column, tile.n, True, residual)
        if joined is not None:
            join(builder, joined, out, tile)
    for scratch in (apart, joined):
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
    mix(builder, rows, features.at, packed(builder, weight, bias), out, 0, features.n_columns, False)
    return out


def _plan_after_linear(builder: Builder, weight: Array, bias: Array, block: ConvBlock, x: Buffer) -> Buffer:
    """Every tap at the lower rate, then twice the time by interpolation; see :mod:`lppn_np.kernels.weaving`.

    Some output channels at a time, all columns of them, so that their taps' rows stay in the L1 cache.
    """
    if block.residual or block.kernel > weaving.TAPS:
        raise ValueError(f"a convolution of {block.kernel} taps or with a residual behind linear upsampling")
    missing = (weaving.TAPS - block.kernel) // 2
    taps = np.pad(weight, ((0, 0), (0, 0), (missing, missing)))
    biases = np.zeros((weaving.TAPS, len(bias)))
    biases[weaving.TAPS // 2] = bias  # this tap meets a sample everywhere: interpolation keeps a constant
    n = x.n_columns
    even, odd = _shares(builder, n)
    out = builder.arena.take(block.out_channels, 2 * n)
    z = builder.arena.take(weaving.TAPS * WOVEN_ROWS, n)
    rows = [x.channel(c) for c in range(block.in_channels)]
    for first in range(0, block.out_channels, WOVEN_ROWS):
        chosen = taps[first : first + WOVEN_ROWS]
        n_rows = len(chosen)
        by_tap = chosen.transpose(2, 0, 1).reshape(-1, block.in_channels)
        weights = packed(builder, by_tap, biases[:, first : first + n_rows].ravel())
        mix(builder, rows, x.at, weights, z, 0, n, False)
        builder.clear(z, -weaving.EDGE, 0)
        builder.clear(z, n, n + weaving.EDGE)
        target = out.at + out.channel(first)
        builder.step(table.WEAVE, z.at, z.row, n_rows, even, odd, target, out.row, n)
    builder.arena.give_back(z)
    return out


def _shares(builder: Builder, n: int) -> tuple[int, int]:
    """Where the shares of interpolation stand, with zeros before and behind."""
    behind = np.zeros(2 * builder.vector)
    parts = [np.concatenate([[0], part, behind]) for part in weaving.interpolation_shares(n)]
    even, odd = (builder.weights(part) for part in parts)
    return even + 1, odd + 1

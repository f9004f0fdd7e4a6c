"""The inverted residual as steps: expanded, filtered and projected tile by tile.

The hidden signal, twice as wide as the input, never leaves scratch rows. Where the next block has stride 2,
the filter already puts even and odd columns apart: a pass of its own (SPLIT) took 3 % of the time with n=4.
"""

from __future__ import annotations

from lppn_np.inference.arena import Buffer
from lppn_np.inference.builder import Builder
from lppn_np.inference.folding import folded
from lppn_np.inference.parts import Packed, Tensors, join, mix, packed_filter, packed_pointwise, split
from lppn_np.inference.tiling import Phases, Taps, Tile, tiles
from lppn_np.kernels import fused_table as table
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.network import InvertedResidual

#: Hidden channels that are expanded and filtered at a time, at most. All 160 of S=16 n=16 at once take 2 %
#: longer and 200 kB more; 8 at a time, 2 % longer with n=8.
HIDDEN_ROWS = 48


def can_part(block: InvertedResidual) -> bool:
    """Whether :func:`plan_inverted_residual` can leave the block's output with its phases apart."""
    return block.stride == 1 and block.upsample is None and not block.residual and block.kernel == 3


def plan_inverted_residual(
    builder: Builder, tensors: Tensors, name: str, block: InvertedResidual, x: Buffer, apart: bool = False
) -> Buffer:
    """Expand and filter some hidden channels at a time, then project; ``apart``: even and odd columns."""
    upsampled = block.upsample is not None
    taps = [Taps.of(block.kernel, block.stride, upsampled, q) for q in range(2 if upsampled else 1)]
    meets = [place for tap in taps for place in tap.meets]
    shifts = [shift for _, shift in meets]
    halo = (min(shifts), max(shifts))
    expand = packed_pointwise(builder, tensors, f"{name}.expand", f"{name}.expand_norm")
    project = packed_pointwise(builder, tensors, f"{name}.project", f"{name}.project_norm")
    weight, bias = folded(tensors, f"{name}.depthwise", f"{name}.depthwise_norm")

    total = x.n_columns // block.stride
    cut = tiles(total, block.stride, builder.vector)
    longest = max(tile.n for tile in cut)
    out = builder.arena.take(block.out_channels, len(taps) * total, apart)
    at_once = _even_parts(block.hidden)
    hidden = Phases(builder, at_once, block.stride, longest, halo)
    filtered = Phases(
        builder, block.hidden, 2 if upsampled or apart else 1, longest // 2 if apart else longest, (0, 0)
    )
    parted = Phases(builder, block.in_channels, 2, longest, halo) if block.stride == 2 and not x.odd else None
    joined = Phases(builder, block.out_channels, 2, longest, (0, 0)) if upsampled else None
    filters = [packed_filter(builder, tap, weight, bias, hidden) for tap in taps]

    for tile in cut:
        if parted is not None:
            split(builder, x, parted, tile)
        for c in range(0, block.hidden, at_once):
            part = expand.part(c, min(at_once, block.hidden - c), block.in_channels)
            _expand(builder, x, parted, part, hidden, tile, meets)
            for q, (places, n_taps, w) in enumerate(filters):
                target = filtered.buffer.at + filtered.buffer.channel(c) + filtered.column(q, 0)
                builder.step(
                    table.FILTER,
                    *(hidden.buffer.at, hidden.buffer.row, places, n_taps, w + c * (n_taps + 1), part.n_out),
                    *(target, filtered.buffer.row, tile.n, filtered.phase_row if apart else 0),
                )
        _project(builder, x if block.residual else None, filtered, project, joined, out, tile)
    for scratch in (hidden, filtered, parted, joined):
        if scratch is not None:
            builder.arena.give_back(scratch.buffer)
    return out


def _even_parts(n_hidden: int) -> int:
    """Return how many hidden channels to take at a time: whole blocks of the packing, all about as many."""
    n_parts = -(-n_hidden // HIDDEN_ROWS)
    return -(-n_hidden // (n_parts * OUTPUTS)) * OUTPUTS


def _expand(
    builder: Builder,
    x: Buffer,
    parted: Phases | None,
    weights: Packed,
    hidden: Phases,
    tile: Tile,
    meets: list[tuple[int, int]],
) -> None:
    """Fill the hidden rows of a tile and its halo, phase by phase."""
    source = x if parted is None else parted.buffer
    rows = [source.channel(c) for c in range(source.n_channels)]
    for phase in range(hidden.n_phases):
        shifts = [shift for other, shift in meets if other == phase]
        first, width = min(shifts), tile.n + max(shifts) - min(shifts)
        at = x.at + phase * x.odd + tile.start if parted is None else source.at + parted.column(phase, 0)
        mix(builder, rows, at + first, weights, hidden.buffer, hidden.column(phase, first), width, True)
    hidden.clear_outside(builder, tile, meets)


def _project(
    builder: Builder,
    residual: Buffer | None,
    filtered: Phases,
    weights: Packed,
    joined: Phases | None,
    out: Buffer,
    tile: Tile,
) -> None:
    """Mix the filtered rows into the output: as they are, phase by phase, or phases put together."""
    rows = [filtered.buffer.channel(c) for c in range(filtered.buffer.n_channels)]
    added = (residual.at + tile.start, residual.row) if residual is not None else None
    for q in range(2 if joined is not None or out.odd else 1):
        at = filtered.buffer.at + filtered.column(q, 0)
        if joined is not None:
            mix(builder, rows, at, weights, joined.buffer, joined.column(q, 0), tile.n, False, added)
        elif out.odd:
            column = q * out.odd + tile.start // 2
            mix(builder, rows, at, weights, out, column, tile.n // 2, False, added)
        else:
            mix(builder, rows, at, weights, out, tile.start, tile.n, False, added)
    if joined is not None:
        join(builder, joined, out, tile)

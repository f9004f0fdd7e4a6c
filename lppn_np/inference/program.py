"""A network and its tensors as one table of steps, and the run of it on windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inference.blocks import plan_conv_block, plan_heads
from lppn_np.inference.builder import Builder
from lppn_np.inference.inverted_residual import can_part, plan_inverted_residual
from lppn_np.kernels import fused
from lppn_np.kernels.vectors import VECTORS
from lppn_np.network import InvertedResidual, Network

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Program:
    """An inference program for windows of one length; see :mod:`lppn_np.kernels.fused`.

    Attributes
    ----------
    steps : ndarray of int64, shape (n_steps, FIELDS)
    blocks : tuple of str
        The block that each step belongs to; ``heads`` are the last.
    places : ndarray of int64
    weights : ndarray of float32
        Folded and packed.
    arena_size : int
        float32 that a thread needs to run it.
    entry : ndarray of int64
        Where a window goes in and the heads' rows come out.
    n_classes, n_segments : int
    scale : float
        Of the offset: samples in a segment.
    sigmoid : bool
        Whether the offset is squeezed into its segment first.
    """

    steps: NDArray[np.int64]
    blocks: tuple[str, ...]
    places: NDArray[np.int64]
    weights: NDArray[np.float32]
    arena_size: int
    entry: NDArray[np.int64]
    n_classes: int
    n_segments: int
    scale: float
    sigmoid: bool

    def new_arena(self) -> NDArray[np.float32]:
        """Memory for one thread's run; zeros, so that no row's padding starts as a denormal or a NaN."""
        return np.zeros(self.arena_size, np.float32)

    def run(
        self, x: NDArray[np.float32], logits: NDArray[np.float32], offsets: NDArray[np.float32], arena: Array
    ) -> None:
        """Fill logits (B, n_classes, T / S) and offsets (B, T / S) from x (B, 3, T)."""
        fused.run_program(
            logits,
            offsets,
            x,
            self.steps,
            self.places,
            self.weights,
            arena,
            self.entry,
            self.scale,
            self.sigmoid,
        )


def compile_program(network: Network, tensors: Mapping[str, Array], n_samples: int) -> Program:
    """Plan every block on windows of ``n_samples``.

    Parameters
    ----------
    network : Network
    tensors : mapping of str to ndarray
        Weights and running statistics.
    n_samples : int
        T, a multiple of 8 times the network's stride.
    """
    builder = Builder(VECTORS.width, VECTORS.width * VECTORS.abreast)
    blocks = list(network.blocks.items())
    window = builder.arena.take(3, n_samples, _wants_parted(blocks[0][1]))
    signal = features = window
    owners: list[str] = []
    for (name, block), (reader, following) in zip(blocks, [*blocks[1:], ("heads", None)], strict=True):
        if isinstance(block, InvertedResidual):
            # The last features are read by the heads too, in their order.
            apart = can_part(block) and _wants_parted(following) and reader.startswith("features")
            above = plan_inverted_residual(builder, tensors, name, block, signal, apart)
        else:
            above = plan_conv_block(builder, tensors, name, block, signal)
        if signal is not features or name.startswith("features"):
            builder.arena.give_back(signal)
        if name.startswith("features"):
            features = above
        signal = above
        owners += [name] * (len(builder.steps) - len(owners))
    heads = plan_heads(builder, tensors, network.heads, features, signal)
    owners += ["heads"] * (len(builder.steps) - len(owners))
    steps, places, weights = builder.tables()
    entry = np.array([window.at, window.row, window.odd, heads.at, heads.row], np.int64)
    return Program(
        steps,
        tuple(owners),
        places,
        weights,
        builder.arena.size + builder.wide + builder.vector,
        entry,
        network.heads.n_classes,
        features.n_columns,
        float(network.heads.stride),
        network.heads.sigmoid,
    )


def _wants_parted(block: object) -> bool:
    """Whether a block reads even and odd samples apart."""
    return isinstance(block, InvertedResidual) and block.stride == 2

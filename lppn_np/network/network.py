"""A configuration's network: named blocks, the flat list of steps, and the shapes that follow from it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from lppn_np.config import LPPNConfig
from lppn_np.network.blocks import Block, Heads, Step
from lppn_np.network.ops import Shape
from lppn_np.network.variants import layer_list


@dataclass(frozen=True)
class Network:
    """A layer list and its lowering.

    Attributes
    ----------
    blocks : dict of str to Block
        ``features.0`` ... and ``receptive_field.0`` ..., in order.
    heads : Heads
        The two output layers.
    steps : tuple of Step
        The flat forward list. Its input is called ``input``; its results are ``class_head`` and ``offset``.
    """

    blocks: dict[str, Block]
    heads: Heads
    steps: tuple[Step, ...]

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every tensor by name, trainable ones and running statistics, in step order."""
        shapes = {}
        for step in self.steps:
            for part, shape in {**step.op.parameter_shapes(), **step.op.statistic_shapes()}.items():
                shapes[f"{step.name}.{part}"] = shape
        return shapes

    def trainable_names(self) -> tuple[str, ...]:
        """Names of the tensors that training changes by gradient."""
        return tuple(f"{step.name}.{part}" for step in self.steps for part in step.op.parameter_shapes())

    def activation_shapes(self, n_samples: int) -> dict[str, Shape]:
        """(channels, time) of every activation for a window of ``n_samples``, ``input`` first."""
        shapes: dict[str, Shape] = {"input": (3, n_samples)}
        for step in self.steps:
            shapes[step.name] = step.op.output_shape(*(shapes[source] for source in step.inputs))
        return shapes


@functools.lru_cache(maxsize=64)
def _build(variant: str, stride: int, features: int) -> Network:
    config = LPPNConfig(variant=variant, stride=stride, features=features)
    feature_blocks, context_blocks, heads = layer_list(config)
    blocks: dict[str, Block] = {}
    steps: list[Step] = []
    last = "input"
    ends = []
    for group, members in (("features", feature_blocks), ("receptive_field", context_blocks)):
        for index, block in enumerate(members):
            name = f"{group}.{index}"
            blocks[name] = block
            steps.extend(block.lower(name, last))
            last = steps[-1].name
        ends.append(last)
    steps.extend(heads.lower(*ends))
    return Network(blocks, heads, tuple(steps))


def build_network(config: LPPNConfig) -> Network:
    """Network of a configuration (cached: equal configurations share one object)."""
    return _build(config.variant, config.stride, config.features)

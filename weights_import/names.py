"""Names: PyTorch's dotted module paths in the published state dicts, and ours."""

from __future__ import annotations

from lppn_np.network import Block, ConvBlock, InvertedResidual, Network
from lppn_np.network.ops import BatchNorm, DenseConv, Depthwise, Op, Pointwise

#: Our group of blocks -> the attribute of the authors' module.
_GROUPS = {"features": "layers", "receptive_field": "class_encoder"}
_HEADS = {"class_head": "cl", "offset_head": "tm"}
_INVERTED_RESIDUAL = {
    "expand": "conv.0.0",
    "expand_norm": "conv.0.1",
    "depthwise": "conv.1.0",
    "depthwise_norm": "conv.1.1",
    "project": "conv.2",
    "project_norm": "conv.3",
}
_SKIP_CONV = {"conv": "conv.0", "norm": "conv.1"}


def torch_tensors(network: Network) -> dict[str, tuple[str, tuple[int, ...]]]:
    """PyTorch name and shape of every tensor, by our name, in step order."""
    found = {}
    for step in network.steps:
        for part, shape in {**step.op.parameter_shapes(), **step.op.statistic_shapes()}.items():
            torch_name = f"{torch_module(network, step.name)}.{part}"
            found[f"{step.name}.{part}"] = (torch_name, _torch_shape(step.op, shape))
    return found


def batch_counters(network: Network) -> list[str]:
    """PyTorch names of the counters that its batch normalisations keep beside the statistics."""
    return [
        f"{torch_module(network, step.name)}.num_batches_tracked"
        for step in network.steps
        if isinstance(step.op, BatchNorm)
    ]


def torch_module(network: Network, step_name: str) -> str:
    """Dotted path of the PyTorch module that holds a step's tensors."""
    if step_name in _HEADS:
        return _HEADS[step_name]
    block, part = step_name.rsplit(".", 1)
    group, index = block.split(".")
    return f"{_GROUPS[group]}.{index}.{_part(network.blocks[block], part)}"


def _torch_shape(op: Op, shape: tuple[int, ...]) -> tuple[int, ...]:
    """PyTorch's 2-D convolutions: a height of 1, and one input channel a group in the depthwise ones."""
    if isinstance(op, Depthwise):
        return (shape[0], 1, 1, shape[1])
    if isinstance(op, Pointwise) and len(shape) == 2:
        return (*shape, 1, 1)
    if isinstance(op, DenseConv) and len(shape) == 3:
        return (shape[0], shape[1], 1, shape[2])
    return shape


def _part(block: Block, part: str) -> str:
    """Path of a part inside its block; an upsampling stands at 0 and pushes what follows to 1."""
    if isinstance(block, InvertedResidual):
        inner = _INVERTED_RESIDUAL[part]
        return f"1.{inner}" if block.upsample else inner
    return _conv_part(block, part)


def _conv_part(block: ConvBlock, part: str) -> str:
    if block.skip:
        return f"1.{_SKIP_CONV[part]}" if block.upsample else _SKIP_CONV[part]
    place = {"conv": 0, "norm": 1}[part] + (1 if block.upsample else 0)
    return str(place)

"""A network as the page draws it: steps with their sizes, and the boxes they stand in."""

from __future__ import annotations

from typing import Any

from lppn_np.errors import InputError
from lppn_np.inspection.layers import PROBABILITIES, Layer, describe
from lppn_np.network import Network
from lppn_np.network.blocks import Block, ConvBlock

#: The operations that ``template/engine.js`` computes.
_KNOWN = {
    "Input", "Pointwise", "Depthwise", "DenseConv", "BatchNorm", "ReLU", "Add", "Upsample", "Concat",
    "Sigmoid", "Scale", "Softmax",
}  # fmt: skip
_GROUPS = {"features": "features", "receptive_field": "context"}


def describe_steps(network: Network, n_samples: int) -> list[dict[str, Any]]:
    """Every line of the forward list with its kind, inputs, output shape and constants.

    Raises
    ------
    InputError
        An operation that the page cannot compute.
    """
    return [_step(layer) for layer in describe(network, n_samples)]


def describe_boxes(network: Network) -> list[dict[str, Any]]:
    """What is drawn as one box: the input, every block, the heads; with the names of its steps."""
    boxes = [_box("input", "input", "Input", ["input"])]
    for name, block in network.blocks.items():
        steps = [step.name for step in network.steps if step.name.startswith(f"{name}.")]
        group, _, number = name.partition(".")
        boxes.append(_box(name, _GROUPS.get(group, group), _title(group, int(number), block), steps))
    heads = [step.name for step in network.steps if "." not in step.name]
    classes = [name for name in heads if not name.startswith("offset")]
    boxes.append(_box("classes", "heads", "Which class?", [*classes, PROBABILITIES]))
    boxes.append(_box("offsets", "heads", "Where in it?", [n for n in heads if n not in classes]))
    return boxes


def _step(layer: Layer) -> dict[str, Any]:
    if layer.kind not in _KNOWN:
        raise InputError(f"the page cannot compute {layer.name}, a {layer.kind}")
    taps = (
        {"kernel": layer.kernel, "stride": layer.stride} if layer.kind in ("Depthwise", "DenseConv") else {}
    )
    return {
        "name": layer.name,
        "kind": layer.kind,
        "inputs": list(layer.parents),
        "channels": layer.channels,
        "time": layer.n_times,
        **taps,
        **layer.options,
    }


def _box(name: str, group: str, title: str, steps: list[str]) -> dict[str, Any]:
    return {"name": name, "group": group, "title": title, "steps": steps}


def _title(group: str, number: int, block: Block) -> str:
    if group == "features":
        return f"Block {number + 1}"
    if block.upsample:
        return "Twice the time"
    kind = "convolution" if isinstance(block, ConvBlock) else "block"
    return "Half the time" if block.stride > 1 else f"Context {kind}"

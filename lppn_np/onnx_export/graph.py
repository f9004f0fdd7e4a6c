"""A network's list of steps as nodes of ONNX; PyTorch is not needed.

Convolutions have two dimensions, the first of size 1, as in the published networks: so ONNX Runtime may use
its blocked layout, which it has for images only (S=16 n=8: 60 ms; with one dimension 93 ms).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.network import Network, Step, ops

Tensors = dict[str, NDArray[Any]]


class Graph:
    """Nodes and constants, gathered one step after the other.

    A node and its output bear the name of the step, a constant that of the tensor, so that a viewer shows the
    names of ``model.trace`` and ``model.tensors``.

    Parameters
    ----------
    onnx : module
        The package.
    """

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add_network(self, network: Network, tensors: Tensors) -> None:
        """Every step of a network, from ``x`` (B, 3, T) to ``logits`` and ``offsets``."""
        self.node("Unsqueeze", ["x", self.constant("height_axis", np.array([2]))], "input")
        for step in network.steps:
            parts = (*step.op.parameter_shapes(), *step.op.statistic_shapes())
            self.add(step, {part: tensors[f"{step.name}.{part}"] for part in parts})
        self.node("Squeeze", ["class_head", "height_axis"], "logits")
        self.node("Squeeze", ["offset", self.constant("offset_axes", np.array([1, 2]))], "offsets")

    def constant(self, name: str, value: Any) -> str:
        """Keep a constant and return its name."""
        self.constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """Add a node that is called like its output."""
        self.nodes.append(self._onnx.helper.make_node(kind, inputs, [output], output, **attributes))

    def add(self, step: Step, tensors: Tensors) -> None:
        """Add one step of a network; ``tensors`` are its own, by part."""
        inputs, op = list(step.inputs), step.op
        match op:
            case ops.Pointwise():
                self._conv(step, tensors["weight"][:, :, None], tensors.get("bias"), 1, 1)
            case ops.DenseConv():
                self._conv(step, tensors["weight"], tensors.get("bias"), op.stride, 1)
            case ops.Depthwise():
                self._conv(step, tensors["weight"][:, None, :], None, op.stride, op.channels)
            case ops.BatchNorm():
                parts = ("weight", "bias", "running_mean", "running_var")
                names = [self.constant(f"{step.name}.{part}", tensors[part]) for part in parts]
                self.node("BatchNormalization", [*inputs, *names], step.name, epsilon=op.eps)
            case ops.ReLU():
                self.node("Relu", inputs, step.name)
            case ops.Add():
                self.node("Add", inputs, step.name)
            case ops.Concat():
                self.node("Concat", inputs, step.name, axis=1)
            case ops.Sigmoid():
                self.node("Sigmoid", inputs, step.name)
            case ops.Scale():
                factor = self.constant(f"{step.name}.factor", np.array(op.factor, np.float32))
                self.node("Mul", [*inputs, factor], step.name)
            case ops.Upsample():
                self._upsample(step, op.mode)
            case _:
                raise NotImplementedError(f"no ONNX for {op}")

    def _conv(self, step: Step, weight: Any, bias: Any, stride: int, group: int) -> None:
        """Add a convolution; ``weight`` is (Co, Ci / group, K)."""
        inputs = [*step.inputs, self.constant(f"{step.name}.weight", weight[:, :, None, :])]
        if bias is not None:
            inputs.append(self.constant(f"{step.name}.bias", bias))
        taps = weight.shape[2]
        self.node(
            "Conv", inputs, step.name, kernel_shape=[1, taps], strides=[1, stride], group=group,
            pads=[0, taps // 2, 0, taps // 2],
        )  # fmt: skip

    def _upsample(self, step: Step, mode: str) -> None:
        scales = self.constant(f"{step.name}.scales", np.array([1, 1, 1, 2], np.float32))
        how = {"linear": "align_corners", "nearest": "asymmetric"}[mode]
        more = {"nearest_mode": "floor"} if mode == "nearest" else {}
        self.node(
            "Resize", [*step.inputs, "", scales], step.name, mode=mode,
            coordinate_transformation_mode=how, **more,
        )  # fmt: skip

"""A model as an ONNX file, built from the network's list of steps; PyTorch is not needed.

Convolutions have two dimensions, the first of size 1, as in the published networks: so ONNX Runtime may use
its blocked layout, which it has for images only (S=16 n=8: 60 ms; with one dimension 93 ms).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lppn_np.model import LPPN
from lppn_np.network import Step, ops
from lppn_np.optional import require

#: Old enough for every ONNX Runtime since 1.15.
_OPSET, _IR_VERSION = 18, 8


def onnx_model(model: LPPN) -> bytes:
    """Serialise a model as ONNX.

    Parameters
    ----------
    model : LPPN

    Returns
    -------
    bytes
        Input ``x`` (B, 3, T); outputs ``logits`` (B, n_classes, T / S) and ``offsets`` (B, T / S).

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    """
    onnx = require("onnx", "bench")
    graph = _Graph(onnx)
    graph.node("Unsqueeze", ["x", graph.constant("height", np.array([2]))], "input")
    for step in model.network.steps:
        own = {part: model.tensors[f"{step.name}.{part}"] for part in _parts(step)}
        graph.add(step, own)
    graph.node("Squeeze", ["class_head", graph.constant("height_axis", np.array([2]))], "logits")
    graph.node("Squeeze", ["offset", graph.constant("channel_axes", np.array([1, 2]))], "offsets")
    content: bytes = graph.serialise(model.config.n_classes)
    return content


def _parts(step: Step) -> tuple[str, ...]:
    return (*step.op.parameter_shapes(), *step.op.statistic_shapes())


class _Graph:
    """Nodes and constants, gathered one step after the other."""

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        self._constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [output], output, **attributes))

    def add(self, step: Step, tensors: dict[str, Any]) -> None:
        inputs, op = list(step.inputs), step.op
        match op:
            case ops.Pointwise():
                self._conv(step, tensors["weight"][:, :, None], tensors.get("bias"), 1, 1)
            case ops.DenseConv():
                self._conv(step, tensors["weight"], tensors.get("bias"), op.stride, 1)
            case ops.Depthwise():
                self._conv(step, tensors["weight"][:, None, :], None, op.stride, op.channels)
            case ops.BatchNorm():
                names = [f"{step.name}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
                for name in names:
                    self.constant(name, tensors[name.rpartition(".")[2]])
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

    def serialise(self, n_classes: int) -> Any:
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        x = helper.make_tensor_value_info("x", kind, ["B", 3, "T"])
        logits = helper.make_tensor_value_info("logits", kind, ["B", n_classes, "segments"])
        offsets = helper.make_tensor_value_info("offsets", kind, ["B", "segments"])
        graph = helper.make_graph(self._nodes, "LPPN", [x], [logits, offsets], self._constants)
        opset = helper.make_opsetid("", _OPSET)
        made = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)
        return made.SerializeToString()

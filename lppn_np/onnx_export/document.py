"""The ONNX file around the graph: inputs, outputs, and what a reader has to know."""

from __future__ import annotations

import json
from typing import Any

from lppn_np import __version__
from lppn_np.config import LPPNConfig
from lppn_np.model import LPPN
from lppn_np.onnx_export.graph import Graph
from lppn_np.optional import require
from lppn_np.picking.pipeline import Settings
from lppn_np.picking.preprocess import common_maximum
from lppn_np.provenance import Provenance

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
        Input ``x`` (B, 3, T), as :meth:`lppn_np.LPPN.forward` takes it; outputs ``logits``
        (B, n_classes, T / S) and ``offsets`` (B, T / S) in samples. B is any number, T any that the network
        can halve. Checked with ONNX's own checker.

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    """
    onnx = require("onnx", "onnx")
    require("onnx.checker", "onnx")
    graph = Graph(onnx)
    graph.add_network(model.network, model.tensors)
    made = _document(onnx, graph, model)
    onnx.checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString()
    return content


def _document(onnx: Any, graph: Graph, model: LPPN) -> Any:
    helper, kind, config = onnx.helper, onnx.TensorProto.FLOAT, model.config
    step = 2**config.levels * config.stride
    x = helper.make_tensor_value_info("x", kind, ["B", 3, "T"], _about_input(config, step))
    logits = helper.make_tensor_value_info(
        "logits", kind, ["B", config.n_classes, "segments"],
        f"of the classes {', '.join(config.labels)}; softmax over axis 1 gives probabilities",
    )  # fmt: skip
    offsets = helper.make_tensor_value_info(
        "offsets", kind, ["B", "segments"],
        f"samples from the start of the segment (segment k: sample {config.stride} k) to its arrival",
    )  # fmt: skip
    about = f"LPPN ({config.variant}), stride {config.stride}, {config.features} features. {model.citation}"
    made = helper.make_model(
        helper.make_graph(graph.nodes, "LPPN", [x], [logits, offsets], graph.constants, about),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="lppn-np",
        producer_version=__version__,
        doc_string=about,
    )
    helper.set_model_props(made, _properties(model))
    return made


def _about_input(config: LPPNConfig, step: int) -> str:
    """What the caller does before the network."""
    divisor = "the largest magnitude of the three" if common_maximum(config) else "its own largest magnitude"
    code = ", plus the phase code (lppn_np.picking.preprocess.phase_code)" if config.phase_code else ""
    return (
        f"windows of components {', '.join(config.component_order)} at {config.sampling_rate:g} Hz, T a "
        f"multiple of {step}: each component minus its mean, divided by {divisor}{code}"
    )


def _properties(model: LPPN) -> dict[str, str]:
    """Metadata, flat text as ONNX has it: the configuration as JSON, and what travels with the weights."""
    config = model.config
    properties = {
        "config": json.dumps(config.to_dict()),
        "labels": ",".join(config.labels),
        "stride": str(config.stride),
        "sampling_rate": f"{config.sampling_rate:g}",
        "component_order": config.component_order,
        "in_samples": str(config.in_samples),
        "citation": model.citation,
        "sha256": model.sha256,
        "weights": model.weights_name,
        "provenance": json.dumps(Provenance.of(model, Settings()).to_dict()),
    }
    for name in ("docstring", "licence", "source"):
        if name in model.metadata:
            remark = model.metadata[name]
            properties[name] = remark if isinstance(remark, str) else json.dumps(remark)
    return properties

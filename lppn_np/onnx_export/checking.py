"""Whether ONNX Runtime gives what the model gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.model import LPPN
from lppn_np.optional import require

#: Largest difference of logits over the largest logit, and of offsets over the stride: the importer's bound.
BOUND = 2e-5


@dataclass(frozen=True)
class Comparison:
    """Largest differences between ONNX Runtime and ``model.forward``, both in float32.

    Attributes
    ----------
    logits : float
        Over the largest logit.
    offsets : float
        Over the stride.
    """

    logits: float
    offsets: float

    @property
    def passed(self) -> bool:
        """Whether both are within :data:`BOUND`."""
        return max(self.logits, self.offsets) <= BOUND

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        return (
            f"ONNX Runtime differs by {self.logits:.1e} of the largest logit and {self.offsets:.1e} of the "
            f"stride in offsets; bound {BOUND:.0e}: {verdict}"
        )


def compare_with_runtime(model: LPPN, content: bytes, x: NDArray[np.float32]) -> Comparison:
    """Run a batch through ONNX Runtime and through the model.

    Parameters
    ----------
    model : LPPN
    content : bytes
        The model as ONNX.
    x : ndarray, shape (B, 3, T), float32
        As the network sees it.

    Raises
    ------
    MissingDependencyError
        onnxruntime is not installed.
    """
    logits, offsets = run(content, x)
    expected_logits, expected_offsets = model.forward(x)
    largest = float(np.abs(expected_logits).max()) or 1.0
    return Comparison(
        float(np.abs(logits - expected_logits).max()) / largest,
        float(np.abs(offsets - expected_offsets).max()) / model.config.stride,
    )


def run(content: bytes, x: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Logits and offsets by ONNX Runtime on one thread of the CPU."""
    runtime = require("onnxruntime", "onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    logits, offsets = session.run(["logits", "offsets"], {"x": x})
    return logits, offsets

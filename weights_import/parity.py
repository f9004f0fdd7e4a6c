"""How close our engines come to PyTorch: tensor by tensor, layer by layer, and at the output."""

from __future__ import annotations

import os
import warnings
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import PAPER_FAMILY
from lppn_np.model import LPPN
from lppn_np.optional import require
from lppn_np.weights_import.export import to_state_dict
from lppn_np.weights_import.names import torch_tensors

#: Largest difference of logits (over the largest logit) and of offsets (over the stride).
BOUNDS = {"float32": 2e-5, "float64": 1e-10}

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Difference:
    """One line of the report: the largest difference over the largest magnitude of PyTorch's values."""

    kind: str  # tensor, layer or output
    name: str
    shape: tuple[int, ...]
    engine: str
    dtype: str
    relative: float


@dataclass(frozen=True)
class ParityReport:
    """Every difference found; ``str`` gives the table.

    Attributes
    ----------
    differences : tuple of Difference
    own_rounding : float
        What PyTorch's float32 output differs from its own float64 output, on the same scale.
    """

    differences: tuple[Difference, ...]
    own_rounding: float

    @property
    def passed(self) -> bool:
        """Whether tensors are equal and outputs within their bounds."""
        return all(d.relative == 0 for d in self.differences if d.kind == "tensor") and all(
            d.relative <= self.bound(d.dtype) for d in self.differences if d.kind == "output"
        )

    def bound(self, dtype: str) -> float:
        """Return :data:`BOUNDS`, or in float32 three times PyTorch's own rounding where that is larger.

        Some weights (the successor tiny) amplify rounding so much that two right answers differ by more.
        """
        return max(BOUNDS[dtype], 3 * self.own_rounding) if dtype == "float32" else BOUNDS[dtype]

    def __str__(self) -> str:
        line = "{:<7} {:<38} {:<16} {:<6} {:<8} {:>10}".format
        rows = [line("kind", "name", "shape", "engine", "dtype", "difference")]
        rows += [
            line(d.kind, d.name, "x".join(map(str, d.shape)), d.engine, d.dtype, f"{d.relative:.1e}")
            for d in self.differences
        ]
        bounds = ", ".join(f"{dtype} {self.bound(dtype):.1e}" for dtype in BOUNDS)
        rows.append(f"bounds of the outputs: {bounds}: {'passed' if self.passed else 'FAILED'}")
        rows.append(
            f"PyTorch's own float32 output differs from its float64 output by {self.own_rounding:.1e}"
        )
        return "\n".join(rows)


def read_with_torch(path: str | os.PathLike[str]) -> dict[str, Any]:
    """State dict as PyTorch itself reads it, on the CPU.

    Raises
    ------
    MissingDependencyError
        PyTorch is not installed.
    """
    torch = require("torch", "torch")
    with zipfile.ZipFile(path) as archive:
        torchscript = any(name.endswith("/constants.pkl") for name in archive.namelist())
    if torchscript:
        with warnings.catch_warnings():
            # PyTorch 2.13 announces the end of TorchScript with every load; the published file stays one.
            warnings.simplefilter("ignore", DeprecationWarning)
            return dict(torch.jit.load(os.fspath(path), map_location="cpu").state_dict())
    return dict(torch.load(path, map_location="cpu", weights_only=True))


def compare(
    model: LPPN, state: dict[str, Any] | None, x: NDArray[np.float32], *, training: bool = False
) -> ParityReport:
    """Run a batch through PyTorch's reference and both engines, in float32 and float64.

    Parameters
    ----------
    model : LPPN
    state : dict or None
        The state dict as PyTorch itself read it; None takes the model's own tensors.
    x : ndarray, shape (B, 3, T), float32
        As the network sees it.
    training : bool
        Normalise with the batch's statistics.

    Raises
    ------
    MissingDependencyError
        PyTorch is not installed.
    """
    torch = require("torch", "torch")
    from lppn_np.weights_import.torch_reference import build_reference, layer_outputs

    own = to_state_dict(model)
    state = own if state is None else state
    differences = _tensors(model, state, own)
    outputs: dict[str, dict[str, Array]] = {}
    for dtype in BOUNDS:
        reference = build_reference(model.config.variant, model.config.stride, model.config.features)
        reference.load_state_dict(state)
        reference = reference.to(getattr(torch, dtype)).train(training)
        batch = x.astype(dtype)
        with torch.no_grad():
            expected = {
                name: value.numpy()
                for name, value in layer_outputs(reference, torch.from_numpy(batch)).items()
            }
        outputs[dtype] = expected
        for engine in ("numpy", "numba"):
            differences += _layers(model, expected, batch, engine, training)
    return ParityReport(tuple(differences), _rounding(model, outputs))


def _rounding(model: LPPN, outputs: dict[str, dict[str, Array]]) -> float:
    single, double = outputs["float32"], outputs["float64"]
    logits = _relative(single["class_head"], double["class_head"])
    offsets = np.abs(_segments(model, single["offset_head"]) - _segments(model, double["offset_head"])).max()
    return max(logits, float(offsets))


def _segments(model: LPPN, offset_head: Array) -> NDArray[np.float64]:
    """PyTorch's offset in segments: the head itself, or its sigmoid in the successors."""
    head = offset_head.astype(np.float64)
    return head if model.config.variant in PAPER_FAMILY else 1 / (1 + np.exp(-head))


def _tensors(model: LPPN, state: dict[str, Any], own: dict[str, Any]) -> list[Difference]:
    rows = []
    for name, (torch_name, shape) in torch_tensors(model.network).items():
        theirs, ours = state[torch_name].numpy(), own[torch_name].numpy()
        rows.append(Difference("tensor", name, shape, "-", "float32", _relative(ours, theirs)))
    return rows


def _layers(
    model: LPPN, expected: dict[str, Array], x: Array, engine: str, training: bool
) -> list[Difference]:
    traced = model.trace(x, engine, batch_statistics=training)
    dtype = x.dtype.name
    rows = [
        Difference("layer", name, traced[name].shape[1:], engine, dtype, _relative(traced[name], values))
        for name, values in expected.items()
        if name in traced
    ]
    logits, offsets = traced["class_head"], traced["offset"]
    rows.append(
        Difference(
            "output", "logits", logits.shape[1:], engine, dtype, _relative(logits, expected["class_head"])
        )
    )
    difference = np.abs(offsets / model.config.stride - _segments(model, expected["offset_head"])).max()
    rows.append(Difference("output", "offsets / stride", offsets.shape[1:], engine, dtype, float(difference)))
    return rows


def _relative(ours: Array, theirs: Array) -> float:
    largest = float(np.abs(theirs).max())
    return float(np.abs(ours.astype(np.float64) - theirs).max()) / (largest or 1.0)

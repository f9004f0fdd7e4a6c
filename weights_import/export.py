"""Weights back to PyTorch: a state dict that the authors' own modules load."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from lppn_np.errors import CheckpointError
from lppn_np.files import atomic_write
from lppn_np.model import LPPN
from lppn_np.optional import require
from lppn_np.weights_import.names import batch_counters, torch_tensors


def to_state_dict(model: LPPN) -> dict[str, Any]:
    """PyTorch state dict of a model, with the names and shapes of the published checkpoints.

    Raises
    ------
    MissingDependencyError
        PyTorch is not installed.
    """
    torch = require("torch", "torch")
    tensors = model.tensors
    state = {
        name: torch.from_numpy(tensors[own].copy()).reshape(shape)
        for own, (name, shape) in torch_tensors(model.network).items()
    }
    batches = torch.tensor(int(model.metadata.get("batches_seen", 0)))
    return {**state, **{name: batches.clone() for name in batch_counters(model.network)}}


def export_torch(model: LPPN, path: str | os.PathLike[str]) -> None:
    """Write :func:`to_state_dict` with ``torch.save``, whole or not at all.

    Raises
    ------
    MissingDependencyError, CheckpointError
        PyTorch is not installed; the path cannot be written.
    """
    torch = require("torch", "torch")
    buffer = io.BytesIO()
    torch.save(to_state_dict(model), buffer)
    atomic_write(Path(path), buffer.getvalue(), CheckpointError)

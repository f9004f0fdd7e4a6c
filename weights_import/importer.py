"""A PyTorch checkpoint becomes an LPPN, without PyTorch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import LPPNConfig
from lppn_np.errors import CheckpointError, WeightsError
from lppn_np.model import LPPN
from lppn_np.network import Network, build_network
from lppn_np.weights_import.checkpoint import read_checkpoint
from lppn_np.weights_import.names import batch_counters, torch_tensors
from lppn_np.weights_import.recognise import recognise

Tensors = Mapping[str, NDArray[Any]]


def import_checkpoint(
    path: str | os.PathLike[str], stride: int | None = None, *, phase_code: bool | None = None
) -> LPPN:
    """Read the weights of a published or self-trained LPPN from PyTorch's file.

    Parameters
    ----------
    path : path
        A state dict (``.wave``, ``.pt``) or a TorchScript archive (``.jit``), as ``torch.save`` and
        ``torch.jit.save`` have written them since PyTorch 1.6.
    stride : int, optional
        Needed for the paper's family, where no tensor shows it.
    phase_code : bool, optional
        Whether the weights were trained with the phase code. Default: yes for the paper's family, whose
        published weights need it; no for the successors.

    Returns
    -------
    LPPN

    Raises
    ------
    CheckpointError
        The file is damaged, unsafe or foreign, or a tensor is missing, extra or misshapen.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    try:
        config = recognise(checkpoint.tensors, stride, phase_code)
        network = build_network(config)
        check_strictly(network, checkpoint.tensors)
        metadata = _metadata(path, network, checkpoint.tensors)
        return LPPN(config, to_own_names(network, checkpoint.tensors), metadata=metadata)
    except (CheckpointError, WeightsError) as error:
        raise CheckpointError(f"{path}: {error}") from error


def check_strictly(network: Network, tensors: Tensors) -> None:
    """Name every tensor that is missing, extra or misshapen.

    Raises
    ------
    CheckpointError
        Unless the state dict is exactly the network's; the batch counters of PyTorch's batch
        normalisation may be there or not.
    """
    expected = dict(torch_tensors(network).values())
    counters = set(batch_counters(network))
    problems = [f"{name} is missing" for name in expected if name not in tensors]
    problems += [f"{name} is extra" for name in tensors if name not in expected and name not in counters]
    problems += [
        f"{name} has shape {tensors[name].shape}, expected {shape}"
        for name, shape in expected.items()
        if name in tensors and tensors[name].shape != shape
    ]
    problems += [
        f"{name} is {tensors[name].dtype}, floating point is expected"
        for name in expected
        if name in tensors and tensors[name].dtype.kind != "f"
    ]
    if problems:
        more = f" (and {len(problems) - 8} more)" if len(problems) > 8 else ""
        raise CheckpointError("does not fit the network: " + "; ".join(problems[:8]) + more)


def to_own_names(network: Network, tensors: Tensors) -> dict[str, NDArray[np.float32]]:
    """Tensors by our names, without the dummy height."""
    shapes = network.tensor_shapes()
    return {
        own: np.asarray(tensors[name], np.float32).reshape(shapes[own])
        for own, (name, _) in torch_tensors(network).items()
    }


def _metadata(path: Path, network: Network, tensors: Tensors) -> dict[str, Any]:
    counts = {
        int(tensors[name]) for name in batch_counters(network) if name in tensors and tensors[name].size == 1
    }
    return {
        "docstring": f"Imported from the PyTorch checkpoint {path.name}.",
        "source": {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "batches_seen": max(counts, default=0),
    }


def describe(config: LPPNConfig) -> str:
    """One line about a configuration for people."""
    code = "with" if config.phase_code else "without"
    return f"{config.variant}, stride {config.stride}, {config.features} features, {code} phase code"

"""What a model is given, checked once at the door: its tensors, and batches of windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import LPPNConfig
from lppn_np.errors import InputError, WeightsError
from lppn_np.network import Network

Array = NDArray[np.floating[Any]]


def check_tensors(network: Network, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """Return copies of the tensors, float32, if they are those of the network.

    Raises
    ------
    WeightsError
        A tensor is missing, unknown, has the wrong shape, or holds NaN or infinity.
    """
    shapes = network.tensor_shapes()
    problems = [f"{name} is missing" for name in shapes if name not in tensors]
    problems += [f"{name} is not part of this network" for name in tensors if name not in shapes]
    for name, shape in shapes.items():
        if name in tensors and tensors[name].shape != shape:
            problems.append(f"{name} has shape {tensors[name].shape}, expected {shape}")
        elif name in tensors and not np.isfinite(tensors[name]).all():
            problems.append(f"{name} holds NaN or infinity")
    if problems:
        more = f" (and {len(problems) - 8} more)" if len(problems) > 8 else ""
        raise WeightsError("the tensors do not fit the network: " + "; ".join(problems[:8]) + more)
    return {name: np.array(tensors[name], dtype=np.float32, order="C") for name in shapes}


def check_batch(x: Array, config: LPPNConfig) -> Array:
    """Return a batch of windows as kernels take it: contiguous and writeable.

    Raises
    ------
    InputError, ConfigError
        No array of float32 or float64, or a shape or length that the network cannot take.
    """
    if not isinstance(x, np.ndarray) or x.dtype not in (np.float32, np.float64):
        found = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise InputError(f"x is {found}; a float32 or float64 array (windows, 3, samples) is expected")
    if x.ndim != 3 or x.shape[0] < 1 or x.shape[1] != 3:
        raise InputError(f"x has shape {x.shape}; (windows, 3, samples) is expected")
    config.check_length(x.shape[2])
    # Writeable too: a read-only array is another type for numba, and kernels would be compiled again.
    return np.require(x, requirements=["C", "W"])

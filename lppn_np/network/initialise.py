"""Initial weights: PyTorch's defaults, so that training starts where the authors' does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.network.network import Network
from lppn_np.network.ops import BatchNorm

_BATCH_NORM = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}


def initialise(network: Network, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Draw every tensor of a network.

    Convolution weights and biases are uniform in +-1 / sqrt(fan in), where the fan in is the number of
    weights behind one output (what ``torch.nn.Conv1d`` does: He's uniform bound with a = sqrt(5));
    batch normalisation starts as the identity.

    Parameters
    ----------
    network : Network
        Its :meth:`~Network.tensor_shapes` are filled.
    seed : int
        Of NumPy's PCG64 generator; the same seed gives the same tensors on every machine.

    Returns
    -------
    dict of str to ndarray, float32
    """
    rng = np.random.default_rng(seed)
    tensors: dict[str, NDArray[np.float32]] = {}
    for step in network.steps:
        shapes = {**step.op.parameter_shapes(), **step.op.statistic_shapes()}
        for part, shape in shapes.items():
            if isinstance(step.op, BatchNorm):
                value: NDArray[Any] = np.full(shape, _BATCH_NORM[part])
            else:
                bound = 1 / math.sqrt(math.prod(shapes["weight"][1:]))
                value = rng.uniform(-bound, bound, shape)
            tensors[f"{step.name}.{part}"] = value.astype(np.float32)
    return tensors

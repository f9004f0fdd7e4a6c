"""The order in which the register tile (:mod:`.microkernel`) reads weights. NumPy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Output channels of a tile, and of a block of packed weights.
OUTPUTS = 4


def pack(weight: NDArray[Any], bias: NDArray[Any] | None = None) -> NDArray[Any]:
    """Blocks of four outputs: their biases, then their weights term by term.

    Parameters
    ----------
    weight : ndarray, shape (Co, n_terms)
    bias : ndarray, shape (Co,), optional

    Returns
    -------
    ndarray, shape (ceil(Co / 4) * 4 * (n_terms + 1),)
        In the weight's dtype; missing outputs of the last block have zeros.
    """
    n_out, n_terms = weight.shape
    rows = np.zeros((-(-n_out // OUTPUTS) * OUTPUTS, n_terms + 1), weight.dtype)
    rows[:n_out, 1:] = weight
    if bias is not None:
        rows[:n_out, 0] = bias
    return rows.reshape(-1, OUTPUTS, n_terms + 1).transpose(0, 2, 1).ravel()

"""Batch normalisation between the units: its statistics folded into one scale and shift, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients.buffers import Kept
from lppn_np.gradients.plan import Signal
from lppn_np.network.ops import BatchNorm

Array = NDArray[Any]


class Norms:
    """The normalisations of one batch.

    Parameters
    ----------
    tensors : dict of str to ndarray
        Weights and running statistics by full name.
    dtype : dtype
        Of the kernels' arrays; the statistics themselves are float64.
    frozen : bool
        Take the running statistics and hold them constant.
    """

    def __init__(self, tensors: dict[str, Array], dtype: np.dtype[Any], frozen: bool) -> None:
        self._tensors = tensors
        self._dtype = dtype
        self._frozen = frozen
        self._folded: dict[str, Array] = {}
        self._exact: dict[str, tuple[Array, Array, Array]] = {}
        #: Mean and biased variance of the batch, by normalisation.
        self.statistics: dict[str, tuple[Array, Array]] = {}

    def fold(self, name: str, mean: Array, var: Array) -> None:
        """Make a normalisation's (C, 4): scale, shift, mean, 1 / sqrt(var + eps)."""
        if self._frozen:
            mean = self._tensors[f"{name}.running_mean"].astype(np.float64)
            var = self._tensors[f"{name}.running_var"].astype(np.float64)
        else:
            self.statistics[name] = (mean, var)
        inverse = 1 / np.sqrt(var + BatchNorm.eps)
        scale = self._tensors[f"{name}.weight"] * inverse
        shift = self._tensors[f"{name}.bias"] - mean * scale
        self._exact[name] = (scale, mean, inverse)
        self._folded[name] = np.stack([scale, shift, mean, inverse], axis=1).astype(self._dtype)

    def of(self, signal: Signal, kept: Kept) -> Array:
        """Return the (C, 4) of a signal; one that has no normalisation does not read it."""
        if signal.norm is None:
            return np.zeros((kept.z.shape[1], 4), self._dtype)
        return self._folded[signal.norm]

    def backward(self, name: str, kept: Kept) -> tuple[Array, dict[str, Array]]:
        """Return the coefficients (C, 3) that lead from dL/du to dL/dz, and the norm's own gradients.

        dz = scale (g - mean(g) - x_hat mean(g x_hat)) with x_hat = (z - mean) inverse is, channel by channel,
        a g + b z + c. With statistics held constant only a = scale is left.
        """
        sums = kept.sums.sum(axis=0)
        gradients = {f"{name}.weight": sums[:, 1], f"{name}.bias": sums[:, 0]}
        scale, mean, inverse = self._exact[name]
        coefficients = np.zeros((len(scale), 3))
        coefficients[:, 0] = scale
        if not self._frozen:
            count = kept.z.shape[0] * kept.z.shape[2]
            slope = scale * inverse * sums[:, 1] / count
            coefficients[:, 1] = -slope
            coefficients[:, 2] = slope * mean - scale * sums[:, 0] / count
        cast = {key: value.astype(self._dtype) for key, value in gradients.items()}
        return coefficients.astype(self._dtype), cast

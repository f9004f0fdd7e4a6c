"""Batch normalisation between the units: its statistics folded into one scale and shift, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients.buffers import Kept
from lppn_np.gradients.plan import Signal
from lppn_np.kernels.batch_norm import fold_norm, norm_coefficients
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
        self._exact: dict[str, NDArray[np.float64]] = {}
        #: Mean and biased variance of the batch, by normalisation.
        self.statistics: dict[str, tuple[Array, Array]] = {}

    def fold(self, name: str, mean: Array, var: Array) -> None:
        """Make a normalisation's (C, 4): scale, shift, mean, 1 / sqrt(var + eps)."""
        if self._frozen:
            mean = self._tensors[f"{name}.running_mean"].astype(np.float64)
            var = self._tensors[f"{name}.running_var"].astype(np.float64)
        else:
            self.statistics[name] = (mean, var)
        exact = np.empty((len(mean), 4))
        norm = np.empty(exact.shape, self._dtype)
        gain, shift = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        fold_norm(exact, norm, mean, var, gain, shift, BatchNorm.eps)
        self._exact[name], self._folded[name] = exact, norm

    def of(self, signal: Signal, kept: Kept) -> Array:
        """Return the (C, 4) of a signal; one that has no normalisation does not read it."""
        if signal.norm is None:
            return np.zeros((kept.z.shape[1], 4), self._dtype)
        return self._folded[signal.norm]

    def exact(self, name: str) -> NDArray[np.float64]:
        """Return scale, shift, mean and 1 / sqrt(var + eps) (C, 4) of a normalisation, in float64."""
        return self._exact[name]

    def backward(self, name: str, kept: Kept) -> tuple[NDArray[np.float64], dict[str, Array]]:
        """Return the coefficients (C, 3) that lead from dL/du to dL/dz, and the norm's own gradients."""
        n_windows, n_channels, n_times = kept.z.shape
        coefficients = np.empty((n_channels, 3))
        dgain, dshift = np.empty(n_channels, self._dtype), np.empty(n_channels, self._dtype)
        more = kept.correction.sums if kept.correction is not None else np.zeros((n_channels, 2))
        count, exact = n_windows * n_times, self._exact[name]
        norm_coefficients(coefficients, dgain, dshift, kept.sums, more, exact, count, self._frozen)
        return coefficients, {f"{name}.weight": dgain, f"{name}.bias": dshift}

"""The expanding unit between its passes: numbers that replace the hidden signal, all of them small.

:mod:`lppn_np.kernels.expansion_algebra` has the formulas and the letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients.norms import Norms
from lppn_np.gradients.packing import packed_size
from lppn_np.kernels import expansion_algebra as algebra

Array = NDArray[Any]
Exact = NDArray[np.float64]


@dataclass(frozen=True)
class Centre:
    """How a unit sees its input: x = gain x_hat + offset, x_hat = (z - mean) inverse.

    Attributes
    ----------
    norm : ndarray, shape (C, 4)
        For the kernels; its mean and inverse are read.
    gain, offset : ndarray, shape (C,)
    mean, inverse : ndarray of float64, shape (C,)
    """

    norm: Array
    gain: Array
    offset: Array
    mean: Exact
    inverse: Exact


@dataclass(frozen=True)
class Correction:
    """What is missing in a gradient of z's signal: matrix z + constant, and its share of the signal's sums.

    Attributes
    ----------
    matrix : ndarray of float64, shape (C, C)
    constant : ndarray of float64, shape (C,)
    sums : ndarray of float64, shape (C, 2)
        Of the correction, and of its product with x_hat.
    """

    matrix: Exact
    constant: Exact
    sums: Exact

    def __add__(self, other: Correction) -> Correction:
        """Add what two readers hand down."""
        return Correction(self.matrix + other.matrix, self.constant + other.constant, self.sums + other.sums)


class Expansion:
    """One unit's weights and statistics, from its forward pass to its backward pass.

    Parameters
    ----------
    norms : Norms
        The normalisation ``name`` is folded into them.
    name : str
    weight : ndarray, shape (H, Ci)
    centre : Centre
    products : ndarray, shape (B, Ci, Ci)
        Sums of products of x_hat by window, at least below the diagonal; of no window where statistics are
        held constant.
    n_times : int
    """

    def __init__(
        self, norms: Norms, name: str, weight: Array, centre: Centre, products: Array, n_times: int
    ) -> None:
        n_hidden, n_in = weight.shape
        self.weight, self.centre, self._n_times = weight, centre, n_times
        self._frozen = len(products) == 0
        self._mean, var = np.empty(n_hidden), np.empty(n_hidden)
        self._v, self._u = np.empty((n_hidden, n_in)), np.empty((n_hidden, n_in))
        self._covariance = np.empty((n_in, n_in))
        algebra.expansion_moments(
            self._mean, var, self._v, self._u, self._covariance, weight, centre.gain, centre.offset, products,
            n_times,
        )  # fmt: skip
        norms.fold(name, self._mean, var)
        self._exact = norms.exact(name)
        #: Packed weights from x_hat to the normalised hidden signal, and from du to the gradient of x.
        self.packed = np.empty(packed_size(n_hidden, n_in), weight.dtype)
        self.packed_back = np.empty(packed_size(n_in, n_hidden), weight.dtype)
        algebra.pack_expansion(self.packed, self.packed_back, self._exact, self._v, weight, self._mean)

    def backward(
        self, products: Array, tallies: Exact
    ) -> tuple[tuple[Array, Array, Array, Array], Exact, Correction | None]:
        """Return the unit's gradients, the sums of what it has written below, and what is missing there.

        Parameters
        ----------
        products : ndarray, shape (B, H, Ci)
        tallies : ndarray, shape (B, H, 4)

        Returns
        -------
        gradients : (weight, gain, shift, taps)
        sums : ndarray, shape (Ci, 2)
        correction : Correction or None
            None where statistics are held constant.
        """
        centre, dtype = self.centre, self.weight.dtype
        n_hidden, n_in = self.weight.shape
        dweight, dtaps = np.empty((n_hidden, n_in), dtype), np.empty((n_hidden, 3), dtype)
        dgain, dshift = np.empty(n_hidden, dtype), np.empty(n_hidden, dtype)
        slope, d, t = np.empty(n_hidden), np.empty((n_hidden, n_in)), np.empty(n_hidden)
        algebra.expansion_gradients(
            dweight, dgain, dshift, dtaps, slope, d, t, products, tallies, self._u, self._v, self._exact,
            self._mean, centre.gain, centre.offset, self._n_times, self._frozen,
        )  # fmt: skip
        written, rest = np.empty((n_in, 2)), np.empty((n_in, 2))
        matrix, constant = np.empty((n_in, n_in)), np.empty(n_in)
        algebra.expansion_rest(
            written, rest, matrix, constant, slope, d, t, self._v, self.weight, self._covariance, self._exact,
            centre.mean, centre.inverse, len(products) * self._n_times,
        )  # fmt: skip
        correction = None if self._frozen else Correction(matrix, constant, rest)
        return (dweight, dgain, dshift, dtaps), written, correction

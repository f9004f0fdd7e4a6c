"""NumPy twins of :mod:`.expansion_algebra`, whose docstring has the formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def expansion_moments(
    weight: Array, gain: Array, offset: Array, products: Array, n_times: int
) -> tuple[Array, Array]:
    """Mean and variance (H,) of W (gain x_hat + offset); products (B, C, C), whole."""
    v = weight * gain
    covariance = products.sum(axis=0) / (len(products) * n_times)
    return weight @ offset, np.diag(v @ covariance @ v.T)


def expansion_gradients(
    weight: Array, gain: Array, exact: Array, covariance: Array, d: Array, t: Array, count: int
) -> tuple[Array, Array, Array]:
    """Gradients of the weight (H, C), and of the normalisation's gain and shift (H,).

    exact (H, 4): scale, shift, mean and inverse; d = sum of du x_hat^T, t = sum of du.
    """
    scale, inverse = exact[:, :1], exact[:, 3]
    v = weight * gain
    s = inverse * np.diag(d @ v.T)
    slope = (exact[:, 0] * inverse * s / count)[:, None]
    return (scale * d - count * slope * (v @ covariance)) * gain, s, t


def expansion_dinput(weight: Array, gain: Array, exact: Array, du: Array, x_hat: Array) -> Array:
    """dL/dx (C, N) of du (H, N), all windows of a batch in one row."""
    scale, inverse, count = exact[:, :1], exact[:, 3:], du.shape[1]
    h = (weight * gain) @ x_hat
    slope = scale * inverse * (du * h * inverse).sum(axis=1, keepdims=True) / count
    dh = scale * (du - du.mean(axis=1, keepdims=True)) - slope * h
    return np.asarray(weight.T @ dh)

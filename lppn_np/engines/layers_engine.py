"""The compiled engine: allocates what a kernel fills and calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.engines.forward import Array, Tensors
from lppn_np.kernels.batch_norm import batch_moments, batch_norm
from lppn_np.kernels.concat import concat
from lppn_np.kernels.dense_conv import dense_conv
from lppn_np.kernels.depthwise import depthwise
from lppn_np.kernels.output import scale, sigmoid
from lppn_np.kernels.pointwise import pointwise
from lppn_np.kernels.relu import relu
from lppn_np.kernels.residual_add import residual_add
from lppn_np.kernels.upsample import interpolation, upsample_linear, upsample_nearest
from lppn_np.network import ops


def apply(op: ops.Op, inputs: Sequence[Array], tensors: Tensors, of_batch: bool) -> Array:
    """Compute one op; see :func:`lppn_np.engines.forward`."""
    x = inputs[0]
    n_channels, n_times = op.output_shape(*(array.shape[1:] for array in inputs))
    out = np.empty((x.shape[0], n_channels, n_times), x.dtype)
    match op:
        case ops.Pointwise():
            pointwise(out, x, tensors["weight"], _bias(op, tensors, x))
        case ops.Depthwise():
            depthwise(out, _phases(x, op.kernel, op.stride), x, tensors["weight"], op.stride)
        case ops.DenseConv():
            scratch = np.empty((x.shape[1], *_phases(x, op.kernel, op.stride).shape), x.dtype)
            dense_conv(out, scratch, x, tensors["weight"], _bias(op, tensors, x), op.stride)
        case ops.BatchNorm():
            mean, var = tensors["running_mean"], tensors["running_var"]
            if of_batch:
                mean, var = batch_statistics(x)
            batch_norm(out, x, tensors["weight"], tensors["bias"], mean, var, op.eps)
        case ops.ReLU():
            relu(out, x)
        case ops.Add():
            residual_add(out, x, inputs[1])
        case ops.Upsample(mode="linear"):
            upsample_linear(out, *between(n_times, x.dtype), x)
        case ops.Upsample(mode="nearest"):
            upsample_nearest(out, x)
        case ops.Concat():
            concat(out, x, inputs[1])
        case ops.Sigmoid():
            sigmoid(out, x)
        case ops.Scale():
            scale(out, x, op.factor)
        case _:
            raise NotImplementedError(f"the numba engine has no {op}")
    return out


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Mean and biased variance (C,) of x (B, C, T), in its dtype."""
    moments = np.empty((*x.shape[:2], 2))
    batch_moments(moments, x)
    mean, var = combine_moments(moments, x.shape[2])
    return mean.astype(x.dtype), var.astype(x.dtype)


def combine_moments(
    moments: NDArray[np.float64], n_times: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and biased variance of all windows together (Chan et al. 1983), summed in order of the windows."""
    mean = moments[:, :, 0].mean(axis=0)
    within = moments[:, :, 1].sum(axis=0)
    between_windows = ((moments[:, :, 0] - mean) ** 2).sum(axis=0) * n_times
    return mean, (within + between_windows) / (len(moments) * n_times)


def between(n_outputs: int, dtype: np.dtype[Any]) -> tuple[NDArray[np.intp], Array]:
    """Where each output of a linear upsampling stands between two inputs."""
    left, fraction = np.empty(n_outputs, np.intp), np.empty(n_outputs, dtype)
    interpolation(left, fraction)
    return left, fraction


def _bias(op: ops.Pointwise | ops.DenseConv, tensors: Tensors, x: Array) -> Array:
    """The bias, or zeros where the layer has none: kernels always add one."""
    return tensors["bias"] if op.bias else np.zeros(op.out_channels, x.dtype)


def _phases(x: Array, kernel: int, stride: int) -> Array:
    """Scratch for one padded row, its phases apart."""
    return np.empty((stride, (x.shape[2] + kernel) // stride + 1), x.dtype)

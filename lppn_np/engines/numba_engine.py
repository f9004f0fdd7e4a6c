"""The compiled engine: allocates what a kernel fills and calls it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lppn_np.engines.forward import Array, Tensors
from lppn_np.kernels.batch_norm import batch_norm, batch_statistics
from lppn_np.kernels.concat import concat
from lppn_np.kernels.dense_conv import dense_conv
from lppn_np.kernels.depthwise import depthwise
from lppn_np.kernels.output import scale, sigmoid
from lppn_np.kernels.pointwise import pointwise
from lppn_np.kernels.relu import relu
from lppn_np.kernels.residual_add import residual_add
from lppn_np.kernels.upsample import upsample_linear, upsample_nearest
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
                mean, var = np.empty_like(mean), np.empty_like(var)
                batch_statistics(mean, var, x)
            batch_norm(out, x, tensors["weight"], tensors["bias"], mean, var, op.eps)
        case ops.ReLU():
            relu(out, x)
        case ops.Add():
            residual_add(out, x, inputs[1])
        case ops.Upsample(mode="linear"):
            upsample_linear(out, np.empty(n_times, np.intp), np.empty(n_times, x.dtype), x)
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


def _bias(op: ops.Pointwise | ops.DenseConv, tensors: Tensors, x: Array) -> Array:
    """The bias, or zeros where the layer has none: kernels always add one."""
    return tensors["bias"] if op.bias else np.zeros(op.out_channels, x.dtype)


def _phases(x: Array, kernel: int, stride: int) -> Array:
    """Scratch for one padded row, its phases apart."""
    return np.empty((stride, (x.shape[2] + kernel) // stride + 1), x.dtype)

"""The textbook engine: each op is the NumPy twin of its kernel."""

from __future__ import annotations

from collections.abc import Sequence

from lppn_np.engines.forward import Array, Tensors
from lppn_np.kernels import reference
from lppn_np.network import ops


def apply(op: ops.Op, inputs: Sequence[Array], tensors: Tensors, batch_statistics: bool) -> Array:
    """Compute one op; see :func:`lppn_np.engines.forward`."""
    x = inputs[0]
    match op:
        case ops.Pointwise():
            return reference.pointwise(x, tensors["weight"], tensors.get("bias"))
        case ops.Depthwise():
            return reference.depthwise(x, tensors["weight"], op.stride)
        case ops.DenseConv():
            return reference.dense_conv(x, tensors["weight"], tensors.get("bias"), op.stride)
        case ops.BatchNorm():
            mean, var = tensors["running_mean"], tensors["running_var"]
            if batch_statistics:
                mean, var = reference.batch_statistics(x)
            return reference.batch_norm(x, tensors["weight"], tensors["bias"], mean, var, op.eps)
        case ops.ReLU():
            return reference.relu(x)
        case ops.Add():
            return reference.add(x, inputs[1])
        case ops.Upsample(mode="linear"):
            return reference.upsample_linear(x)
        case ops.Upsample(mode="nearest"):
            return reference.upsample_nearest(x)
        case ops.Concat():
            return reference.concat(x, inputs[1])
        case ops.Sigmoid():
            return reference.sigmoid(x)
        case ops.Scale():
            return reference.scale(x, op.factor)
    raise NotImplementedError(f"the numpy engine has no {op}")

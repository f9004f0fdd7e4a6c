"""The door to the convolution units: which kernel an op takes, and the scratch it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients.buffers import Kept, Scratch
from lppn_np.kernels import units
from lppn_np.network import ops

Array = NDArray[Any]
Convolution = ops.Pointwise | ops.Depthwise | ops.DenseConv


@dataclass(frozen=True)
class Unit:
    """One convolution of the plan with everything that its kernel reads.

    Attributes
    ----------
    op : Convolution
    below, kept : Kept
        Of the signal it reads and of its own output.
    norm : ndarray, shape (Ci, 4)
    mode : int
        What signal ``below.z`` stands for.
    weight, bias : ndarray
        A bias of zeros where the layer has none.
    """

    op: Convolution
    below: Kept
    kept: Kept
    norm: Array
    mode: int
    weight: Array
    bias: Array


def run_forward(unit: Unit, part: slice, thread: int, scratch: Scratch) -> None:
    """Fill the unit's output and moments for some windows."""
    op, x = unit.op, unit.below.z[part]
    out = (unit.kept.z[part], unit.kept.moments[part], x, unit.norm, unit.mode, unit.weight)
    y = scratch.get(thread, "y", *x.shape[1:])
    match op:
        case ops.Pointwise():
            units.pointwise_unit(*out, unit.bias, y)
        case ops.Depthwise():
            phases = scratch.get(thread, "phases", *_phases(x, op))
            units.depthwise_unit(*out, op.stride, y, phases)
        case ops.DenseConv():
            phases = scratch.get(thread, "phases", x.shape[1], *_phases(x, op))
            units.dense_unit(*out, unit.bias, op.stride, y, phases)


def run_backward(
    unit: Unit,
    coefficients: Array,
    normed: bool,
    deliver: int,
    dweight: Array,
    dbias: Array,
    part: slice,
    thread: int,
    scratch: Scratch,
) -> None:
    """Fill the gradients of weight, bias and input for some windows.

    Parameters
    ----------
    coefficients : ndarray, shape (Co, 3)
        From dL/du to dL/dz.
    normed : bool
        Whether a normalisation follows the convolution.
    deliver : int
        What becomes of the input's gradient (:mod:`lppn_np.kernels.units`).
    dweight, dbias : ndarray, shape (B, ...)
        One entry a window.
    """
    op, below, kept = unit.op, unit.below, unit.kept
    x = below.z[part]
    y = scratch.get(thread, "y", *x.shape[1:])
    dz = scratch.get(thread, "dz", *kept.z.shape[1:])
    filled = (below.gradient[part], below.sums[part], dweight[part])
    above = (kept.gradient[part], kept.z[part], coefficients)
    signal = (x, unit.norm, unit.mode)
    zeros = np.zeros(x.shape[1], x.dtype)
    match op:
        case ops.Pointwise():
            turned = np.ascontiguousarray(unit.weight.T)
            units.pointwise_unit_backward(
                *filled, dbias[part], *above, normed, *signal, turned, zeros, deliver, y, dz
            )
        case ops.Depthwise():
            phases = scratch.get(thread, "phases", 2, *_phases(x, op))
            units.depthwise_unit_backward(
                *filled, *above, *signal, unit.weight, op.stride, deliver, y, dz, phases
            )
        case ops.DenseConv():
            turned = np.ascontiguousarray(unit.weight.transpose(1, 0, 2)[:, :, ::-1])
            shape = _phases(x, op)
            phases = scratch.get(thread, "phases", x.shape[1], *shape)
            back = scratch.get(thread, "back", kept.z.shape[1] if op.stride == 1 else x.shape[1], *shape)
            units.dense_unit_backward(
                *filled, dbias[part], *above, *signal, turned, zeros, op.stride, deliver, y, dz, phases, back
            )


def _phases(x: Array, op: ops.Depthwise | ops.DenseConv) -> tuple[int, int]:
    """Shape of a padded row with its phases apart."""
    return op.stride, (x.shape[2] + op.kernel) // op.stride + 1

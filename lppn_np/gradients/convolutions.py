"""The door to the convolution units: which kernel an op takes, and the scratch it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from lppn_np.gradients import packing
from lppn_np.gradients.buffers import Kept, Scratch
from lppn_np.kernels import units, units_dense, units_depthwise, units_expand
from lppn_np.kernels.packing import OUTPUTS, pack
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
    weight : ndarray
    packed, packed_back : ndarray
        Weight and bias, and the weight's transpose, as the register tiles read them; empty if depthwise.
    """

    op: Convolution
    below: Kept
    kept: Kept
    norm: Array
    mode: int
    weight: Array
    packed: Array
    packed_back: Array

    @classmethod
    def make(
        cls,
        op: Convolution,
        below: Kept,
        kept: Kept,
        norm: Array,
        mode: int,
        weight: Array,
        bias: Array | None,
    ) -> Unit:
        """Pack the weights for one step."""
        packed, back = weight, weight
        match op:
            case ops.Pointwise():
                packed, back = pack(weight, bias), pack(weight.T)
            case ops.DenseConv():
                packed = pack(weight.reshape(len(weight), -1), bias)
                back = packing.pack_back(weight, op.stride)
        return cls(op, below, kept, norm, mode, weight, packed, back)

    @property
    def dweight_shape(self) -> tuple[int, ...]:
        """Shape of one window's weight gradient as the kernel writes it."""
        return self.weight.shape

    def weight_gradient(self, total: Array) -> Array:
        """Gradient in the weight's own shape."""
        return total

    def run_forward(self, part: slice, thread: int, scratch: Scratch) -> None:
        """Fill the unit's output and moments for some windows."""
        op, x = self.op, self.below.z[part]
        n_in, n_times = x.shape[1:]
        out = (self.kept.z[part], self.kept.moments[part], x, self.norm, self.mode)
        match op:
            case ops.Pointwise():
                length = packing.part_length(n_times)
                y = scratch.get(thread, "y", n_in, length)
                units.pointwise_unit(*out, self.packed, packing.rows(n_in, length), y)
            case ops.Depthwise():
                y = scratch.get(thread, "row", n_times)
                phases = scratch.get(thread, "phases", 2, op.stride, packing.phase_length(op, n_times))
                units_depthwise.depthwise_unit(*out, self.weight, op.stride, y, phases)
            case ops.DenseConv():
                length = packing.phase_length(op, n_times)
                y, phases = (
                    scratch.get(thread, "row", n_times),
                    scratch.get(thread, "phases", n_in, op.stride, length),
                )
                places = packing.taps(n_in, op.kernel, op.stride, length)
                units_dense.dense_unit(*out, self.packed, places, op.kernel, op.stride, y, phases)

    def run_backward(
        self,
        coefficients: Array,
        mixed: Array,
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
        mixed : ndarray
            Packed weights of a mixture of z that takes the place of z's own share in dL/dz (pointwise only),
            or nothing.
        deliver : int
            What becomes of the input's gradient (:mod:`lppn_np.kernels.units`).
        dweight, dbias : ndarray, shape (B, ...)
            One entry a window.
        """
        op, below, kept = self.op, self.below, self.kept
        x = below.z[part]
        n_in, n_times = x.shape[1:]
        n_out, n_out_times = kept.z.shape[1:]
        filled = (below.gradient[part], below.sums[part], dweight[part])
        above = (kept.gradient[part], kept.z[part], coefficients)
        signal = (x, self.norm, self.mode)
        n_rows = packing.rounded_up(n_out, OUTPUTS)
        match op:
            case ops.Pointwise():
                length = packing.part_length(n_times)
                y, dz = scratch.get(thread, "y", n_in, length), scratch.get(thread, "dz", n_rows, length)
                places = (packing.rows(n_out, length), packing.tile_rows(n_in, length))
                aside = scratch.get(thread, "aside", packing.sums_aside(n_rows, n_in, x.dtype))
                units.pointwise_unit_backward(
                    *filled, dbias[part], *above, mixed, packing.rows(n_out, n_out_times), *signal,
                    self.packed_back, *places, deliver, y, dz, aside,
                )  # fmt: skip
            case ops.Depthwise():
                y, dz = scratch.get(thread, "row", n_times), scratch.get(thread, "dz_row", n_out_times + 2)
                phases = scratch.get(thread, "phases", 2, op.stride, packing.phase_length(op, n_times))
                units_depthwise.depthwise_unit_backward(
                    *filled, *above, *signal, self.weight, op.stride, deliver, y, dz, phases
                )
            case ops.DenseConv():
                length = packing.phase_length(op, n_times)
                y, phases = (
                    scratch.get(thread, "row", n_times),
                    scratch.get(thread, "phases", n_in, op.stride, length),
                )
                back = scratch.get(thread, "back", n_in, op.stride, (n_times + op.kernel) // op.stride + 1)
                dz = scratch.get(thread, "dz", n_rows, packing.row_length(length + op.kernel))
                places = (
                    packing.taps_back(n_out, op.kernel, op.stride, dz.shape[1]),
                    packing.whole_tiles(packing.taps(n_in, op.kernel, op.stride, length)),
                )
                aside = scratch.get(thread, "aside", packing.sums_aside(n_rows, n_in * op.kernel, x.dtype))
                units_dense.dense_unit_backward(
                    *filled, dbias[part], *above, *signal, self.packed_back, *places, op.stride, deliver,
                    y, dz, phases, back, aside,
                )  # fmt: skip


@dataclass(frozen=True)
class ExpandUnit:
    """An expansion with the depthwise convolution behind it; see :mod:`lppn_np.kernels.units_expand`."""

    stride: int
    below: Kept
    kept: Kept
    norm: Array
    weight: Array

    def _length(self) -> int:
        return packing.part_length(self.below.z.shape[2])

    def covariance(self, products: Array, part: slice, thread: int, scratch: Scratch) -> None:
        """Fill the input's sums of products (B, Ci, Ci) for some windows."""
        z = self.below.z[part]
        n_in, length = z.shape[1], self._length()
        n_rows = packing.rounded_up(n_in, OUTPUTS)
        x = scratch.get(thread, "x", n_rows, length)
        aside = scratch.get(thread, "aside", packing.sums_aside(n_rows, n_in, z.dtype))
        terms = packing.tile_rows(n_in, length)
        units_expand.covariance_unit(products[part], z, self.norm, terms, x, aside)

    def run_forward(self, packed: Array, part: slice, thread: int, scratch: Scratch) -> None:
        """Fill the taps' output and its moments for some windows."""
        z = self.below.z[part]
        n_in, n_times = z.shape[1:]
        length = packing.row_length(n_times)
        x = scratch.get(thread, "window", n_in, length)
        y = scratch.get(thread, "hidden", OUTPUTS, packing.hidden_length(n_times))
        units_expand.expand_unit(
            self.kept.z[part], self.kept.moments[part], z, self.norm, packed, packing.rows(n_in, length),
            self.weight, self.stride, x, y,
        )  # fmt: skip

    def run_backward(
        self,
        coefficients: Array,
        packed: tuple[Array, Array],
        deliver: int,
        dweight: Array,
        tallies: Array,
        part: slice,
        thread: int,
        scratch: Scratch,
    ) -> None:
        """Fill the sums of products (B, H, Ci), the tallies (B, H, 4) and the gradient below."""
        z, kept = self.below.z[part], self.kept
        n_in, length, n_hidden = z.shape[1], self._length(), kept.z.shape[1]
        n_rows = packing.rounded_up(n_hidden, OUTPUTS)
        rows = packing.rows(n_in, length)
        units_expand.expand_unit_backward(
            self.below.gradient[part], dweight[part], tallies[part], kept.gradient[part], kept.z[part],
            coefficients, z, self.norm, packed[0], rows, self.weight, self.stride, packed[1],
            packing.rows(n_hidden, length), packing.tile_rows(n_in, length), deliver,
            scratch.get(thread, "x", packing.rounded_up(n_in, OUTPUTS), length),
            scratch.get(thread, "y", n_rows, length),
            scratch.get(thread, "dz_part", units.PART + 2),
            scratch.get(thread, "aside", packing.sums_aside(n_rows, n_in, z.dtype)),
        )  # fmt: skip

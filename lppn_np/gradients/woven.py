"""A dense convolution behind linear upsampling, as one unit: :mod:`lppn_np.kernels.units_woven`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients import packing
from lppn_np.gradients.buffers import Kept, Scratch
from lppn_np.kernels import units_woven
from lppn_np.kernels.packing import OUTPUTS, pack
from lppn_np.kernels.weaving import TAPS, interpolation_shares

Array = NDArray[Any]


@dataclass(frozen=True)
class WovenUnit:
    """The convolution with everything that its kernels read; see :class:`.convolutions.Unit`."""

    below: Kept
    kept: Kept
    norm: Array
    mode: int
    weight: Array
    packed: Array
    packed_back: Array

    @classmethod
    def make(
        cls, below: Kept, kept: Kept, norm: Array, mode: int, weight: Array, bias: Array | None
    ) -> WovenUnit:
        """Pack the weights (Co, Ci, 5) for one step."""
        by_tap = weight.transpose(2, 0, 1).reshape(-1, weight.shape[1])
        biases = np.zeros((TAPS, len(weight)), weight.dtype)
        if bias is not None:
            biases[TAPS // 2] = bias  # the tap that meets a sample everywhere: interpolation keeps a constant
        return cls(below, kept, norm, mode, weight, pack(by_tap, biases.ravel()), pack(by_tap.T))

    @property
    def dweight_shape(self) -> tuple[int, ...]:
        """Shape of one window's weight gradient as the kernel writes it: tap by tap."""
        n_out, n_in, n_taps = self.weight.shape
        return n_taps, n_out, n_in

    def weight_gradient(self, total: Array) -> Array:
        """Gradient in the weight's own shape."""
        return np.ascontiguousarray(total.transpose(1, 2, 0))

    def run_forward(self, part: slice, thread: int, scratch: Scratch) -> None:
        """Fill the unit's output and moments for some windows."""
        x = self.below.z[part]
        n_in, length = x.shape[1], packing.row_length(x.shape[2])
        woven, row = self._woven(thread, scratch)
        units_woven.woven_unit(
            self.kept.z[part], self.kept.moments[part], x, self.norm, self.mode, self.packed,
            packing.rows(n_in, length), _shares(x.shape[2], x.dtype),
            scratch.get(thread, "window", n_in, length), woven, row,
        )  # fmt: skip

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
        """Fill the gradients of weight, bias and input for some windows; see :meth:`.Unit.run_backward`."""
        assert not mixed.size
        below, kept = self.below, self.kept
        x = below.z[part]
        n_in, length = x.shape[1], packing.row_length(x.shape[2])
        woven, row = self._woven(thread, scratch)
        n_rows = TAPS * kept.z.shape[1]
        n_aside = packing.sums_aside(packing.rounded_up(n_rows, OUTPUTS), n_in, x.dtype)
        units_woven.woven_unit_backward(
            below.gradient[part], below.sums[part], dweight[part], dbias[part], kept.gradient[part],
            kept.z[part], coefficients, x, self.norm, self.mode, self.packed_back, packing.rows(n_rows, row),
            packing.tile_rows(n_in, length), _shares(x.shape[2], x.dtype), deliver,
            scratch.get(thread, "window", n_in, length), woven, row,
            scratch.get(thread, "aside", n_aside),
        )  # fmt: skip

    def _woven(self, thread: int, scratch: Scratch) -> tuple[Array, int]:
        """Scratch of the taps' rows and of a row of output, and the length of a row."""
        row = packing.row_length(self.below.z.shape[2] + 2 * units_woven.LEAD)
        n_rows = packing.rounded_up(TAPS * self.kept.z.shape[1], OUTPUTS)
        return scratch.get(thread, "woven", (n_rows + 4) * row), row


@functools.lru_cache(maxsize=64)
def _shares(n: int, dtype: np.dtype[Any]) -> Array:
    """Return f, g, 1 - f and 1 - g (4, S): a zero before each and zeros behind."""
    f, g = interpolation_shares(n)
    out = np.zeros((4, packing.row_length(n + 2)), dtype)
    out[:, 1 : 1 + n] = f, g, 1 - f, 1 - g
    return out

"""Expansions and the depthwise convolutions behind them, as one unit of the plan: forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients.buffers import Kept, Scratch
from lppn_np.gradients.convolutions import ExpandUnit
from lppn_np.gradients.expansions import Centre, Expansion
from lppn_np.gradients.norms import Norms
from lppn_np.gradients.plan import Entry, Signal
from lppn_np.kernels import units
from lppn_np.kernels.batch_norm import batch_moments
from lppn_np.network import ops

Array = NDArray[Any]
Share = Callable[[Callable[[slice, int], None]], None]


class Expander:
    """The expanding units of one pass.

    Parameters
    ----------
    tensors : mapping of str to ndarray
    norms : Norms
    kept : mapping of str to Kept
    scratch : Scratch
    share : callable
        Shares work on the windows among threads.
    frozen : bool
        The normalisations' statistics are held constant.
    """

    def __init__(
        self,
        tensors: Mapping[str, Array],
        norms: Norms,
        kept: Mapping[str, Kept],
        scratch: Scratch,
        share: Share,
        frozen: bool,
    ) -> None:
        self._tensors, self._norms, self._kept = tensors, norms, kept
        self._scratch, self._share, self._frozen = scratch, share, frozen
        self._expansions: dict[str, Expansion] = {}

    def forward(self, entry: Entry) -> None:
        """Fill what is kept of the depthwise convolution, and fold the normalisation in front of it."""
        assert entry.expand is not None and entry.expand_norm is not None
        below = self._kept[entry.inputs[0].source]
        centre = self._centre(entry.inputs[0], below)
        unit = self._unit(entry, centre.norm)
        n_windows, n_in, n_times = below.z.shape
        products = self._scratch.get(0, "products", 0 if self._frozen else n_windows, n_in, n_in)
        if not self._frozen:
            self._share(lambda part, thread: unit.covariance(products, part, thread, self._scratch))
        weight = self._tensors[f"{entry.expand.name}.weight"]
        expansion = Expansion(self._norms, entry.expand_norm, weight, centre, products, n_times)
        self._expansions[entry.step.name] = expansion
        self._share(lambda part, thread: unit.run_forward(expansion.packed, part, thread, self._scratch))

    def backward(self, entry: Entry, coefficients: Array, deliver: int) -> dict[str, Array]:
        """Return the gradients of both convolutions and the normalisation between, and hand on the input's.

        Parameters
        ----------
        entry : Entry
        coefficients : ndarray, shape (H, 3)
            From dL/du of the depthwise convolution to its dL/dz.
        deliver : int
            What becomes of the input's gradient (:mod:`lppn_np.kernels.units`).
        """
        assert entry.expand is not None and entry.expand_norm is not None
        below, expansion = self._kept[entry.inputs[0].source], self._expansions[entry.step.name]
        unit = self._unit(entry, expansion.centre.norm)
        shape = (len(below.z), *expansion.weight.shape)
        products, tallies = self._scratch.get(0, "dweight", *shape), np.empty((*shape[:2], 4))
        packed = (expansion.packed, expansion.packed_back)
        self._share(
            lambda part, thread: unit.run_backward(
                coefficients, packed, deliver, products, tallies, part, thread, self._scratch
            )
        )
        gradients, written, correction = expansion.backward(products, tallies)
        below.arrived += 1
        below.finished = deliver == units.FINISH
        if below.finished:
            below.sums[:] = 0
            below.sums[0] = written
        if correction is not None and deliver != units.DROP:
            below.correction = below.correction + correction if below.correction else correction
        norm = entry.expand_norm
        names = (f"{entry.expand.name}.weight", f"{norm}.weight", f"{norm}.bias", f"{entry.step.name}.weight")
        return dict(zip(names, gradients, strict=True))

    def _unit(self, entry: Entry, norm: Array) -> ExpandUnit:
        assert isinstance(entry.step.op, ops.Depthwise)
        below, kept = self._kept[entry.inputs[0].source], self._kept[entry.step.name]
        return ExpandUnit(entry.step.op.stride, below, kept, norm, self._tensors[f"{entry.step.name}.weight"])

    def _centre(self, signal: Signal, below: Kept) -> Centre:
        """Return how a unit sees its input; one without a normalisation is centred by its own mean."""
        if signal.norm is not None:
            gain, offset = (self._tensors[f"{signal.norm}.{part}"] for part in ("weight", "bias"))
            exact = self._norms.exact(signal.norm)
            return Centre(self._norms.of(signal, below), gain, offset, exact[:, 2], exact[:, 3])
        n_windows, n_channels, _ = below.z.shape
        mean, one = np.zeros(n_channels), np.ones(n_channels)
        if not self._frozen:
            moments = np.empty((n_windows, n_channels, 2))
            self._share(lambda part, _: batch_moments(moments[part], below.z[part]))
            mean = moments[:, :, 0].mean(axis=0)
        norm = np.stack([one, 0 * one, mean, one], axis=1).astype(below.z.dtype)
        mean = norm[:, 2].astype(np.float64)  # what the kernels take away, to the last digit
        return Centre(norm, one, mean, mean, one)

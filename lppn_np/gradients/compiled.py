"""Loss and gradients with the compiled units: the plan read downwards, then upwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.engines.layers_engine import between
from lppn_np.engines.threads import Team
from lppn_np.gradients import packing
from lppn_np.gradients.buffers import Kept, Scratch
from lppn_np.gradients.convolutions import Unit
from lppn_np.gradients.expanding import Expander
from lppn_np.gradients.labels import Labels, Result, head_gradient, offset_of
from lppn_np.gradients.norms import Norms
from lppn_np.gradients.plan import Entry, Signal, make_plan
from lppn_np.gradients.woven import WovenUnit
from lppn_np.kernels import IDENTITY, units, upsample
from lppn_np.kernels.batch_norm import join_moments
from lppn_np.kernels.loss import segment_loss
from lppn_np.kernels.packing import pack
from lppn_np.network import Network, ops

Array = NDArray[Any]


class TrainingPass:
    """Buffers and order of work for batches of one shape; :meth:`run` gives loss and gradients.

    Parameters
    ----------
    network : Network
    n_windows, n_samples : int
        Shape of the batches.
    dtype : dtype
        float32 or float64.
    team : Team
        Threads that share the windows. Every sum over windows is taken in order of the windows, so the
        result does not depend on their number, bit for bit.
    """

    def __init__(self, network: Network, n_windows: int, n_samples: int, dtype: Any, team: Team) -> None:
        self._network = network
        self._plan = make_plan(network, n_samples)
        self._team = team
        self._n_windows = n_windows
        self._dtype = np.dtype(dtype)
        self._shapes = shapes = network.activation_shapes(n_samples)
        self._kept = {
            name: Kept.allocate((n_windows, *shapes[name]), self._dtype)
            for name in self._plan.signals
            if name != "input"
        }
        self._scratch = Scratch(self._dtype)

    @property
    def bytes_a_window(self) -> int:
        """Memory kept for one window: every convolution's output and its gradient."""
        return sum(kept.nbytes for name, kept in self._kept.items() if name != "input") // self._n_windows

    def times_of(self, step: str) -> int:
        """Samples of a step's output in one window."""
        return self._shapes[step][1]

    def run(self, tensors: Mapping[str, Array], x: Array, labels: Labels, *, frozen: bool = False) -> Result:
        """Compute loss, gradients, batch statistics and outputs of one batch.

        Parameters
        ----------
        tensors : dict of str to ndarray
            Of the pass's dtype.
        x : ndarray, shape (B, 3, T)
        labels : Labels
        frozen : bool
            Normalise with the running statistics and hold them constant.
        """
        # A read-only array is another type for numba: every unit would be compiled again.
        self._tensors = {name: np.require(t, requirements=["C", "W"]) for name, t in tensors.items()}
        self._norms = Norms(self._tensors, self._dtype, frozen)
        self._gradients: dict[str, Array] = {}
        nothing = np.empty((self._n_windows, 0, 2))
        self._kept["input"] = Kept(x, x, nothing, nothing)
        given = (self._tensors, self._norms, self._kept, self._scratch, self._share)
        self._expander = Expander(*given, frozen)
        for kept in self._kept.values():
            kept.arrived, kept.finished, kept.correction = 0, False, None
        for entry in self._plan.entries:
            self._forward(entry)
        loss, offsets = self._loss(labels)
        for entry in reversed(self._plan.entries):
            self._backward(entry)
        gradients = {name: self._gradients[name] for name in self._network.trainable_names()}
        logits = self._kept["class_head"].z.copy()
        return Result(loss, gradients, self._norms.statistics, logits, offsets)

    def _forward(self, entry: Entry) -> None:
        kept = self._kept[entry.step.name]
        match entry.step.op:
            case ops.Depthwise() if entry.expand is not None:
                self._expander.forward(entry)
            case ops.Pointwise() | ops.DenseConv() | ops.Depthwise():
                unit = self._unit(entry)
                self._share(lambda part, thread: unit.run_forward(part, thread, self._scratch))
            case ops.Upsample(mode=mode):
                self._upsample(mode, kept.z, self._unfold(entry.inputs[0], "a"))
            case ops.Add():
                a, b = self._unfold(entry.inputs[0], "a"), self._unfold(entry.inputs[1], "b")
                self._share(lambda part, _: np.add(a[part], b[part], out=kept.z[part]))
            case ops.Concat():
                a, b = self._unfold(entry.inputs[0], "a"), self._unfold(entry.inputs[1], "b")
                self._share(lambda part, _: np.concatenate([a[part], b[part]], axis=1, out=kept.z[part]))
        norm = self._plan.signals[entry.step.name].norm
        if norm is not None:
            mean, var = np.empty(kept.z.shape[1]), np.empty(kept.z.shape[1])
            join_moments(mean, var, kept.moments, kept.z.shape[2])
            self._norms.fold(norm, mean, var)

    def _loss(self, labels: Labels) -> tuple[float, Array]:
        logits, head = self._kept["class_head"], self._kept["offset_head"]
        offsets = offset_of(self._network, head.z[:, 0])
        losses, doffsets = np.empty((self._n_windows, 2)), np.empty_like(offsets)
        targets = labels.offsets.astype(self._dtype)

        def fill(part: slice, _: int) -> None:
            filled = (losses[part], logits.gradient[part], doffsets[part])
            own = (labels.classes[part], targets[part])
            weights, offset_weight = labels.class_weights, labels.offset_weight
            segment_loss(*filled, logits.z[part], offsets[part], *own, weights, offset_weight)

        self._share(fill)
        head.gradient[:, 0] = head_gradient(self._network, head.z[:, 0], doffsets)
        return float(losses.sum()), offsets

    def _backward(self, entry: Entry) -> None:
        name, kept = entry.step.name, self._kept[entry.step.name]
        signal = self._plan.signals[name]
        if signal.mode != IDENTITY and not kept.finished:
            norm = self._norms.of(signal, kept)
            self._share(
                lambda part, _: units.finish_batch(
                    kept.gradient[part], kept.sums[part], kept.z[part], norm, signal.mode
                )
            )
        if kept.correction is not None and not (signal.norm and isinstance(entry.step.op, ops.Pointwise)):
            self._correct(kept)
        match entry.step.op:
            case ops.Depthwise() if entry.expand is not None:
                coefficients, _ = self._coefficients(kept, signal)
                deliver = self._delivery(entry.inputs[0])
                self._gradients.update(self._expander.backward(entry, coefficients, deliver))
            case ops.Pointwise() | ops.DenseConv() | ops.Depthwise():
                self._convolution_backward(entry, kept, signal)
            case ops.Upsample(mode=mode):
                below = self._kept[entry.inputs[0].source].z
                dx = self._scratch.get(0, "a", *below.shape)
                self._upsample_backward(mode, dx, kept.gradient)
                self._deliver(entry.inputs[0], dx)
            case ops.Add():
                for read in entry.inputs:
                    self._deliver(read, kept.gradient)
            case ops.Concat():
                split = self._kept[entry.inputs[0].source].z.shape[1]
                self._deliver(entry.inputs[0], kept.gradient[:, :split])
                self._deliver(entry.inputs[1], kept.gradient[:, split:])

    def _convolution_backward(self, entry: Entry, kept: Kept, signal: Signal) -> None:
        name, unit = entry.step.name, self._unit(entry)
        coefficients, mixed = self._coefficients(kept, signal)
        dweight = self._scratch.get(0, "dweight", self._n_windows, *unit.dweight_shape)
        has_bias = f"{name}.bias" in self._tensors
        dbias = self._scratch.get(0, "dbias", self._n_windows, kept.z.shape[1] if has_bias else 0)
        deliver = self._delivery(entry.inputs[0])
        self._share(
            lambda part, thread: unit.run_backward(
                coefficients, mixed, deliver, dweight, dbias, part, thread, self._scratch
            )
        )
        unit.below.arrived += 1
        unit.below.finished = deliver == units.FINISH
        self._gradients[f"{name}.weight"] = unit.weight_gradient(dweight.sum(axis=0))
        if has_bias:
            self._gradients[f"{name}.bias"] = dbias.sum(axis=0)

    def _coefficients(self, kept: Kept, signal: Signal) -> tuple[Array, Array]:
        """Return what leads from dL/du to dL/dz: numbers (C, 3), and a packed mixture of z or nothing."""
        nothing = np.empty(0, self._dtype)
        if signal.norm is None:
            numbers = np.zeros((kept.z.shape[1], 3), self._dtype)
            numbers[:, 0] = 1
            return numbers, nothing
        exact, gradients = self._norms.backward(signal.norm, kept)
        self._gradients.update(gradients)
        numbers = exact.astype(self._dtype)
        if kept.correction is None:
            return numbers, nothing
        matrix = exact[:, :1] * kept.correction.matrix + np.diag(exact[:, 1])
        constant = exact[:, 2] + exact[:, 0] * kept.correction.constant
        return numbers, pack(matrix.astype(self._dtype), constant.astype(self._dtype))

    def _correct(self, kept: Kept) -> None:
        """Add what is missing in a gradient, where its reader cannot."""
        correction = kept.correction
        assert correction is not None
        packed = pack(correction.matrix.astype(self._dtype), correction.constant.astype(self._dtype))
        n_rows, n_times = kept.z.shape[1:]
        places = packing.rows(n_rows, n_times)
        self._share(lambda part, _: units.correct_batch(kept.gradient[part], kept.z[part], places, packed))
        kept.correction = None

    def _unit(self, entry: Entry) -> Unit | WovenUnit:
        name, op, signal = entry.step.name, entry.step.op, entry.inputs[0]
        assert isinstance(op, ops.Pointwise | ops.Depthwise | ops.DenseConv)
        kept, below = self._kept[name], self._kept[signal.source]
        weight, bias = self._tensors[f"{name}.weight"], self._tensors.get(f"{name}.bias")
        read = (below, kept, self._norms.of(signal, below), signal.mode, weight, bias)
        return WovenUnit.make(*read) if entry.woven else Unit.make(op, *read)

    def _delivery(self, signal: Signal) -> int:
        """Tell a unit what to do with its input's gradient; of several readers none can finish it."""
        if signal.source == "input":
            return units.DROP
        if self._plan.readers[signal.source] == 1:
            return units.FINISH if signal.mode != IDENTITY else units.WRITE
        return units.ADD if self._kept[signal.source].arrived else units.WRITE

    def _deliver(self, signal: Signal, gradient: Array) -> None:
        """Hand in the gradient of a signal that glue has read."""
        if signal.source == "input":
            return
        below = self._kept[signal.source]
        add = below.arrived > 0

        def hand_in(part: slice, _: int) -> None:
            if add:
                below.gradient[part] += gradient[part]
            else:
                below.gradient[part] = gradient[part]

        self._share(hand_in)
        below.arrived += 1

    def _unfold(self, signal: Signal, purpose: str) -> Array:
        """Return the signal itself, made in scratch where only its z is kept."""
        below = self._kept[signal.source]
        if signal.mode == IDENTITY:
            return below.z
        y, norm = self._scratch.get(0, purpose, *below.z.shape), self._norms.of(signal, below)
        self._share(lambda part, _: units.unfold_batch(y[part], below.z[part], norm, signal.mode))
        return y

    def _upsample(self, mode: str, out: Array, x: Array) -> None:
        if mode == "nearest":
            self._share(lambda part, _: upsample.upsample_nearest(out[part], x[part]))
            return
        where = between(out.shape[2], self._dtype)
        self._share(lambda part, _: upsample.upsample_linear(out[part], *where, x[part]))

    def _upsample_backward(self, mode: str, dx: Array, dout: Array) -> None:
        if mode == "nearest":
            self._share(lambda part, _: upsample.upsample_nearest_dinput(dx[part], dout[part]))
            return
        where = between(dout.shape[2], self._dtype)
        self._share(lambda part, _: upsample.upsample_linear_dinput(dx[part], *where, dout[part]))

    def _share(self, work: Any) -> None:
        self._team.share(work, self._n_windows)

"""What training keeps and how it reads the flat forward list: signals, convolution units, glue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lppn_np.kernels import IDENTITY, NORM, NORM_RELU
from lppn_np.kernels.weaving import TAPS
from lppn_np.network import Network, Step, ops


@dataclass(frozen=True)
class Signal:
    """An activation that is kept folded up: what a step gave, and what has to be done to it when it is read.

    Attributes
    ----------
    source : str
        Step whose output is kept (or ``input``).
    norm : str or None
        Step of the batch normalisation that follows it.
    mode : int
        IDENTITY, NORM or NORM_RELU.
    """

    source: str
    norm: str | None
    mode: int


@dataclass(frozen=True)
class Entry:
    """A step that computes something new, with the signals that it reads.

    Attributes
    ----------
    step : Step
    inputs : tuple of Signal
    expand : Step or None
        The pointwise convolution right in front of a depthwise one, where the two are one unit
        (:mod:`lppn_np.kernels.units_expand`); the inputs are its own.
    expand_norm : str or None
        The normalisation between them.
    woven : bool
        Linear upsampling and the dense convolution behind it are one unit
        (:mod:`lppn_np.kernels.units_woven`); the inputs are the upsampling's.
    """

    step: Step
    inputs: tuple[Signal, ...]
    expand: Step | None = None
    expand_norm: str | None = None
    woven: bool = False


@dataclass(frozen=True)
class Plan:
    """The forward list without its normalisations and ReLUs, which are part of the signals.

    Attributes
    ----------
    entries : tuple of Entry
        Convolutions, additions, upsamplings and the concatenation, in order.
    signals : dict of str to Signal
        By the name of the step that keeps it: what all its readers see.
    readers : dict of str to int
        How many entries read each kept output.
    """

    entries: tuple[Entry, ...]
    signals: dict[str, Signal]
    readers: dict[str, int]


def make_plan(network: Network, n_samples: int) -> Plan:
    """Fold a network's steps up to the two heads; the offset's sigmoid and scale belong to the loss."""
    seen = {"input": Signal("input", None, IDENTITY)}
    entries = []
    for step in network.steps:
        if isinstance(step.op, ops.BatchNorm):
            seen[step.name] = Signal(step.inputs[0], step.name, NORM)
        elif isinstance(step.op, ops.ReLU):
            below = seen[step.inputs[0]]
            seen[step.name] = Signal(below.source, below.norm, NORM_RELU)
        elif not isinstance(step.op, ops.Sigmoid | ops.Scale):
            entries.append(Entry(step, tuple(seen[name] for name in step.inputs)))
            seen[step.name] = Signal(step.name, None, IDENTITY)
    entries = _join(entries, network.activation_shapes(n_samples))
    read = [signal for entry in entries for signal in entry.inputs]
    signals = {signal.source: signal for signal in read}
    for entry in entries:
        signals.setdefault(entry.step.name, Signal(entry.step.name, None, IDENTITY))
    readers = {name: sum(signal.source == name for signal in read) for name in signals}
    return Plan(tuple(entries), signals, readers)


def _join(entries: list[Entry], shapes: Mapping[str, tuple[int, int]]) -> list[Entry]:
    """Make one entry of two where a unit does both and nobody else reads what lies between."""
    joined: list[Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last is not None and _expands(last, entry, shapes):
            joined[-1] = Entry(entry.step, last.inputs, last.step, entry.inputs[0].norm)
        elif last is not None and _weaves(last, entry):
            joined[-1] = Entry(entry.step, last.inputs, woven=True)
        else:
            joined.append(entry)
    return joined


def _expands(last: Entry, entry: Entry, shapes: Mapping[str, tuple[int, int]]) -> bool:
    """Whether :mod:`lppn_np.kernels.units_expand` has these two: x itself must be linear in what is kept."""
    expand, taps, signal = last.step.op, entry.step.op, entry.inputs[0]
    if not isinstance(expand, ops.Pointwise) or not isinstance(taps, ops.Depthwise) or expand.bias:
        return False
    if signal.source != last.step.name or signal.mode != NORM_RELU or last.inputs[0].mode == NORM_RELU:
        return False
    return taps.kernel == 3 and taps.stride <= 2 and shapes[signal.source][1] % taps.stride == 0


def _weaves(last: Entry, entry: Entry) -> bool:
    """Whether the second is a convolution of five taps behind the linear upsampling that is the first."""
    upsample, taps = last.step.op, entry.step.op
    if not isinstance(upsample, ops.Upsample) or not isinstance(taps, ops.DenseConv):
        return False
    if entry.inputs[0].source != last.step.name or upsample.mode != "linear":
        return False
    return taps.kernel == TAPS and taps.stride == 1

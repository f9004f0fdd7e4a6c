"""What training keeps and how it reads the flat forward list: signals, convolution units, glue."""

from __future__ import annotations

from dataclasses import dataclass

from lppn_np.kernels import IDENTITY, NORM, NORM_RELU
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
    """A step that computes something new, with the signals that it reads."""

    step: Step
    inputs: tuple[Signal, ...]


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


def make_plan(network: Network) -> Plan:
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
    read = [signal for entry in entries for signal in entry.inputs]
    signals = {signal.source: signal for signal in read}
    for entry in entries:
        signals.setdefault(entry.step.name, Signal(entry.step.name, None, IDENTITY))
    readers = {name: sum(signal.source == name for signal in read) for name in signals}
    return Plan(tuple(entries), signals, readers)

"""The number that a question is about: one segment's answer for one class, and how it is found for a pick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.kernels import reference
from lppn_np.picking.check import check_array
from lppn_np.picking.preprocess import network_input
from lppn_np.picking.windows import plan_windows

if TYPE_CHECKING:
    from lppn_np.model import LPPN

Array = NDArray[np.floating[Any]]

#: What a target can be: the logarithm of p / (1 - p), the probability, the logit, the offset in samples.
QUANTITIES = ("log_odds", "probability", "logit", "offset")
#: Segments on either side of a pick's own in which the network's answer to it may stand.
_NEAR = 2


@dataclass(frozen=True)
class Target:
    """One number of a network's output.

    Attributes
    ----------
    segment : int
        Of the window, 0 the first.
    label : int
        Class: 1 P, 2 S, ... The offset has none, it is one for all classes.
    quantity : {"log_odds", "probability", "logit", "offset"}
        Of the segment. Log-odds, the default, do not flatten out where the probability is nearly 0 or 1, so
        their gradient still says something; offsets are in samples.
    """

    segment: int
    label: int
    quantity: str = "log_odds"

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise InputError(f"quantity is {self.quantity!r}; one of {', '.join(QUANTITIES)} is expected")

    def check(self, model: LPPN, n_samples: int) -> None:
        """Refuse a target that a window of the model does not have.

        Raises
        ------
        InputError
            No such segment or class.
        """
        n_segments = n_samples // model.config.stride
        if not 0 <= self.segment < n_segments:
            raise InputError(f"there is no segment {self.segment}; the window has {n_segments}")
        if not 0 <= self.label < model.config.n_classes:
            raise InputError(f"there is no class {self.label}; the model has {', '.join(model.labels)}")

    def of(self, logits: Array, offsets: Array) -> Array:
        """Values (B,) of a batch's logits (B, n_classes, T / S) and offsets (B, T / S)."""
        if self.quantity == "offset":
            return offsets[:, self.segment]
        column = logits[:, :, self.segment]
        if self.quantity == "logit":
            return column[:, self.label]
        if self.quantity == "probability":
            probability: Array = reference.softmax(column[:, :, None])[:, self.label, 0]
            return probability
        others = np.delete(column, self.label, axis=1)
        top = others.max(axis=1)
        log_odds: Array = column[:, self.label] - top - np.log(np.exp(others - top[:, None]).sum(axis=1))
        return log_odds

    def gradient(self, logits: Array, offsets: Array) -> dict[str, Array]:
        """Gradient of the value with respect to the activations ``class_head`` and ``offset``, by name."""
        if self.quantity == "offset":
            doffsets = np.zeros_like(offsets)
            doffsets[:, self.segment] = 1
            return {"offset": doffsets[:, None]}
        dlogits = np.zeros_like(logits)
        own = np.arange(logits.shape[1]) == self.label
        p = reference.softmax(logits[:, :, self.segment, None])[:, :, 0]
        if self.quantity == "logit":
            dlogits[:, :, self.segment] = own
        elif self.quantity == "probability":
            dlogits[:, :, self.segment] = p[:, own] * (own - p)
        else:  # 1 for its own logit, and for the others' their share among themselves
            column = np.where(own, -np.inf, logits[:, :, self.segment])
            dlogits[:, :, self.segment] = own - reference.softmax(column[:, :, None])[:, :, 0]
        return {"class_head": dlogits}


@dataclass(frozen=True, eq=False)
class Place:
    """Where a record's arrival is answered.

    Attributes
    ----------
    x : ndarray, shape (1, 3, T), float32
        The window as the network sees it.
    start : int
        The window's first sample in the record. A record shorter than a window begins with it.
    target : Target
        The segment that answers.
    value : float
        Its probability of the class.
    time : float
        Sample of the record at which it puts the arrival.
    """

    x: NDArray[np.float32]
    start: int
    target: Target
    value: float
    time: float


def locate(
    model: LPPN,
    data: Any,
    sample: float,
    phase: str,
    *,
    component_order: str = "ENZ",
    quantity: str = "log_odds",
) -> Place:
    """Find the window and the segment that answer for an arrival, as picking with the model's settings would.

    Parameters
    ----------
    model : LPPN
    data : array_like, shape (3, n_samples)
        A record as :func:`lppn_np.pick` takes it, at the model's sampling rate.
    sample : float
        Of the arrival, after the record's first: ``pick.peak_time * sampling_rate`` for a pick of an array.
        There need not be a pick: ask why there is none.
    phase : str
        One of :attr:`lppn_np.LPPN.labels`.
    component_order : str
        What the rows of ``data`` are.
    quantity : str
        Of the target; see :class:`Target`.

    Returns
    -------
    Place
        The most probable segment at most two segments away from the arrival's own. A model that adds
        neighbouring segments together gives a pick more than this one's probability.

    Raises
    ------
    InputError
        A record that cannot be used, a sample outside of it, a phase that the model does not have.
    """
    if phase not in model.labels:
        raise InputError(f"phase is {phase!r}; the model has {', '.join(model.labels)}")
    samples = check_array(data, component_order, model.component_order)
    if not 0 <= sample < samples.n_samples:
        raise InputError(f"sample {sample} is outside of the record of {samples.n_samples} samples")
    config, label = model.config, model.labels.index(phase)
    windows = plan_windows(samples.n_samples, config.in_samples, config.overlap, config.blinding)
    found = []
    for which in np.flatnonzero((windows.first <= sample) & (sample < windows.stop)):
        start = int(windows.starts[which])
        cut = np.full((1, 3, config.in_samples), np.nan)
        for row, piece in zip(cut[0], samples.piece(start, start + config.in_samples), strict=True):
            row[: len(piece)] = piece
        x = network_input(cut, config)
        logits, offsets = model.forward(x)
        probability = reference.softmax(logits)[0, label]
        own = int((sample - start) // config.stride)
        first = max(own - _NEAR, 0)
        segment = first + int(np.argmax(probability[first : own + _NEAR + 1]))
        time = start + segment * config.stride + float(offsets[0, segment])
        value = float(probability[segment])
        found.append(Place(x, start, Target(segment, label, quantity), value, time))
    return max(found, key=lambda place: place.value)

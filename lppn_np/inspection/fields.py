"""Effective receptive fields: how far away the samples are that really move an output (Luo et al. 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.gradients import textbook
from lppn_np.network.receptive_field import reach

if TYPE_CHECKING:
    from lppn_np.model import LPPN

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """Gradient of one value of an activation with respect to the input, over many windows.

    Attributes
    ----------
    name : str
        Of the activation.
    channel, index : int
        Of its value.
    centre : float
        Sample of the window at which the value stands.
    theoretical : (int, int)
        First and last sample that it can depend on.
    strength : ndarray of float64, shape (T,)
        Mean over the windows of the gradient's magnitude, the three components added up; its sum is 1.
    """

    name: str
    channel: int
    index: int
    centre: float
    theoretical: tuple[int, int]
    strength: NDArray[np.float64]

    @property
    def theoretical_width(self) -> int:
        """Samples of the theoretical field, as far as the window reaches."""
        return self.theoretical[1] - self.theoretical[0] + 1

    def interval(self, share: float = 0.95) -> tuple[int, int]:
        """First and last sample of the stretch that holds a share of the strength, the rest halved outside.

        Raises
        ------
        InputError
            ``share`` is not in (0, 1].
        """
        if not 0 < share <= 1:
            raise InputError(f"share is {share!r}; a number in (0, 1] is expected")
        total = np.cumsum(self.strength)
        missing = (1 - share) / 2
        first = int(np.searchsorted(total, missing * total[-1], "right"))
        last = int(np.searchsorted(total, (1 - missing) * total[-1], "left"))
        return first, min(last, len(total) - 1)

    def width(self, share: float = 0.95) -> int:
        """Samples of :meth:`interval`."""
        first, last = self.interval(share)
        return last - first + 1


def effective_field(
    model: LPPN, x: Array, name: str = "class_head", channel: int = 1, *, engine: str = "numba"
) -> EffectiveField:
    """Measure which samples move the value in the middle of an activation, and by how much.

    Parameters
    ----------
    model : LPPN
    x : ndarray, shape (B, 3, T), float32 or float64
        Windows as the network sees them; the more, the smoother the result. T well above the theoretical
        field, or the window's ends cut it off.
    name : str
        Of an activation. Default: the logits.
    channel : int
        Default: the logit of P.
    engine : {"numba", "layers", "numpy"}
        Of the activations; the gradient is the textbook's.

    Raises
    ------
    InputError, ConfigError
        Windows that the model cannot take, or no such activation or channel.
    """
    strength: NDArray[np.float64] = np.zeros(x.shape[-1])
    for window in range(len(x)):  # one at a time: a trace keeps everything
        trace = model.trace(x[window : window + 1], engine)
        layer = trace.layer(name)
        if name in ("input", "probabilities"):
            raise InputError(f"{name} is no layer of the network; class_head is its last word on classes")
        if not 0 <= channel < layer.channels:
            raise InputError(f"there is no channel {channel}; {name} has {layer.channels}")
        index = layer.n_times // 2
        one = np.zeros_like(trace[name])
        one[0, channel, index] = 1
        _, found = textbook.backward(model.network, trace.parameters, trace, {name: one}, frozen=True)
        strength += np.abs(found["input"][0]).astype(np.float64).sum(axis=0)
    total = strength.sum()
    if not total > 0:
        raise InputError(f"channel {channel} of {name} does not depend on these windows at all")
    field = reach(model.network, name, index, x.shape[-1])
    return EffectiveField(name, channel, index, index * layer.step, field, strength / total)

"""Which augmentations are drawn, how often, and how strong."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from lppn_np.errors import ConfigError

Range = tuple[float, float]

#: Probabilities of what may happen to a window, each the switch of one augmentation.
WINDOW_SWITCHES = (
    "second", "noise", "rotation", "drop", "flip", "gain",
    "component_gain", "stretch", "filter", "gaps", "clip", "microseism", "moveout", "tilt",
)  # fmt: skip
#: These and the probabilities that decide where the window is cut.
SWITCHES = ("around_s", "beyond", "noise_only", "foreign_noise", *WINDOW_SWITCHES)
#: Ranges from which a strength is drawn, with the smallest value that makes sense.
_RANGES = {
    "second_db": -math.inf,
    "noise_db": -math.inf,
    "microseism_db": -math.inf,
    "gain_db": -math.inf,
    "component_gain_db": -math.inf,
    "stretch_factor": 0.1,
    "moveout_factor": 0.01,
    "tilt_order": -1.0,
    "highpass_hz": 1e-3,
    "lowpass_hz": 1e-3,
    "gap_seconds": 0.0,
    "clip_share": 1e-3,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class AugmentConfig:
    """How training windows are drawn from records.

    A field without a unit in its name is the probability of one augmentation: 0 or False never, 1 or True
    always. A field with one is the range that its strength is drawn from.

    Parameters
    ----------
    around_s : float
        The window is placed around S, not P, where both are labelled.
    beyond : float
        The window may reach beyond the record's ends, whereto there are zeros, so that the arrival stands
        anywhere in it. Else it does so only where the record is shorter than a window.
    noise_only : float
        The window ends before P, or the data in it do; only records with enough data before P.
    noise_margin_seconds : float
        What such a window stays away from P.
    after_p_seconds : float
        Where S is not labelled, it may be from here on after P; those segments are ignored.
    second, second_db : float, (float, float)
        The second record is added. The later of the two events stands so many decibels above the
        earlier one: its first second against the second before its onset.
    noise, noise_db : float, (float, float)
        The noise passed in is added. The weakest arrival's first second stands so many decibels above it.
    foreign_noise : float
        Of the noise: it is another station's, not the same one's. The network meets stations it has not seen.
    microseism, microseism_db : float, (float, float)
        Made-up ground motion of 0.05 to 0.8 Hz is added, as a broadband record has it and a short-period
        one does not. The weakest arrival's first second stands so many decibels above it.
    rotation : float
        The horizontals are turned by any angle; not where one of them is dead.
    drop : float
        One or both horizontals, or the vertical, are taken away.
    flip : float
        The sign of the record is changed.
    gain, gain_db : float, (float, float)
        The record is scaled. The network's input does not change by that: see
        :func:`lppn_np.picking.preprocess.normalise`.
    component_gain, component_gain_db : float, (float, float)
        Each component is scaled on its own. Without effect on the paper's variant, which normalises each.
    stretch, stretch_factor : float, (float, float)
        The record gets so many times as long.
    moveout, moveout_factor : float, (float, float)
        S comes so many times as long after P: coda between them is left out or made longer
        (:mod:`lppn_np.train.moveout`). The logarithm of the factor is uniform.
    tilt, tilt_order : float, (float, float)
        The spectrum is multiplied by such a power of the frequency: -1 makes displacement of velocity, 1
        acceleration (:mod:`lppn_np.train.tilting`).
    filter, highpass_hz, lowpass_hz : float, (float, float), (float, float)
        A causal Butterworth filter, high-, low- or band-pass.
    gaps, gap_seconds, gap_margin_seconds : float, (float, float), float
        One to three gaps of such lengths, on all components, that far from the labelled arrivals.
    clip, clip_share : float, (float, float)
        Each component is clipped at a share of its maximum.

    Raises
    ------
    ConfigError
        A value that cannot work; the message gives the reason.

    Examples
    --------
    >>> AugmentConfig.off(flip=0.5).flip
    0.5
    """

    around_s: float = 0.5
    beyond: float = 0.2
    noise_only: float = 0.1
    noise_margin_seconds: float = 0.5
    after_p_seconds: float = 0.3
    second: float = 0.2
    second_db: Range = (3.0, 20.0)
    noise: float = 0.3
    noise_db: Range = (3.0, 30.0)
    foreign_noise: float = 0.0
    microseism: float = 0.0
    microseism_db: Range = (-20.0, 20.0)
    rotation: float = 0.5
    drop: float = 0.1
    flip: float = 0.5
    gain: float = 0.0
    gain_db: Range = (-20.0, 20.0)
    component_gain: float = 0.2
    component_gain_db: Range = (-6.0, 6.0)
    stretch: float = 0.2
    stretch_factor: Range = (0.9, 1.1)
    moveout: float = 0.0
    moveout_factor: Range = (0.5, 4.0)
    tilt: float = 0.0
    tilt_order: Range = (-1.0, 1.0)
    filter: float = 0.1
    highpass_hz: Range = (0.5, 3.0)
    lowpass_hz: Range = (10.0, 40.0)
    gaps: float = 0.05
    gap_seconds: Range = (0.1, 3.0)
    gap_margin_seconds: float = 0.5
    clip: float = 0.0
    clip_share: Range = (0.3, 0.9)

    def __post_init__(self) -> None:
        for name in SWITCHES:
            value = getattr(self, name)
            if not 0 <= _number(name, float(value) if isinstance(value, bool) else value) <= 1:
                raise ConfigError(f"{name} is {value}; a probability in [0, 1] is expected")
            object.__setattr__(self, name, float(value))
        for name in ("noise_margin_seconds", "after_p_seconds", "gap_margin_seconds"):
            if _number(name, getattr(self, name)) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; seconds >= 0 are expected")
        for name, smallest in _RANGES.items():
            object.__setattr__(self, name, _range(name, getattr(self, name), smallest))
        if self.tilt_order[1] > 1:
            raise ConfigError(f"tilt_order reaches {self.tilt_order[1]}; it goes from -1 to 1")
        if self.clip_share[1] > 1:
            raise ConfigError(f"clip_share reaches {self.clip_share[1]}; shares of the maximum end at 1")

    @classmethod
    def off(cls, **switched_on: Any) -> AugmentConfig:
        """Nothing but the placement of the window around P, and what ``switched_on`` names."""
        return cls(**{**dict.fromkeys(SWITCHES, 0.0), **switched_on})

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON-ready values; :meth:`from_dict` takes them back."""
        values = dataclasses.asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AugmentConfig:
        """Build from :meth:`to_dict`'s output; an unknown key is a ConfigError."""
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"unknown augmentation keys {unknown}; known are {sorted(known)}")
        return cls(**values)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ConfigError(f"{name} is {value!r}; a finite number is expected")
    return float(value)


def _range(name: str, value: Any, smallest: float) -> Range:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ConfigError(f"{name} is {value!r}; two numbers, smallest and largest, are expected")
    low, high = (_number(name, v) for v in value)
    if not smallest <= low <= high:
        bound = "" if smallest == -math.inf else f", from {smallest:g} up,"
        raise ConfigError(f"{name} is {value!r}; smallest and then largest{bound} are expected")
    return low, high

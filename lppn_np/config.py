"""What a model is: its network, its input and its defaults for picking, in one frozen object."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Mapping
from typing import Any

from lppn_np.errors import ConfigError

PAPER_STRIDES = (8, 16, 32, 64, 128)
#: Features of the authors' three successors; their stride is 8.
SUCCESSOR_FEATURES = {"tiny": 4, "medium": 8, "large": 16}
#: Variants whose features, strides and inputs are the paper's: any stride of the paper, any width.
PAPER_FAMILY = ("paper", "deep")
VARIANTS = (*PAPER_FAMILY, *SUCCESSOR_FEATURES)

#: More would join P and S.
_MOST_NEIGHBOURS = 4
_LABELS_3 = ("N", "P", "S")
_LABELS_7 = ("N", "Pg", "Sg", "Pn", "Sn", "P", "S")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LPPNConfig:
    """Configuration of an LPPN model; two equal configurations describe the same network.

    Parameters
    ----------
    variant : {"paper", "deep", "tiny", "medium", "large"}
        The paper's family; the same with a deeper receptive-field part (:attr:`levels`), which is ours;
        or one of the authors' three successors.
    stride : int
        Samples in a segment, S. Paper and deep: 8, 16 (default), 32, 64 or 128. Successors: 8.
    features : int
        Width n. Paper and deep: any n >= 1 (published: 4, 8, 16). Successors: 4, 8, 16 for tiny, medium,
        large. None takes the variant's own (paper, deep: 8).
    in_samples : int
        Samples in a window; divides by ``2**levels * stride``. None takes 3072 (paper; deep where it divides,
        else 4096) or 6144 (successors).
    phase_code : bool
        Add sin(a), sin(2a), sin(4a) to the three components
        (see :func:`lppn_np.picking.preprocess.phase_code`).
        The weights that the authors published for the paper need it.
    sampling_rate : float
        Samples per second that the weights were trained for.
    component_order : str
        The rows of the input, a permutation of ``"ENZ"``.
    P_threshold, S_threshold : float
        Probability from which a segment is a pick, in (0, 1].
    overlap : int
        Samples that neighbouring windows share when a record is longer than one window.
    blinding : int
        Samples at a window's inner edges whose picks are left to the neighbouring window.
    neighbours : int
        Segments on either side whose probabilities count to a segment's own
        (:func:`lppn_np.kernels.reference_picking.gather`): an arrival near a segment's edge is shared by two.
        0, as the authors have it, is for weights whose thresholds were chosen so.
    P_weight, S_weight : float
        How many times as much an arrival counted in training as a segment without one. A network gives it so
        many times the odds that it should have; probabilities have them taken out again.
    min_distance : float
        Seconds within which only the most probable pick of the same kind (P or S) is kept.

    Raises
    ------
    ConfigError
        A value that cannot work; the message gives the reason.
    """

    variant: str = "paper"
    # None, a default that depends on the variant, is gone once __post_init__ is through.
    stride: int = None  # type: ignore[assignment]
    features: int = None  # type: ignore[assignment]
    in_samples: int = None  # type: ignore[assignment]
    phase_code: bool = False
    sampling_rate: float = 100.0
    component_order: str = "ENZ"
    P_threshold: float = 0.3
    S_threshold: float = 0.3
    overlap: int = 1024
    blinding: int = 256
    neighbours: int = 0
    P_weight: float = 1.0
    S_weight: float = 1.0
    min_distance: float = 1.0

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ConfigError(f"unknown variant {self.variant!r}; known are {', '.join(VARIANTS)}")
        self._fill_defaults()
        self._check_network()
        self._check_input()
        self._check_picking()

    def _fill_defaults(self) -> None:
        paper = self.variant in PAPER_FAMILY
        defaults = {"stride": 16 if paper else 8, "features": SUCCESSOR_FEATURES.get(self.variant, 8)}
        stride = defaults["stride"] if self.stride is None else self.stride
        fits = not isinstance(stride, int) or stride < 1 or 3072 % (2**self.levels * stride) == 0
        defaults["in_samples"] = (3072 if fits else 4096) if paper else 6144
        for name, value in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        for name in ("stride", "features", "in_samples", "overlap", "blinding", "neighbours"):
            if isinstance(getattr(self, name), numbers.Integral):  # NumPy's whole numbers are not JSON's
                object.__setattr__(self, name, _plain_int(getattr(self, name)))
        for name in ("sampling_rate", "P_threshold", "S_threshold", "P_weight", "S_weight", "min_distance"):
            _require_real(name, getattr(self, name))

    def _check_network(self) -> None:
        _require_int("stride", self.stride)
        _require_int("features", self.features)
        if self.variant in PAPER_FAMILY:
            if self.stride not in PAPER_STRIDES:
                raise ConfigError(f"stride is {self.stride}; the paper's network exists for {PAPER_STRIDES}")
            if self.features < 1:
                raise ConfigError(f"features is {self.features}; at least 1 is needed")
            return
        expected = (8, SUCCESSOR_FEATURES[self.variant])
        if (self.stride, self.features) != expected:
            raise ConfigError(
                f"variant {self.variant!r} has stride {expected[0]} and {expected[1]} features, "
                f"not {self.stride} and {self.features}"
            )

    def _check_input(self) -> None:
        _require_int("in_samples", self.in_samples)
        self.check_length(self.in_samples)
        if not isinstance(self.phase_code, bool):
            raise ConfigError(f"phase_code is {self.phase_code!r}; True or False is expected")
        if not isinstance(self.component_order, str) or sorted(self.component_order) != ["E", "N", "Z"]:
            raise ConfigError(
                f"component_order is {self.component_order!r}; a permutation of 'ENZ' is expected"
            )
        if not (math.isfinite(self.sampling_rate) and self.sampling_rate > 0):
            raise ConfigError(f"sampling_rate is {self.sampling_rate}; a positive number of Hz is expected")

    def _check_picking(self) -> None:
        for name in ("P_threshold", "S_threshold"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise ConfigError(f"{name} is {value}; a probability in (0, 1] is expected")
        for name in ("P_weight", "S_weight"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(f"{name} is {value}; a positive number is expected")
        check_windowing(self.in_samples, self.overlap, self.blinding)
        _require_int("neighbours", self.neighbours)
        if not 0 <= self.neighbours <= _MOST_NEIGHBOURS:
            raise ConfigError(f"neighbours is {self.neighbours}; 0 to {_MOST_NEIGHBOURS} are expected")
        if not (math.isfinite(self.min_distance) and self.min_distance >= 0):
            raise ConfigError(f"min_distance is {self.min_distance}; seconds >= 0 are expected")

    @property
    def levels(self) -> int:
        """How often the receptive-field part halves the segments, and doubles them again."""
        return 5 if self.variant == "deep" else 3

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes; the first, ``"N"``, is "no arrival"."""
        return _LABELS_7 if self.variant == "medium" else _LABELS_3

    @property
    def n_classes(self) -> int:
        """Number of classes, the one for "no arrival" included."""
        return len(self.labels)

    def weight_of(self, label: str) -> float:
        """How many times as much a class of :attr:`labels` counted in training as "no arrival"."""
        return {"N": 1.0, "P": self.P_weight, "S": self.S_weight}[label[0]]

    def check_length(self, n_samples: int) -> None:
        """Refuse a window length that the network cannot halve all the way down and double back up.

        Raises
        ------
        ConfigError
            ``n_samples`` is not a positive multiple of ``2**levels * stride``.
        """
        step = 2**self.levels * self.stride
        if n_samples < step or n_samples % step:
            raise ConfigError(
                f"a window of {n_samples} samples does not fit stride {self.stride}: the network halves the "
                f"{self.stride}-sample segments {self.levels} more times, so a multiple of {step} is needed"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON-ready values; :meth:`from_dict` takes them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LPPNConfig:
        """Build from :meth:`to_dict`'s output; an unknown key is a ConfigError."""
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"unknown configuration keys {unknown}; known are {sorted(known)}")
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigError(f"a configuration value has the wrong type: {error}") from error


def check_windowing(in_samples: int, overlap: int, blinding: int) -> None:
    """Refuse an overlap or blinding (samples) with which windows would not cover a record.

    Raises
    ------
    ConfigError
        Unless ``0 <= 2 * blinding <= overlap < in_samples``.
    """
    _require_int("overlap", overlap)
    _require_int("blinding", blinding)
    if not 0 <= overlap < in_samples:
        raise ConfigError(
            f"overlap is {overlap} samples; 0 <= overlap < {in_samples} (the window) is expected"
        )
    if not 0 <= 2 * blinding <= overlap:
        raise ConfigError(
            f"blinding is {blinding} samples; twice that must fit the overlap of {overlap}, "
            "or samples between two windows would never be picked"
        )


def _plain_int(value: Any) -> Any:
    return value if isinstance(value, bool) else int(value)


def _require_real(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ConfigError(f"{name} is {value!r}; a number is expected")


def _require_int(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{name} is {value!r}; a whole number is expected")

"""A labelled record as training takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError


@dataclass(frozen=True, eq=False)
class ArrayRecord:
    """Three components, and what is known about their arrivals.

    Parameters
    ----------
    data : ndarray, shape (3, n_samples), float32
        Rows in the model's component order, at its sampling rate, any unit. NaN where there is no data.
    p_sample, s_sample : float, optional
        Samples after the first, fractions kept. None is "no label", not "no arrival". An arrival before
        the first sample or after the last is known as well.
    is_noise : bool
        There is surely no arrival anywhere.
    doubtful : tuple of float
        Samples where arrivals seem to be that have no label.

    Attributes
    ----------
    complete : bool
        There are data everywhere: no NaN.

    Raises
    ------
    InputError
        Another shape or type, infinity, noise with an arrival, or S not after P.
    """

    data: NDArray[np.float32]
    p_sample: float | None = None
    s_sample: float | None = None
    is_noise: bool = False
    doubtful: tuple[float, ...] = ()
    complete: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "complete", check_waveform("the record", self.data))
        for phase, sample in (("P", self.p_sample), ("S", self.s_sample)):
            if sample is not None and not math.isfinite(sample):
                raise InputError(f"{phase} is at sample {sample}; a finite number is expected, or None")
        if self.is_noise and (self.p_sample is not None or self.s_sample is not None):
            raise InputError("the record is noise and has an arrival; one of the two is wrong")
        if self.p_sample is not None and self.s_sample is not None and self.s_sample <= self.p_sample:
            raise InputError(f"S (sample {self.s_sample}) does not come after P (sample {self.p_sample})")

    @property
    def n_samples(self) -> int:
        """Samples in each component."""
        return int(self.data.shape[1])

    @property
    def arrivals_inside(self) -> list[float]:
        """Known arrivals within the data, in order of time."""
        known = (self.p_sample, self.s_sample)
        return [sample for sample in known if sample is not None and 0 <= sample < self.n_samples]


def check_waveform(name: str, data: object) -> bool:
    """Refuse anything but float32 of shape (3, n_samples >= 1) without infinity.

    Returns
    -------
    bool
        There is no NaN either.

    Raises
    ------
    InputError
        With what ``name`` is instead.
    """
    if not isinstance(data, np.ndarray) or data.dtype != np.float32:
        kind = getattr(data, "dtype", type(data).__name__)
        raise InputError(f"{name} is {kind}; a float32 array (3, n_samples) is expected")
    if data.ndim != 2 or data.shape[0] != 3 or data.shape[1] == 0:
        raise InputError(f"{name} has shape {data.shape}; (3, n_samples) is expected")
    if np.isfinite(data).all():
        return True
    if np.isinf(data).any():
        raise InputError(f"{name} holds infinity; finite numbers, or NaN for no data, are expected")
    return False

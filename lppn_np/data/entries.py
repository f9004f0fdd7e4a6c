"""What a data set says of one record, the record itself, and the error for one that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lppn_np.errors import InputError


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What the metadata say of one record.

    Attributes
    ----------
    name : str
        The record's name in its data set.
    split : str
        ``"train"``, ``"dev"`` or ``"test"``, or whatever else the data set's own split column says.
    is_noise : bool
        The record holds no arrival at all. Only then does a label of None mean "no arrival".
    p_sample, s_sample : float or None
        Arrivals in samples at the data set's target rate. None where the record is not noise means
        *unknown*: there may well be an arrival that nobody picked.
    station : str
        ``NET.STA``, empty if neither is known.
    event : str
        Identity of the event, empty if unknown.
    snr_db, distance_km : float or None
        Signal-to-noise ratio (the mean over the components) and distance, if known.
    source : str
        Where the record came from: the column ``trace_source``, else the name of the folder.
    """

    name: str
    split: str
    is_noise: bool
    p_sample: float | None
    s_sample: float | None
    station: str
    event: str
    snr_db: float | None
    distance_km: float | None
    source: str


@dataclass(frozen=True, eq=False, slots=True)
class TraceRecord:
    """
    One record as the network takes it.

    Attributes
    ----------
    entry : Entry
        Its metadata; a label that turned out to lie outside the record has become None.
    data : np.ndarray, shape (3, n_samples), float32
        One row a component, in the data set's component order and at its rate; a component that the record
        lacks is a row of NaN, and nothing else is NaN or infinite.
    """

    entry: Entry
    data: np.ndarray[Any, np.dtype[np.float32]]


class UnusableRecord(InputError):  # noqa: N818, not the failure of a program
    """
    One record of a data set cannot be used; the others can.

    Attributes
    ----------
    name : str
        The record.
    reason : str
        What is wrong with it.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"record {name}: {reason}")
        self.name = name
        self.reason = reason

    def __reduce__(self) -> tuple[type[UnusableRecord], tuple[str, str]]:
        # An exception is rebuilt from its args, here the finished message: worker processes would choke.
        return type(self), (self.name, self.reason)

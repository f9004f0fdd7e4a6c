"""The time of a record's first sample: nanoseconds to count in, the caller's own kind to answer in."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from lppn_np.errors import InputError
from lppn_np.optional import require
from lppn_np.picking.times import clock

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Instant:
    """A point in time.

    Attributes
    ----------
    kind : {"number", "datetime", "datetime64", "utc"}
        What the caller gave: seconds, datetime (or text), NumPy's, or obspy's UTCDateTime.
    ns : int
        Nanoseconds, of a number after zero, of the others after 1970.
    value
        What the caller gave, None where nobody did.
    """

    kind: str
    ns: int
    value: Any

    @staticmethod
    def of(starttime: Any) -> Instant:
        """Take what :func:`lppn_np.pick` takes as ``starttime``, but for None.

        Raises
        ------
        InputError
            No time, or none that can be counted in nanoseconds.
        """
        time = clock(starttime)  # refuses what is no time
        if isinstance(starttime, Real):
            return Instant("number", round(float(starttime) * 1e9), float(starttime))
        if isinstance(starttime, np.datetime64):
            return Instant("datetime64", int(starttime.astype("datetime64[ns]").astype(np.int64)), starttime)
        value = time(0.0)  # text is read
        if isinstance(value, datetime.datetime):
            aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
            return Instant("datetime", (aware - _EPOCH) // datetime.timedelta(microseconds=1) * 1000, value)
        if isinstance(ns := getattr(value, "ns", None), int):
            return Instant("utc", ns, starttime)
        raise InputError(
            f"starttime is {starttime!r}; a number, ISO text, datetime or UTCDateTime is expected"
        )

    @property
    def clock(self) -> Callable[[float], Any]:
        """The function that turns seconds after this into a time of its kind."""
        return clock(self.value)

    def at(self, ns: int) -> Instant:
        """Another time, of the same kind, that nobody gave."""
        return Instant(self.kind, ns, None)

    def is_like(self, other: Instant) -> bool:
        """Whether one can be counted from the other: both are numbers, or neither."""
        return (self.kind == "number") == (other.kind == "number")

    def to_json(self) -> list[Any]:
        """What :meth:`from_json` takes back."""
        given = self.value.isoformat() if isinstance(self.value, datetime.datetime) else self.value
        return [self.kind, self.ns, given if self.kind in ("number", "datetime") else None]

    @staticmethod
    def from_json(values: Any) -> Instant:
        """Take what :meth:`to_json` gave; ValueError or TypeError for anything else."""
        kind, ns, value = values
        if not isinstance(ns, int) or kind not in ("number", "datetime", "datetime64", "utc"):
            raise ValueError(f"no time: {values!r}")
        if value is None and kind in ("number", "datetime"):
            return Instant(kind, ns, None)
        if kind == "number":
            return Instant(kind, ns, float(value))
        if kind == "datetime":
            return Instant(kind, ns, datetime.datetime.fromisoformat(value))
        if kind == "datetime64":
            return Instant(kind, ns, np.datetime64(ns, "ns"))
        return Instant(kind, ns, require("obspy", "waveforms").UTCDateTime(ns=ns))

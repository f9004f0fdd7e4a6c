"""Times of picks: as text for people, as whole nanoseconds for file formats."""

from __future__ import annotations

import datetime
from numbers import Real
from typing import Any

import numpy as np

from lppn_np.errors import InputError

SECOND = 10**9
DAY = 86_400 * SECOND
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def time_text(time: Any) -> str:
    """Seconds with four decimals for a number, ISO text for a date."""
    if isinstance(time, float | int):
        return f"{time:.4f}"
    return time.isoformat() if hasattr(time, "isoformat") else str(time)


def is_relative(time: Any) -> bool:
    """Whether a time is a bare number, seconds after some first sample."""
    return isinstance(time, Real)


def epoch_ns(time: Any, format_name: str) -> int:
    """Return nanoseconds since 1970, UTC, of a datetime (naive: UTC), datetime64 or UTCDateTime.

    Whole numbers: seconds since 1970 in float64 are only good to a quarter of a microsecond.

    Raises
    ------
    InputError
        A bare number, or no time at all; ``format_name`` says what needed a date.
    """
    if isinstance(time, datetime.datetime):
        aware = time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
        return (aware - _EPOCH) // datetime.timedelta(microseconds=1) * 1000
    if isinstance(time, np.datetime64) and not np.isnat(time):
        return int(time.astype("datetime64[ns]").astype(np.int64))
    nanoseconds = getattr(time, "ns", None)  # obspy's UTCDateTime
    if isinstance(nanoseconds, int):
        return nanoseconds
    raise InputError(
        f"the format {format_name!r} needs dates, a pick's time is {time!r}: give pick() the starttime of "
        "the record, as ISO text, datetime or UTCDateTime"
    )


def rounded(nanoseconds: int, unit: int) -> int:
    """Nanoseconds to the nearest multiple of a unit."""
    return (nanoseconds + unit // 2) // unit * unit


def iso_text(nanoseconds: int, decimals: int = 3) -> str:
    """ISO text without a zone, such as ``2019-07-04T17:33:49.040``; 3 or 6 decimals."""
    moment = utc(rounded(nanoseconds, 10 ** (9 - decimals)))
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if decimals == 3 else "microseconds")


def utc(nanoseconds: int) -> datetime.datetime:
    """Return a date in UTC, cut to microseconds."""
    return _EPOCH + datetime.timedelta(microseconds=nanoseconds // 1000)


def seconds_text(nanoseconds: int, decimals: int = 6) -> str:
    """Seconds as decimal text, exact in what is shown."""
    whole, rest = divmod(rounded(nanoseconds, 10 ** (9 - decimals)), SECOND)
    return f"{whole}.{rest // 10 ** (9 - decimals):0{decimals}d}"

"""From seconds after the first sample to the kind of time the caller uses."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from lppn_np.errors import InputError


def clock(starttime: Any) -> Callable[[float], Any]:
    """Return the function that turns seconds after the first sample into a time.

    Parameters
    ----------
    starttime : None, float, str, datetime, numpy.datetime64 or obspy.UTCDateTime
        Time of the first sample. None and numbers give floats; text is read as ISO 8601 and gives
        a datetime, in UTC where it names no zone; the others give their own kind.

    Raises
    ------
    InputError
        Anything else.
    """
    if starttime is None:
        return float
    if isinstance(starttime, bool):
        raise InputError(f"starttime is {starttime!r}; a time is expected")
    if isinstance(starttime, Real):
        origin = float(starttime)  # a NumPy float32 would lose the sample
        if not math.isfinite(origin):
            raise InputError(f"starttime is {starttime!r}; a time is expected")
        return lambda seconds: origin + seconds
    if isinstance(starttime, str):
        starttime = _parse(starttime)
    if isinstance(starttime, datetime.datetime):
        return lambda seconds: starttime + datetime.timedelta(seconds=seconds)
    if isinstance(starttime, np.datetime64) and not np.isnat(starttime):
        instant = starttime.astype("datetime64[ns]")
        return lambda seconds: instant + np.timedelta64(round(seconds * 1e9), "ns")
    try:
        difference = (starttime + 0.0) - starttime
    except TypeError:
        difference = None
    if not isinstance(difference, float):  # a UTCDateTime minus another is a number of seconds
        raise InputError(
            f"starttime is {starttime!r}; a number, ISO text, datetime or UTCDateTime is expected"
        )
    return lambda seconds: starttime + seconds


def _parse(text: str) -> datetime.datetime:
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"starttime {text!r} is not ISO 8601, such as 2019-07-04T17:33:49") from error
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)

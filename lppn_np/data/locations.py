"""SeisBench's record names: plain, or a block of many records with the record's place in it."""

from __future__ import annotations

import math

from lppn_np.errors import InputError

Index = int | slice


def split_location(location: str) -> tuple[str, str]:
    """
    The name of the hdf5 data set, and the place in it.

    Examples
    --------
    >>> split_location("109C.TA_20060723155859_EV"), split_location("bucket0$12,:3,:6000")
    (('109C.TA_20060723155859_EV', ''), ('bucket0', '12,:3,:6000'))
    """
    block, _, place = location.partition("$")
    return block, place


def parse_place(place: str) -> tuple[Index, ...]:
    """
    An index as NumPy takes it.

    Raises
    ------
    InputError
        The text is no index, or it steps backwards, which hdf5 cannot.

    Examples
    --------
    >>> parse_place("12,:3,:6000")
    (12, slice(None, 3, None), slice(None, 6000, None))
    """
    if not place:
        return ()
    try:
        return tuple(_dimension(part) for part in place.replace(" ", "").split(","))
    except ValueError:
        raise InputError(
            f"the place {place!r} after the $ of its name is no index such as 12,:3,:6000"
        ) from None


def _dimension(text: str) -> Index:
    parts = [int(part) if part else None for part in text.split(":")]
    if len(parts) == 1:
        if parts[0] is None:
            raise ValueError(text)
        return parts[0]
    if len(parts) > 3 or (len(parts) == 3 and parts[2] is not None and parts[2] < 1):
        raise ValueError(text)
    return slice(*parts)


def granted_samples(place: str, dimension_order: str) -> float:
    """
    How many samples a place grants, NaN unless it says so; to judge labels before anything is read.

    Examples
    --------
    >>> granted_samples("12,:3,:6000", "CW"), granted_samples("12", "CW")
    (6000.0, nan)
    """
    parts = place.split(",")
    if len(parts) != 1 + len(dimension_order):
        return math.nan
    start, colon, stop = parts[1 + dimension_order.index("W")].strip().partition(":")
    return float(stop) if colon and not start and stop.isdecimal() else math.nan

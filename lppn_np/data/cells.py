"""Cells of a metadata table: text in, a word or a number out, blank however it is spelled."""

from __future__ import annotations

import functools
import math
import re

#: What STEAD, pandas and people write where there is nothing.
_BLANK = frozenset({"", "nan", "none", "null", "na", "n/a", "<na>"})
_LONGEST_BLANK = max(map(len, _BLANK))
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def word(text: str) -> str:
    """
    Text without surrounding space, or ``""`` for any spelling of "nothing".

    Examples
    --------
    >>> word(" TA "), word("None"), word("nan")
    ('TA', '', '')
    """
    text = text.strip()
    # Opening STEAD comes here twenty million times: lower() only where it can matter.
    return "" if len(text) <= _LONGEST_BLANK and text.lower() in _BLANK else text


def number(text: str) -> float:
    """
    A finite number, or NaN if the cell is blank.

    Raises
    ------
    ValueError
        The cell holds something else.

    Examples
    --------
    >>> number("700.0"), number("None")
    (700.0, nan)
    """
    text = word(text)
    if not text:
        return math.nan
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


def number_or_nan(text: str) -> float:
    """Like :func:`number`, for columns in which nothing depends on a bad cell."""
    try:
        return number(text)
    except ValueError:
        return math.nan


def mean_of(text: str) -> float:
    """
    Mean of the numbers in a cell such as STEAD's ``[56.8 55.4 47.4]``, NaN if there is none.

    Examples
    --------
    >>> mean_of("[ 1.  2. nan  6.]"), mean_of("7.5|8.5"), mean_of("None")
    (3.0, 8.0, nan)
    """
    found = [value for digits in _NUMBER.findall(text) if math.isfinite(value := float(digits))]
    return sum(found) / len(found) if found else math.nan


@functools.lru_cache(maxsize=1024)
def letters(text: str) -> str:
    """
    Component letters, however they are listed.

    Examples
    --------
    >>> letters("ZNE"), letters("['Z', 'N', 'E']"), letters("nan")
    ('ZNE', 'ZNE', '')
    """
    return re.sub(r"[^A-Za-z0-9]", "", word(text)).upper()

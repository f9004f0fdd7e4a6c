"""The headers of a MiniSEED 2 file, read all at once, so that only a part of its samples need be unpacked.

Shards read the days before and after for some seconds at midnight. Unpacking these days costs what unpacking
their own days costs; reading 20,000 headers costs 1 ms.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEADER = 64
#: Of one sample: how far a record may begin from where the one before ends and still continue it for
#: libmseed, whose tolerance is half a sample, and how far it must be for a gap. Between the two is doubt.
_JOINED, _APART = 0.1, 1.0
_SECOND = 10**9


@dataclass(frozen=True, eq=False)
class Records:
    """The records of a file that is in order: one channel, one rate, one length, times that go forward.

    Attributes
    ----------
    length : int
        Bytes of each record.
    sampling_rate : float
        In Hz.
    size : ndarray of int64
        Samples.
    run : ndarray of intp
        Which trace each record belongs to: one after the other without a gap.
    start : ndarray of int64
        Nanoseconds after 1970 by the clock of the trace, which is that of its first record, as when the whole
        file is unpacked.
    """

    length: int
    sampling_rate: float
    size: NDArray[np.int64]
    run: NDArray[np.intp]
    start: NDArray[np.int64]

    def span(self) -> tuple[int, int]:
        """From the first sample to the end of the last, in nanoseconds after 1970."""
        last = round(int(self.size[-1]) * _SECOND / self.sampling_rate)
        return int(self.start[0]), int(self.start[-1]) + last

    def within(self, first: int, stop: int) -> slice:
        """Records with samples from ``first`` to ``stop`` (ns), and one more on either side."""
        low = int(np.searchsorted(self.start, first, "right")) - 2
        high = int(np.searchsorted(self.start, stop, "left")) + 1
        return slice(max(low, 0), min(high, len(self.start)))

    def runs(self, which: slice) -> list[tuple[int, int]]:
        """Of some records: when each of their traces begins (ns), and how many samples it has."""
        heads = np.flatnonzero(np.diff(self.run[which], prepend=-1))
        sizes = np.add.reduceat(self.size[which], heads)
        return list(zip(self.start[which][heads].tolist(), sizes.tolist(), strict=True))


def scan(content: bytes) -> Records | None:
    """Read the headers of a file; None if it is not in order, or not what most digitisers write.

    Parameters
    ----------
    content : bytes
        All of the file.
    """
    layout = _layout(content)
    if layout is None or layout.length < _HEADER or len(content) % layout.length:
        return None
    headers = np.frombuffer(content, np.uint8).reshape(-1, layout.length)[:, :_HEADER].copy()
    if not _are_alike(headers, layout):
        return None
    rate = _sampling_rate(headers)
    start, size = _start(headers, layout), _numbers(headers, 30)
    if rate <= 0 or start is None or not size.all():
        return None
    late = np.diff(start) - np.rint(size[:-1] * (_SECOND / rate))
    joined, apart = np.abs(late) < _JOINED * _SECOND / rate, late > _APART * _SECOND / rate
    if not (joined | apart).all():
        return None
    run = np.concatenate([[0], np.cumsum(apart)])
    return Records(layout.length, rate, size, run, _clock(start, size, run, rate))


def _clock(
    start: NDArray[np.int64], size: NDArray[np.int64], run: NDArray[np.intp], rate: float
) -> NDArray[np.int64]:
    """When records begin if in each run one sample follows the other."""
    heads = np.flatnonzero(np.diff(run, prepend=-1))[run]
    before = np.cumsum(size) - size
    return start[heads] + np.rint((before - before[heads]) * 1e9 / rate).astype(np.int64)


class _Layout(NamedTuple):
    """How the first header is written."""

    length: int
    constant: tuple[int, ...]  # bytes that must be the same in all records
    microseconds: int | None  # where blockette 1001 has them


def _layout(content: bytes) -> _Layout | None:
    """None for anything but blockette 1000 and 1001: others may change times or rates."""
    head = content[:_HEADER]
    if len(head) < _HEADER or head[46:48] != b"\x00\x30":
        return None
    (first, then), (second, end) = (struct.unpack(">HH", head[at : at + 4]) for at in (48, 56))
    chain = [*range(46, 52), *(range(56, 60) if then else ())]
    match first, then, second, end:
        case 1000, 0, _, _:
            at, microseconds = 48, None
        case 1000, 56, 1001, 0:
            at, microseconds = 48, 61
        case 1001, 56, 1000, 0:
            at, microseconds = 56, 53
        case _:
            return None
    way = range(at + 4, at + 7)  # encoding, order of bytes, length
    codes, rate, blockettes = range(7, 20), range(32, 36), 39
    return _Layout(1 << (head[at + 6] & 31), (*codes, *rate, blockettes, *chain, *way), microseconds)


def _are_alike(headers: NDArray[np.uint8], layout: _Layout) -> bool:
    """One channel and one way of writing it, and no clock was corrected."""
    kinds = np.isin(headers[:, 6], np.frombuffer(b"DRQM", np.uint8))
    alike = all((headers[:, i] == headers[0, i]).all() for i in layout.constant)
    return bool(alike and kinds.all() and not headers[:, 40:44].any())


def _sampling_rate(headers: NDArray[np.uint8]) -> float:
    """Factor and multiplier of the first header: Hz where they are positive, seconds where negative."""
    factor, multiplier = headers[0, 32:36].copy().view(">i2").tolist()
    if factor == 0 or multiplier == 0:
        return 0.0
    return float(
        (factor if factor > 0 else -1 / factor) * (multiplier if multiplier > 0 else -1 / multiplier)
    )


def _start(headers: NDArray[np.uint8], layout: _Layout) -> NDArray[np.int64] | None:
    """Nanoseconds after 1970; None if a time is none, or leaves doubt, as a leap second does."""
    year, day, fraction = (_numbers(headers, at) for at in (20, 22, 28))
    hour, minute, second = (headers[:, at].astype(np.int64) for at in (24, 25, 26))
    limits = (
        (year, 1970, 2100),
        (day, 1, 366),
        (hour, 0, 23),
        (minute, 0, 59),
        (second, 0, 59),
        (fraction, 0, 9999),
    )
    if any(values.min() < low or values.max() > high for values, low, high in limits):
        return None
    days = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + day - 1
    nanoseconds = (((days * 24 + hour) * 60 + minute) * 60 + second) * _SECOND + fraction * 100_000
    if layout.microseconds is not None:
        nanoseconds += headers[:, layout.microseconds].view(np.int8).astype(np.int64) * 1000
    return nanoseconds


def _numbers(headers: NDArray[np.uint8], at: int) -> NDArray[np.int64]:
    """Two bytes of each header."""
    return headers[:, at].astype(np.int64) * 256 + headers[:, at + 1]

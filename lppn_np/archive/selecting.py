"""Which channels and days of an archive are wanted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lppn_np.archive.layouts import FileName
from lppn_np.errors import ArchiveError

#: What is sampled at 100 Hz: H and E are broad-band and short-period channels of 80 to 250 Hz.
DEFAULT_CHANNELS = ("*.*.*.[EH]??",)


@dataclass(frozen=True)
class Selection:
    """Channels by pattern, days by range.

    Attributes
    ----------
    channels : tuple of str
        Patterns of ``NET.STA.LOC.CHA`` with ``*``, ``?`` and ``[...]``; one that fits is enough.
    start, end : datetime.date, optional
        First and last day.

    Raises
    ------
    ArchiveError
        A pattern without three dots, or a range without days.
    """

    channels: tuple[str, ...] = DEFAULT_CHANNELS
    start: datetime.date | None = None
    end: datetime.date | None = None

    def __post_init__(self) -> None:
        for channels in self.channels:
            if channels.count(".") != 3:
                raise ArchiveError(f"{channels!r} selects nothing; a pattern NET.STA.LOC.CHA is expected")
        if self.start and self.end and self.start > self.end:
            raise ArchiveError(f"the first day, {self.start}, is after the last, {self.end}")

    def takes(self, name: FileName) -> bool:
        """Whether a file is wanted."""
        if (self.start and name.day < self.start) or (self.end and name.day > self.end):
            return False
        return any(fnmatchcase(name.channel_id, channels) for channels in self.channels)

    def may_take(self, fields: Mapping[str, str]) -> bool:
        """Whether something wanted can be in a folder of which only some fields are known."""
        year = int(fields.get("year", 0))
        if year and ((self.start and year < self.start.year) or (self.end and year > self.end.year)):
            return False
        known = [fields.get(name) for name in ("network", "station", "location", "channel")]
        return any(
            all(
                code is None or fnmatchcase(code, part)
                for code, part in zip(known, channels.split("."), strict=True)
            )
            for channels in self.channels
        )

    def to_dict(self) -> dict[str, object]:
        """JSON-ready values."""
        return {
            "channels": list(self.channels),
            "start": None if self.start is None else self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
        }

"""``--from`` and ``--to``: days or moments, in UTC."""

from __future__ import annotations

import argparse
import datetime
from dataclasses import dataclass
from typing import Any

_DAY = datetime.timedelta(days=1)
#: Seconds of record kept around a span, more than a window of any network: context of what is inside.
MARGIN = 120.0


def moment(text: str) -> tuple[datetime.datetime, bool]:
    """Read ``2019-07-04`` or ``2019-07-04T17:33:49``; with it whether it was a day."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date, such as 2019-07-04 or 2019-07-04T17:33"
        ) from error
    is_day = len(text) <= len("2019-07-04")
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC), is_day


@dataclass(frozen=True)
class Span:
    """From a moment (included) to another (excluded); None is open.

    Attributes
    ----------
    start, stop : datetime, optional
    """

    start: datetime.datetime | None = None
    stop: datetime.datetime | None = None

    @classmethod
    def of(cls, first: Any, last: Any) -> Span:
        """From what :func:`moment` gave; a day as the end is included."""
        stop = None if last is None else last[0] + _DAY if last[1] else last[0]
        return cls(None if first is None else first[0], stop)

    def has_day(self, day: datetime.date) -> bool:
        """Whether any of a day lies inside."""
        midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)
        return not (
            (self.stop is not None and midnight >= self.stop)
            or (self.start is not None and midnight + _DAY <= self.start)
        )

    def trim(self, stream: Any, obspy: Any) -> None:
        """Cut a Stream to the span and the record around it that the network needs."""
        if self.start is not None:
            stream.trim(starttime=obspy.UTCDateTime(self.start) - MARGIN)
        if self.stop is not None:
            stream.trim(endtime=obspy.UTCDateTime(self.stop) + MARGIN)

    def cut(self, stream: Any) -> Any:
        """What of a Stream lies inside: to be drawn."""
        times = [None if end is None else _like(stream, end) for end in (self.start, self.stop)]
        return stream if times == [None, None] else stream.slice(*times)

    def holds(self, time: Any) -> bool:
        """Whether the time of a pick (UTCDateTime) lies inside."""
        date = time.datetime.replace(tzinfo=datetime.UTC)
        return (self.start is None or date >= self.start) and (self.stop is None or date < self.stop)


def _like(stream: Any, time: datetime.datetime) -> Any:
    """The time as the Stream's own kind."""
    return type(stream[0].stats.starttime)(time)

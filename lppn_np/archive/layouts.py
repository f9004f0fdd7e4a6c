"""How the files of an archive are named: patterns such as ``{year}/{network}/{station}/...``."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from lppn_np.archive.codes import LETTERS, Instrument, check_instrument
from lppn_np.errors import ArchiveError

#: Archives that have a name. SDS is SeisComP's; SCEDC and NCEDC keep their open data on S3 like this.
LAYOUTS = {
    "sds": "{year}/{network}/{station}/{channel}.D/{network}.{station}.{location}.{channel}.D.{year}.{jday}",
    "scedc": "{year}/{year}_{jday}/{network:2}{station:5}{channel:3}{location:2}_{year}{jday}.ms",
    "ncedc": "{network}/{year}/{year}.{jday}/{station}.{network}.{channel}.{location}.D.{year}.{jday}",
}
COMPONENTS = "ENZ12"
_FIELDS = {
    "network": f"[{LETTERS}]{{1,8}}",
    "station": f"[{LETTERS}]{{1,8}}",
    "location": f"[{LETTERS}]{{0,8}}",
    "channel": "[A-Za-z0-9]{3}",
    "year": r"[0-9]{4}",
    "jday": r"[0-9]{3}",
    "month": r"[0-9]{2}",
    "day": r"[0-9]{2}",
}
_PART = re.compile(
    r"\{(?P<field>[a-z]*)(?::(?P<width>[0-9]{1,2}))?\}|(?P<any>\*)|(?P<text>[^{}*]+)|(?P<bad>.)"
)


@dataclass(frozen=True)
class FileName:
    """What the name of a file says.

    Attributes
    ----------
    instrument : Instrument
    component : str
        One of E, N, Z, 1 and 2.
    day : datetime.date
        In UTC.
    """

    instrument: Instrument
    component: str
    day: datetime.date

    @property
    def channel_id(self) -> str:
        """``NET.STA.LOC.CHA``."""
        return f"{self.instrument.trace_id}.{self.instrument.band}{self.component}"


class Layout:
    """A pattern, level by level of its folders.

    Parameters
    ----------
    pattern : str
        A name in :data:`LAYOUTS`, or a path with the fields ``{network}``, ``{station}``, ``{location}``,
        ``{channel}``, ``{year}`` and ``{jday}`` (or ``{month}`` and ``{day}``). ``{station:5}`` is five
        characters wide, padded with underscores. ``*`` stands for anything within one level. A field that
        comes twice must be the same both times.

    Raises
    ------
    ArchiveError
        An unknown field, or one that is needed and missing.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = LAYOUTS.get(pattern.lower(), pattern)
        seen: set[str] = set()
        levels = [_level(level, seen, pattern) for level in self.pattern.strip("/").split("/")]
        missing = {"network", "station", "location", "channel", "year"} - seen
        if missing or not ({"jday"} <= seen or {"month", "day"} <= seen):
            names = ", ".join(sorted(missing)) or "jday, or month and day"
            raise ArchiveError(
                f"the pattern {pattern!r} lacks {names}; a name of {sorted(LAYOUTS)} or a path with "
                "{network}, {station}, {location}, {channel}, {year} and {jday} is expected"
            )
        self._levels = [re.compile("/".join(levels[: i + 1])) for i in range(len(levels))]

    @property
    def depth(self) -> int:
        """How many folders deep the files are, themselves included."""
        return len(self._levels)

    def fields(self, path: str, level: int) -> dict[str, str] | None:
        """What a path of ``level + 1`` parts says, as far as it goes; None if it does not fit."""
        match = self._levels[level].fullmatch(path)
        if match is None:
            return None
        return {name: value.rstrip("_") for name, value in match.groupdict().items()}

    def read(self, path: str) -> FileName | None:
        """Read a whole path, from the archive's root on; None where it is no file of a seismometer's day."""
        fields = self.fields(path, self.depth - 1)
        return None if fields is None else self.file_name(fields)

    def file_name(self, fields: dict[str, str]) -> FileName | None:
        """Read the fields of a whole path; None where they are no channel of a seismometer or no date."""
        band, component = fields["channel"][:2], fields["channel"][2:]
        day = _date(fields)
        if component not in tuple(COMPONENTS) or day is None:
            return None
        try:
            instrument = check_instrument(
                Instrument(fields["network"], fields["station"], fields["location"], band)
            )
        except ArchiveError:  # a code with padding inside, such as A_B
            return None
        return FileName(instrument, component, day)


def _date(fields: dict[str, str]) -> datetime.date | None:
    try:
        if "jday" in fields:
            first = datetime.date(int(fields["year"]), 1, 1)
            day = first + datetime.timedelta(days=int(fields["jday"]) - 1)
            return day if day.year == first.year else None
        return datetime.date(int(fields["year"]), int(fields["month"]), int(fields["day"]))
    except (ValueError, OverflowError):
        return None


def _level(text: str, seen: set[str], pattern: str) -> str:
    """Make a regular expression of one level of a pattern."""
    if text in ("", ".", ".."):
        raise ArchiveError(f"the pattern {pattern!r} holds a level {text!r}; names of folders are expected")
    parts = []
    for part in _PART.finditer(text):
        field, width = part["field"], part["width"]
        if part["any"]:
            parts.append("[^/]*")
        elif part["text"]:
            parts.append(re.escape(part["text"]))
        elif field not in _FIELDS or part["bad"]:
            raise ArchiveError(
                f"the pattern {pattern!r} is wrong at {part[0]!r}; known are {sorted(_FIELDS)}"
            )
        elif field in seen:
            parts.append(f"(?P={field})")
        else:
            seen.add(field)
            wide = f"[{LETTERS}_]{{{width}}}" if width else _FIELDS[field]
            parts.append(f"(?P<{field}>{wide})")
    return "".join(parts)

"""Files of an SDS archive: ``ROOT/YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from lppn_np.cli.pick_span import Span
from lppn_np.errors import InputError

#: Seismometers and accelerometers sampled at 10 Hz or more: an archive holds logs and slow channels as well.
_CHANNEL = re.compile("[BCDEFGHS][HLNG][ENZ12]")


def sds_files(root: Path, span: Span, stations: str) -> Iterator[tuple[Path, frozenset[str]]]:
    """Files of the wanted days and stations, each with its station, without opening any.

    Parameters
    ----------
    root : Path
    span : Span
        One day more is read on either side where it is there: its first minutes are context.
    stations : str
        Pattern of ``NET.STA.LOC``.

    Raises
    ------
    InputError
        No such folder, or nothing in it for these days.
    """
    if not root.is_dir():
        raise InputError(f"{root}: there is no such folder; the root of an SDS archive is expected")
    found = False
    for path in sorted(root.glob("[0-9][0-9][0-9][0-9]/*/*/*.D/*")):
        name = _station_and_day(path)
        if name is None or not fnmatchcase(name[0], stations):
            continue
        if _near(span, name[1]):
            found = True
            yield path, frozenset([name[0]])
    if not found:
        raise InputError(
            f"{root}: no files of these days and stations; an SDS archive, "
            "YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY, is expected"
        )


def _near(span: Span, day: datetime.date) -> bool:
    """Whether a day is wanted, or the one before or after one that is cut by the margin."""
    if span.start is None and span.stop is None:
        return True
    return any(span.has_day(day + datetime.timedelta(days=days)) for days in (-1, 0, 1))


def _station_and_day(path: Path) -> tuple[str, datetime.date] | None:
    parts = path.name.split(".")
    if len(parts) != 7 or parts[4] != "D" or not (parts[5].isdigit() and parts[6].isdigit()):
        return None
    year, number = int(parts[5]), int(parts[6])
    if not _CHANNEL.fullmatch(parts[3]) or not (1 <= year <= 9998 and 1 <= number <= 366):
        return None
    day = datetime.date(year, 1, 1) + datetime.timedelta(days=number - 1)
    return ".".join(parts[:3]), day

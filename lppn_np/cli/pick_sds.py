"""Files of an SDS archive for ``lppn-np pick``; :mod:`lppn_np.archive.layouts` reads their names."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from lppn_np.archive.layouts import Layout
from lppn_np.cli.pick_span import Span
from lppn_np.errors import InputError

#: Seismometers and accelerometers sampled at 10 Hz or more: an archive holds logs and slow channels as well.
_BAND = re.compile("[BCDEFGHS][HLNG]")


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
    layout = Layout("sds")
    found = False
    for path in sorted(root.glob("[0-9][0-9][0-9][0-9]/*/*/*.D/*")):
        name = layout.read(path.relative_to(root).as_posix())
        if name is None or not _BAND.fullmatch(name.instrument.band):
            continue
        trace_id = name.instrument.trace_id
        if fnmatchcase(trace_id, stations) and _near(span, name.day):
            found = True
            yield path, frozenset([trace_id])
    if not found:
        raise InputError(
            f"{root}: no files of these days and stations; an SDS archive, "
            "YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY, is expected"
        )


def _near(span: Span, day: datetime.date) -> bool:
    """Whether a day is wanted, or the one before or after one that is cut by the margin."""
    if span.start is None and span.stop is None:
        return True
    days = (day + datetime.timedelta(days=step) for step in (-1, 0, 1) if 1 < day.year < datetime.MAXYEAR)
    return any(map(span.has_day, days))

"""One file of an archive: its hash, its traces, and what is wrong with it."""

from __future__ import annotations

import datetime
import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lppn_np.archive.cutting import cut_trace
from lppn_np.archive.grid import Grid
from lppn_np.archive.partial import unpack_part
from lppn_np.archive.record_headers import scan
from lppn_np.archive.shard import Input, Shard
from lppn_np.archive.sources import Source, State
from lppn_np.errors import InputError
from lppn_np.waveforms.reading import unpack_stream

if TYPE_CHECKING:
    from obspy import Trace

#: Kinds of trouble that may go away by themselves: a later run reads such a file again, unchanged or not.
PASSING = ("unreadable", "changed")
_CHUNK = 2**22
#: Seconds that a day's file may reach beyond its midnights: records are filed by their first sample.
_OVERHANG = 600


@dataclass
class Fetched:
    """What came of one file.

    Attributes
    ----------
    file : Input
    state : State
        As it was when it was read.
    sha256 : str
        Of its bytes; empty if they could not be read.
    traces : list of obspy Trace
        Those that the file should hold.
    errors : list of (kind, message)
        Kinds: ``unreadable``, ``changed`` (while it was read), ``damaged``, ``foreign`` (another channel),
        ``misplaced`` (data of other days).
    notes : list of str
    """

    file: Input
    state: State
    sha256: str = ""
    traces: list[Trace] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def fetch(
    source: Source, shard: Shard, file: Input, grid: Grid, within: tuple[int, int] | None = None
) -> Fetched:
    """Read a file once, hash it and unpack it; whatever is wrong with it is in the result.

    Parameters
    ----------
    source : Source
    shard : Shard
    file : Input
    grid : Grid
    within : (int, int), optional
        Samples [first, stop) of the grid that are wanted. Of a file in order, no others are unpacked.
    """
    fetched = Fetched(file, file.state)
    try:
        fetched.state = source.state(file.path)
        with source.local(file.path) as path:
            content = path.read_bytes()
            fetched.sha256 = hashlib.sha256(content).hexdigest()
            ends = None if within is None else _ends(fetched, content, grid, within)
            if ends is None:
                _read(fetched, path, content)
            else:
                fetched.traces = ends
        if source.state(file.path) != fetched.state:
            fetched.sha256, fetched.traces = "", []
            fetched.errors.append(("changed", "it was changed while it was read"))
    except OSError as error:
        fetched.sha256, fetched.traces = "", []
        fetched.errors.append(("unreadable", f"{type(error).__name__}: {error.strerror or error}"))
    _keep_own(fetched, f"{shard.instrument.trace_id}.{shard.instrument.band}{file.component}")
    _keep_day(fetched, grid)
    return fetched


def sha256_of(path: Path) -> str:
    """Hash a file, a few MB at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _ends(fetched: Fetched, content: bytes, grid: Grid, within: tuple[int, int]) -> list[Trace] | None:
    """Traces of the wanted part; None if the file is better unpacked whole, to say what is wrong with it."""
    records = scan(content)
    if records is None or records.sampling_rate != float(grid.rate):
        return None
    (first, stop), (low, high) = _of_day(fetched.file.day, grid), within
    begin, end = records.span()
    if grid.index(begin) < first or grid.index(end) > stop:
        return None
    return unpack_part(content, records, grid.nanoseconds(low), grid.nanoseconds(high))


def _read(fetched: Fetched, path: Path, content: bytes) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fetched.traces = list(unpack_stream(path, content).traces)
        except InputError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            # The place where the file was for a moment says nothing to a reader of the report.
            fetched.errors.append(("damaged", str(error).replace(str(path), fetched.file.path)))
    length = _record_length(content) if fetched.traces else 0
    if length and fetched.state.size % length:
        fetched.errors.append(
            ("damaged", f"it ends within a record, {fetched.state.size % length} bytes long")
        )
    # obspy warns of records that it has skipped.
    fetched.notes += sorted({_once(f"{w.category.__name__}: {w.message}", path, fetched) for w in caught})


def _record_length(content: bytes) -> int:
    """Bytes of the records of a MiniSEED 2 file, from its first header; 0 where that does not say."""
    head = content[:64]
    if len(head) < 64 or head[6:7] not in b"DRQM":
        return 0
    at = min(int.from_bytes(head[46:48], "big"), int.from_bytes(head[46:48], "little"))
    blockette = head[at : at + 7]
    is_1000 = len(blockette) == 7 and blockette[:2] in (b"\x03\xe8", b"\xe8\x03")
    return 1 << blockette[6] if is_1000 and blockette[6] < 32 else 0


def _once(text: str, path: Path, fetched: Fetched) -> str:
    return text.replace(str(path), fetched.file.path)[:300]


def _keep_own(fetched: Fetched, channel_id: str) -> None:
    """Leave out traces of other channels: data under a wrong name would become wrong picks."""
    strangers = sorted({str(trace.id) for trace in fetched.traces} - {channel_id})
    if strangers:
        names = ", ".join(strangers[:5])
        fetched.errors.append(("foreign", f"it holds {names}; {channel_id} is expected from its name"))
        fetched.traces = [trace for trace in fetched.traces if str(trace.id) == channel_id]


def _keep_day(fetched: Fetched, grid: Grid) -> None:
    """Leave out what is not of the file's day: another day's file, or a clock that was wrong."""
    day = fetched.file.day
    first, stop = _of_day(day, grid)
    cuts = [cut for trace in fetched.traces if (cut := cut_trace(grid, trace, first, stop)) is not None]
    total, kept = (sum(len(trace.data) for trace in traces) for traces in (fetched.traces, cuts))
    if kept < total:
        times = sorted(str(trace.stats.starttime) for trace in fetched.traces)
        fetched.errors.append(
            (
                "misplaced",
                f"{total - kept} of {total} samples are not of {day}; its traces start at {times[0]}",
            )
        )
    fetched.traces = cuts


def _of_day(day: datetime.date, grid: Grid) -> tuple[int, int]:
    """Samples [first, stop) of the grid that a day's file may hold."""
    margin = int(_OVERHANG * grid.rate)
    return grid.midnight(day) - margin, grid.midnight(day + datetime.timedelta(days=1)) + margin

"""One file of an archive: its hash, its traces, and what is wrong with it."""

from __future__ import annotations

import datetime
import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lppn_np.archive.shard import Input, Shard
from lppn_np.archive.sources import Source, State
from lppn_np.errors import InputError
from lppn_np.waveforms import read_stream

if TYPE_CHECKING:
    from obspy import Trace

#: Kinds of trouble that may go away by themselves: a later run reads such a file again, unchanged or not.
PASSING = ("unreadable", "changed")
_CHUNK = 2**22


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
        ``misplaced`` (no data of its day).
    notes : list of str
    """

    file: Input
    state: State
    sha256: str = ""
    traces: list[Trace] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def fetch(source: Source, shard: Shard, file: Input) -> Fetched:
    """Hash and read a file; whatever is wrong with it is in the result."""
    fetched = Fetched(file, file.state)
    try:
        fetched.state = source.state(file.path)
        with source.local(file.path) as path:
            fetched.sha256 = sha256_of(path)
            _read(fetched, path)
        if source.state(file.path) != fetched.state:
            fetched.sha256, fetched.traces = "", []
            fetched.errors.append(("changed", "it was changed while it was read"))
    except OSError as error:
        fetched.sha256, fetched.traces = "", []
        fetched.errors.append(("unreadable", f"{type(error).__name__}: {error.strerror or error}"))
    _keep_own(fetched, f"{shard.instrument.trace_id}.{shard.instrument.band}{file.component}")
    _check_day(fetched)
    return fetched


def sha256_of(path: Path) -> str:
    """Hash a file, a few MB at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read(fetched: Fetched, path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fetched.traces = list(read_stream(path).traces)
        except InputError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            # The place where the file was for a moment says nothing to a reader of the report.
            fetched.errors.append(("damaged", str(error).replace(str(path), fetched.file.path)))
    # obspy warns of records that it has skipped and of files that end within one.
    fetched.notes += sorted({_once(f"{w.category.__name__}: {w.message}", path, fetched) for w in caught})


def _once(text: str, path: Path, fetched: Fetched) -> str:
    return text.replace(str(path), fetched.file.path)[:300]


def _keep_own(fetched: Fetched, channel_id: str) -> None:
    """Leave out traces of other channels: data under a wrong name would become wrong picks."""
    strangers = sorted({str(trace.id) for trace in fetched.traces} - {channel_id})
    if strangers:
        names = ", ".join(strangers[:5])
        fetched.errors.append(("foreign", f"it holds {names}; {channel_id} is expected from its name"))
        fetched.traces = [trace for trace in fetched.traces if str(trace.id) == channel_id]


def _check_day(fetched: Fetched) -> None:
    """Say so where a file is another day's, or a clock was wrong. Its data count where they belong."""
    first = datetime.datetime.combine(fetched.file.day, datetime.time(), datetime.UTC).timestamp()
    spans = [(float(t.stats.starttime), float(t.stats.endtime)) for t in fetched.traces]
    if spans and not any(start < first + 86_400 and end >= first for start, end in spans):
        times = sorted(str(trace.stats.starttime) for trace in fetched.traces)
        fetched.errors.append(("misplaced", f"no data of {fetched.file.day}, its traces start at {times[0]}"))

"""Picks as JSON lines, each written at once; after a restart none is written again."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from lppn_np.errors import InputError
from lppn_np.exporters.origin import origin_fields
from lppn_np.exporters.times import epoch_ns, iso_text
from lppn_np.picks import Pick

_KEYS = ("trace_id", "phase", "time")


class Journal:
    """A file, or standard output, that picks are added to.

    A restart takes up the state that was saved last, which may be older than the last line. What is picked
    again then is recognised by the lines after :attr:`position`, and left out.

    Parameters
    ----------
    stream : binary file
        Written to, and flushed after each pick.
    known : set of str
        Picks that are there already.
    """

    def __init__(self, stream: BinaryIO, known: Iterable[str] = ()) -> None:
        self._stream, self._known = stream, set(known)
        self.n_written = 0

    @staticmethod
    def append_to(path: Path, position: int | None) -> Journal:
        """Go on with a file.

        Parameters
        ----------
        path : Path
        position : int or None
            Bytes that it had when the state was saved; None where there is no state.

        Raises
        ------
        InputError
            It cannot be written, or is shorter than that.
        """
        try:
            stream = path.open("a+b")
            with contextlib.ExitStack() as stack:
                stack.push(stream)
                known = _lines_after(stream, position, path)
                stack.pop_all()
            return Journal(stream, known)
        except (OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{path}: cannot be gone on with ({error})") from error

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def add(self, picks: Iterable[Pick]) -> None:
        """Write picks that are not there yet."""
        for pick in picks:
            line = as_dict(pick)
            if (key := _key(line)) in self._known:
                self._known.discard(key)
                continue
            self._stream.write(json.dumps(line).encode() + b"\n")
            self._stream.flush()
            self.n_written += 1

    def sync(self) -> int | None:
        """Have all on the disk, and return how many bytes that are; None where it is no file."""
        try:
            os.fsync(self._stream.fileno())
            return self._stream.seek(0, os.SEEK_END)
        except OSError:  # a pipe, or a terminal
            return None


def _lines_after(stream: BinaryIO, position: int | None, path: Path) -> set[str]:
    """Picks in a file after what a state knows of; half a line at its end is removed."""
    if position is None:
        return set()
    size = stream.seek(0, os.SEEK_END)
    if size < position:
        raise InputError(f"{path}: {size} bytes, where the state knows of {position}: another file?")
    stream.seek(position)
    lines = stream.read().split(b"\n")
    if lines[-1]:
        stream.truncate(size - len(lines[-1]))
    return {_key(json.loads(line)) for line in lines[:-1] if line}


def as_dict(pick: Pick) -> dict[str, Any]:
    """What a line tells: times in ISO 8601 and UTC, seconds that the pick took, what made it."""
    return {
        "trace_id": pick.trace_id,
        "phase": pick.phase,
        "time": _iso(pick.peak_time),
        "probability": round(float(pick.peak_value or 0), 6),
        "start": _iso(pick.start_time),
        "end": _iso(pick.end_time),
        "snr": None if pick.snr is None else round(pick.snr, 2),
        "latency": round(getattr(pick, "latency", 0.0), 3),
        "delay": round(time.time() - epoch_ns(pick.peak_time, "json") / 1e9, 3),
        **origin_fields(pick),
    }


def _iso(value: Any) -> str:
    return iso_text(epoch_ns(value, "json"), 6) + "Z"


def _key(line: dict[str, Any]) -> str:
    return json.dumps([line[name] for name in _KEYS])

"""Waveform files to an obspy Stream; whatever is wrong with a file ends as one kind of error."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lppn_np.errors import InputError
from lppn_np.optional import require
from lppn_np.waveforms.miniseed import is_miniseed, read_miniseed, unpack_miniseed

if TYPE_CHECKING:
    from obspy import Stream

StrPath = str | os.PathLike[str]
# obspy unpickles, that is runs, any file that shows this among its first 100 bytes.
PICKLED_STREAM = b"obspy.core.stream"


READERS = ("auto", "obspy", "pymseed")


def read_stream(paths: StrPath | Iterable[StrPath], reader: str = "auto", headonly: bool = False) -> Stream:
    """
    Read waveform files of any format that obspy knows, recognised by their content.

    Paths are files: neither URLs nor patterns, ``*`` and ``[`` are ordinary characters. Archives and
    compressed files must be unpacked first. Pickled Streams are refused, because reading one can run
    any program.

    Parameters
    ----------
    paths
        One path or several.
    reader : {"auto", "obspy", "pymseed"}
        For MiniSEED: pymseed where it is installed, never, or an error without it. What pymseed does not take
        and every other format is obspy's.
    headonly : bool
        Names, times and lengths without samples.

    Returns
    -------
    Stream
        The traces of all the files, in their order, nothing merged.

    Raises
    ------
    InputError
        A file is missing, empty, a directory, damaged, or no waveform file; the message names it.
    MissingDependencyError
        obspy is not installed, or pymseed where it was asked for.
    """
    if reader not in READERS:
        raise InputError(f"reader is {reader!r}; expected one of {READERS}")
    if reader == "pymseed":
        require("pymseed", "miniseed")
    stream = require("obspy", "waveforms").Stream()
    for file in _files(paths):
        stream.extend(_read_file(file, reader, headonly).traces)
    return stream


def unpack_stream(path: StrPath, content: bytes) -> Stream:
    """
    As :func:`read_stream`, for one file whose bytes have been read already.

    Parameters
    ----------
    path
        Where the file is, for obspy, which reads what pymseed does not take, and for messages.
    content
        All of the file.
    """
    stream = unpack_miniseed(content) if is_miniseed(content[:8]) else None
    return stream if stream is not None else _read_file(path, "obspy", headonly=False)


def _files(paths: StrPath | Iterable[StrPath]) -> list[StrPath]:
    if isinstance(paths, str | bytes | os.PathLike):
        return [paths]
    if not isinstance(paths, Iterable):
        raise InputError(f"expected one path or several, got {type(paths).__name__}")
    files = list(paths)
    if not files:
        raise InputError("no file to read: expected one path or several")
    return files


def _read_file(file: StrPath, reader: str, headonly: bool) -> Stream:
    # Readers of damaged files raise anything, TypeError to struct.error; warnings may be errors as well.
    try:
        path = Path(file)
        start = _check_file(path)
        fast = reader != "obspy" and not headonly and is_miniseed(start)
        stream = read_miniseed(path) if fast else None
        if stream is not None:
            return stream
        # obspy would expand patterns, and look into archives for Streams that are pickled.
        stream = require("obspy", "waveforms").read(
            glob.escape(str(path)), check_compression=False, headonly=headonly
        )
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"cannot read {file}: {_cause(error)}") from error
    if not stream:
        raise InputError(f"cannot read {file}: it holds no traces")
    return stream


def _check_file(path: Path) -> bytes:
    """Return the first bytes of a file that may be read."""
    if path.is_dir():
        raise InputError(f"cannot read {path}: it is a directory, expected a file")
    if not path.is_file():
        raise InputError(f"cannot read {path}: no such file (patterns and URLs are not followed)")
    with path.open("rb") as file:
        start = file.read(100)
    if not start:
        raise InputError(f"cannot read {path}: the file is empty")
    if PICKLED_STREAM in start:
        raise InputError(f"cannot read {path}: pickled Streams are unsafe, save it as MiniSEED instead")
    return start


def _cause(error: Exception) -> str:
    if isinstance(error, TypeError) and str(error).startswith("Unknown format"):
        return "not a waveform format that obspy knows (compressed files must be unpacked first)"
    return f"{type(error).__name__}: {error}"

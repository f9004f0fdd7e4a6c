"""MiniSEED records out of a pipe, as they come."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from lppn_np.errors import InputError
from lppn_np.optional import require

if TYPE_CHECKING:
    from obspy import Stream

#: Of a data record of version 2: sequence number, quality, a space.
_DATA = re.compile(rb"[0-9 \0]{6}[DRQM][ \0]")
_FIXED = 48
_SHORTEST, _LONGEST = 7, 20  # powers of two
_GULP = 2**16


def packets(pipe: BinaryIO, report: Callable[[str], None]) -> Iterator[Stream]:
    """Yield the traces of what has come, as soon as records are whole.

    Parameters
    ----------
    pipe : binary file
        Read as it fills.
    report : callable
        Called with a text for each record that cannot be decoded, which is left out.

    Raises
    ------
    InputError
        Something else than MiniSEED records of version 2.
    """
    held, at = b"", 0
    read = getattr(pipe, "read1", pipe.read)
    while gulp := read(_GULP):
        held += gulp
        whole = 0
        while size := record_size(held[whole : whole + 2**12], at + whole):
            if whole + size > len(held):
                break
            whole += size
        if whole:
            yield decode(held[:whole], at, report)
            held, at = held[whole:], at + whole
    if held:
        report(f"{len(held)} bytes at the end of the input are no whole record")


def record_size(start: bytes, at: int = 0) -> int:
    """Bytes in the record that starts so; 0 where more of it is needed to tell.

    Parameters
    ----------
    start : bytes
        Of the record, up to its first blockettes.
    at : int
        Where it is in the input, for the message.

    Raises
    ------
    InputError
        It is no record, or it does not tell its length.
    """
    if len(start) < _FIXED:
        return 0
    if not _DATA.match(start):
        kind = "version 3" if start[:3] == b"MS\x03" else repr(start[:8])
        raise InputError(f"byte {at} of the input: a MiniSEED record of version 2 is expected, not {kind}")
    year = struct.unpack_from(">H", start, 20)[0]
    order = ">" if 1900 <= year <= 2500 else "<"
    n_blockettes, place = start[39], struct.unpack_from(order + "H", start, 46)[0]
    for _ in range(n_blockettes):
        if len(start) < place + 8:
            if len(start) >= 2**12:
                break
            return 0
        kind, following = struct.unpack_from(order + "HH", start, place)
        if kind == 1000:
            power = int(start[place + 6])
            if not _SHORTEST <= power <= _LONGEST:
                break
            return 1 << power
        if following <= place:
            break
        place = following
    raise InputError(
        f"byte {at} of the input: a MiniSEED record that does not tell its length (blockette 1000)"
    )


def decode(records: bytes, at: int, report: Callable[[str], None]) -> Stream:
    """Traces of whole records; records that cannot be decoded are reported and left out."""
    obspy = require("obspy", "waveforms")
    try:
        return obspy.Stream(_traces(records))
    except Exception as error:  # whatever obspy raises on a damaged record, a warning among it
        size = record_size(records)
        if size >= len(records):
            report(f"byte {at} of the input: a record that cannot be decoded ({error})")
            return obspy.Stream()
    stream, first = obspy.Stream(), 0
    while first < len(records):  # one by one, to lose no more than the damaged one
        size = record_size(records[first : first + 2**12])
        stream += decode(records[first : first + size], at + first, report)
        first += size
    return stream


def _traces(records: bytes) -> list[Any]:
    read = require("obspy.io.mseed.core", "waveforms")._read_mseed
    return [trace for trace in read(io.BytesIO(records)) if trace.stats.npts]

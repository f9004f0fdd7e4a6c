"""The pickle opcodes that torch.save writes, and how their arguments are read.

:func:`pickletools.genops` does nearly this, but it evaluates the argument of an opcode before its caller
can refuse the opcode (text opcodes reach ``codecs.escape_decode`` and ``int``) and takes broken Unicode.
Here an opcode that is not listed is refused at its first byte. The test compares the two on real files.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Iterator

from lppn_np.archive_guard import shorten
from lppn_np.errors import CheckpointError

Argument = int | float | str | tuple[str, str] | None

_NAMES = {ord(opcode.code): opcode.name for opcode in pickletools.opcodes}

# fmt: off
_BARE = frozenset({
    "APPEND", "APPENDS", "BINPERSID", "BUILD", "EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "MARK", "MEMOIZE",
    "NEWFALSE", "NEWOBJ", "NEWTRUE", "NONE", "REDUCE", "SETITEM", "SETITEMS", "STACK_GLOBAL", "STOP",
    "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
})
# fmt: on
_NUMBERS = {
    "PROTO": struct.Struct("<B"),
    "FRAME": struct.Struct("<Q"),
    "BININT": struct.Struct("<i"),
    "BININT1": struct.Struct("<B"),
    "BININT2": struct.Struct("<H"),
    "BINFLOAT": struct.Struct(">d"),
    "BINGET": struct.Struct("<B"),
    "LONG_BINGET": struct.Struct("<I"),
    "BINPUT": struct.Struct("<B"),
    "LONG_BINPUT": struct.Struct("<I"),
}
_COUNTED = {  # a length, then so many bytes
    "LONG1": struct.Struct("<B"),
    "SHORT_BINUNICODE": struct.Struct("<B"),
    "BINUNICODE": struct.Struct("<I"),
}
OPCODES = frozenset({"GLOBAL", *_BARE, *_NUMBERS, *_COUNTED})


def read_opcodes(data: bytes) -> Iterator[tuple[int, str, Argument]]:
    """Take a pickle apart without running it; the first opcode is PROTO and the last one STOP.

    Parameters
    ----------
    data : bytes
        The whole pickle.

    Yields
    ------
    tuple
        Byte offset, name of the opcode, argument. That of GLOBAL is the pair (module, name).
    """
    if data[:1] != b"\x80":
        raise CheckpointError("does not start like a pickle of protocol 2 or later")
    position, name = 0, ""
    while name != "STOP":
        start = position
        name = _opcode_at(data, start)
        argument, position = _argument_at(data, start + 1, name)
        yield start, name, argument
    if position != len(data):
        raise CheckpointError(f"{len(data) - position:,} bytes follow the end of the pickle")


def _opcode_at(data: bytes, position: int) -> str:
    if position >= len(data):
        raise CheckpointError(f"the pickle ends at byte {position:,} without a STOP: it is cut short")
    code = data[position]
    name = _NAMES.get(code, f"0x{code:02x}")
    if name not in OPCODES:
        raise CheckpointError(
            f"opcode {name} at byte {position:,} is not one that a checkpoint needs; nothing was run"
        )
    return name


def _argument_at(data: bytes, position: int, name: str) -> tuple[Argument, int]:
    """Read the argument at ``position``; return it and the position behind it."""
    if name in _BARE:
        return None, position
    if name == "GLOBAL":
        module, position = _line_at(data, position)
        attribute, position = _line_at(data, position)
        return (module, attribute), position
    number, position = _number_at(data, position, _NUMBERS.get(name) or _COUNTED[name])
    if name not in _COUNTED:
        _check_header(data, position, name, number)
        return number, position
    end = position + int(number)
    if end > len(data):
        raise CheckpointError(f"the pickle is cut short in the {number:,} bytes of {name} at {position:,}")
    payload = data[position:end]
    if name == "LONG1":
        return int.from_bytes(payload, "little", signed=True), end
    return _decode(payload, position), end


def _number_at(data: bytes, position: int, form: struct.Struct) -> tuple[int | float, int]:
    end = position + form.size
    if end > len(data):
        raise CheckpointError(f"the pickle is cut short at byte {len(data):,}")
    number: int | float = form.unpack_from(data, position)[0]
    return number, end


def _check_header(data: bytes, position: int, name: str, number: int | float) -> None:
    if name == "PROTO" and (position != 2 or not 2 <= number <= 5):
        raise CheckpointError(f"pickle protocol {number} at byte {position - 2:,}; expected 2 to 5 at byte 0")
    if name == "FRAME" and number > len(data) - position:
        raise CheckpointError(f"a frame of {number:,} bytes at byte {position:,} is cut short")


def _line_at(data: bytes, position: int) -> tuple[str, int]:
    end = data.find(b"\n", position)
    if end < 0:
        raise CheckpointError(f"the pickle is cut short in the name at byte {position:,}")
    return _decode(data[position:end], position), end + 1


def _decode(payload: bytes, position: int) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        found = shorten(payload[:20].decode("latin-1"))
        raise CheckpointError(f"the text {found} at byte {position:,} is not UTF-8") from error

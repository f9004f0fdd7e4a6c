"""Files that are no checkpoint: say what they are, and what to do about it.

Only the first bytes, or the names in a zip archive, are looked at.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

from lppn_np.archive_guard import shorten

HEAD_BYTES = 512
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is one without members

# The number 0x1950a86a20f9469cfc6c as a pickle holds it: the start of every torch.save before 1.6.
_LEGACY_MAGIC = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
_SAVE_AGAIN = "load it in PyTorch and save it again with torch.save(model.state_dict(), path)"


def describe_foreign(head: bytes) -> str | None:
    """Say what a file is that cannot be a checkpoint, or None where it may be one.

    Parameters
    ----------
    head : bytes
        The first ``HEAD_BYTES`` of the file, or all of a shorter one.
    """
    if head.startswith(_ZIP):
        return None
    for matches, message in _KINDS:
        if matches(head):
            return message
    return "not a PyTorch checkpoint: expected a zip archive as torch.save or torch.jit.save writes it"


def describe_foreign_archive(names: Sequence[str]) -> str:
    """Say what a zip archive is that holds no ``data.pkl``.

    Parameters
    ----------
    names : sequence of str
        The archive's members.
    """
    if names and all(name.endswith(".npy") for name in names):
        return (
            "a NumPy .npz archive, not a PyTorch checkpoint: weights that lppn-np saved are loaded with "
            "lppn_np.LPPN.load(path)"
        )
    found = ", ".join(shorten(name, 40) for name in names[:3]) or "nothing"
    return f"a zip archive without a data.pkl, so not a PyTorch checkpoint; it holds {found}"


def _is_safetensors(head: bytes) -> bool:
    # The length of a JSON header, then the header.
    return len(head) > 9 and int.from_bytes(head[:8], "little") < 2**27 and head[8:9] == b"{"


def _is_onnx(head: bytes) -> bool:
    # A protobuf message: field 1 is the version (a small number), then one of the fields of a model.
    return len(head) > 3 and head[0] == 0x08 and head[1] < 0x20 and head[2] in b"\x12\x1a\x22\x3a\x42"


def _is_text(head: bytes) -> bool:
    # No control characters but white space. The decoder forgives a last character that is cut.
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


# The first that matches counts: a pickle's text form and a web page are both text.
_KINDS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: not head, "the file is empty"),
    (
        lambda head: _LEGACY_MAGIC in head[:32],
        f"a checkpoint in the form that PyTorch wrote before 1.6, which is not read: {_SAVE_AGAIN}",
    ),
    (
        lambda head: head[257:262] == b"ustar",
        f"a tar archive, as the first PyTorch versions wrote them, which is not read: {_SAVE_AGAIN}",
    ),
    (
        lambda head: head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"),
        f"a bare Python pickle, not a PyTorch checkpoint; it was not read: {_SAVE_AGAIN}",
    ),
    (
        _starts(b"(dp0\n", b"(lp0\n", b"ccollections\n", b"ccopy_reg\n", b"c__builtin__\n", b"c__main__\n"),
        f"a bare Python pickle of protocol 0, not a PyTorch checkpoint; it was not read: {_SAVE_AGAIN}",
    ),
    (_starts(b"\x89HDF\r\n\x1a\n"), "an HDF5 file (Keras weights?), not a PyTorch checkpoint"),
    (_is_safetensors, f"a safetensors file, not a PyTorch checkpoint: {_SAVE_AGAIN}"),
    (_starts(b"\x93NUMPY"), "a NumPy .npy array, not a PyTorch checkpoint"),
    (
        _starts(b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c"),
        "a compressed file: unpack it first",
    ),
    (_is_onnx, "an ONNX model, not a PyTorch checkpoint: export from the PyTorch model's state_dict instead"),
    (
        _starts(b"version https://git-lfs"),
        "a Git LFS pointer, not the checkpoint itself: fetch it with git lfs pull",
    ),
    (
        lambda head: head.lstrip()[:1] == b"<" and _is_text(head),
        "a web page (HTML or XML), not a checkpoint: probably a failed download",
    ),
    (_is_text, "a text file, not a checkpoint: probably a failed download"),
)

"""Opening a zip archive that came from somebody else.

A zip file may promise a hundred gigabytes, or list a member twice so that two programs read two things.
All that its directory promises is checked before a member is read, and whatever goes wrong is one error.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lppn_np.errors import LPPNError

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 512 * 2**20
MAX_TOTAL_BYTES = 2**30

# zipfile reads the whole central directory in one call and makes an object of about half a kilobyte for
# every 46 bytes of it, before anybody can count the members. 4 MiB is 400 bytes for each of 10,000 members.
MAX_SINGLE_READ = 4 * 2**20

_CHUNK = 2**20
_DEFLATE_RATIO = 1032  # a match of 258 bytes costs at least two bits
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000  # encrypted, strongly encrypted, encrypted directory


class _BoundedFile(io.BufferedReader):
    """A file that refuses to be read in one large gulp, whatever size an archive's directory claims."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most ``size`` bytes, and never more than ``MAX_SINGLE_READ``."""
        if size is not None and size > MAX_SINGLE_READ:
            raise zipfile.BadZipFile(f"a directory of {size:,} bytes; at most {MAX_SINGLE_READ:,} are read")
        return super().read(MAX_SINGLE_READ if size is None or size < 0 else size)


class GuardedArchive:
    """A zip archive whose directory has been checked; :func:`open_archive` makes one."""

    def __init__(self, path: Path, error: type[LPPNError], archive: zipfile.ZipFile) -> None:
        self.path = path
        self._error = error
        self._archive = archive
        self._members = {member.filename: member for member in archive.infolist()}

    @property
    def names(self) -> list[str]:
        """The names of the members, in the order of the archive's directory."""
        return list(self._members)

    def fail(self, message: str) -> LPPNError:
        """Return an error of the kind that was asked for, the path in front of ``message``.

        Parameters
        ----------
        message : str
            What was found and what was expected.
        """
        return self._error(f"{self.path}: {message}")

    def read(self, name: str, limit: int = MAX_MEMBER_BYTES) -> bytes:
        """Read one member whole; its length and its CRC have been checked when this returns.

        Parameters
        ----------
        name : str
            One of ``names``.
        limit : int, optional
            The most bytes that the member may have.
        """
        member = self._members.get(name)
        if member is None:
            raise self.fail(f"the archive has no member {shorten(name)}")
        if (size := member.file_size) > limit:
            raise self.fail(f"member {shorten(name)} has {size:,} bytes; at most {limit:,} are expected")
        try:
            with self._archive.open(member) as stream:
                data = b"".join(iter(lambda: stream.read(_CHUNK), b""))
        except Exception as error:  # whatever zipfile and zlib raise on a damaged member
            raise self.fail(f"member {shorten(name)} is damaged ({_reason(error)})") from error
        if len(data) != size:
            raise self.fail(f"member {shorten(name)} is cut short: {len(data):,} bytes of {size:,}")
        return data


@contextmanager
def open_archive(path: os.PathLike[str] | str, error: type[LPPNError]) -> Iterator[GuardedArchive]:
    """Open a zip archive of unknown origin and check all that its directory promises.

    Parameters
    ----------
    path : path-like
        The file.
    error : type of LPPNError
        What to raise, with a message that names the file, for anything that is wrong with it.

    Yields
    ------
    GuardedArchive
        Its members can be read until the ``with`` block ends.
    """
    place = Path(path)
    with ExitStack() as stack:
        file = stack.enter_context(_open_regular(place, error))
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
        except Exception as cause:  # zipfile lets struct, Unicode, memory and other errors through
            raise error(f"{place}: not a zip archive, or a damaged one ({_reason(cause)})") from cause
        problem = _problem(archive.infolist(), os.fstat(file.fileno()).st_size)
        if problem:
            raise error(f"{place}: a zip archive that is not safe to read: {problem}")
        yield GuardedArchive(place, error, archive)


def read_head(path: os.PathLike[str] | str, error: type[LPPNError], size: int) -> bytes:
    """Read the first bytes of a file, to see what it is.

    Parameters
    ----------
    path : path-like
        The file; a directory, a pipe or a device is refused.
    error : type of LPPNError
        What to raise where that is not possible.
    size : int
        How many bytes; fewer are returned of a shorter file.
    """
    place = Path(path)
    with _open_regular(place, error) as file:
        try:
            return file.read(size)
        except OSError as cause:
            raise error(f"{place}: cannot be read ({_reason(cause)})") from cause


def shorten(name: str, limit: int = 100) -> str:
    """Return a name out of a foreign file, quoted and cut to a length that fits an error message.

    Parameters
    ----------
    name : str
        The name as it stands in the file.
    limit : int, optional
        The most characters to keep.
    """
    return repr(name if len(name) <= limit else name[:limit] + "...")


def _open_regular(place: Path, error: type[LPPNError]) -> _BoundedFile:
    try:
        mode = place.stat().st_mode
        if stat.S_ISREG(mode):
            return _BoundedFile(io.FileIO(place))
    except FileNotFoundError as cause:
        raise error(f"{place}: there is no such file") from cause
    except (OSError, ValueError) as cause:  # ValueError: a path with a null character
        raise error(f"{place}: cannot be opened ({_reason(cause)})") from cause
    raise error(f"{place}: {'a directory' if stat.S_ISDIR(mode) else 'not a regular file'}; expected a file")


def _problem(members: Sequence[zipfile.ZipInfo], length: int) -> str | None:
    """Say what is wrong with the directory of an archive of ``length`` bytes, or None."""
    if len(members) > MAX_MEMBERS:
        return f"{len(members):,} members; at most {MAX_MEMBERS:,} are allowed"
    counts = Counter(member.filename for member in members)
    for member in members:
        problem = "is there twice" if counts[member.filename] > 1 else _member_problem(member, length)
        if problem:
            return f"member {shorten(member.filename)} {problem}"
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        return f"its members claim {total:,} bytes together; at most {MAX_TOTAL_BYTES:,} are allowed"
    if sum(member.compress_size for member in members) > length:
        return f"its members take more room than the {length:,} bytes of the file, so they overlap"
    return None


def _member_problem(member: zipfile.ZipInfo, length: int) -> str | None:
    if member.flag_bits & _ENCRYPTED_FLAGS:
        return "is encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"uses compression method {member.compress_type}; only stored and deflated are read"
    if member.file_size > MAX_MEMBER_BYTES:
        return f"claims {member.file_size:,} bytes; at most {MAX_MEMBER_BYTES:,} are allowed"
    if member.header_offset + member.compress_size > length:
        return f"reaches beyond the {length:,} bytes of the file"
    if member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size:
        return f"is stored as it is, but claims {member.compress_size:,} bytes for {member.file_size:,}"
    if member.file_size > _DEFLATE_RATIO * member.compress_size:
        return f"claims {member.file_size:,} bytes, more than {member.compress_size:,} can unpack to"
    return None


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}".rstrip(": ")

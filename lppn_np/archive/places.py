"""The folder of an archive's results: which file is where, and how it gets there whole."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from lppn_np.archive.shard import Shard
from lppn_np.errors import ArchiveError
from lppn_np.files import atomic_write

PICKS, MANIFESTS = "picks", "manifests"
SETTINGS, REPORT, LOCK = "archive.json", "report.html", ".lock"
#: Errors of the disk that every other shard would meet as well: going on would pick for nothing.
HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EIO}


class OutputError(ArchiveError):
    """A file of results cannot be written.

    Attributes
    ----------
    hopeless : bool
        No other shard could be written either: the disk is full, for example.
    """

    hopeless = True


def picks_file(shard: Shard) -> Path:
    """Where a shard's picks are, under the folder of results."""
    return Path(PICKS, *_partition(shard), f"{shard.name}.parquet")


def manifest_file(shard: Shard) -> Path:
    """Where a shard's manifest is, under the folder of results."""
    return Path(MANIFESTS, *_partition(shard), f"{shard.name}.json")


def _partition(shard: Shard) -> tuple[str, str, str]:
    """Folders in Hive's way, which readers of Parquet turn into columns."""
    network, first = shard.instrument.network, shard.first
    return f"network={network}", f"year={first.year:04d}", f"month={first.month:02d}"


def place(output: str | Path, inside: Path) -> Path:
    """Return ``output / inside``, and refuse what leaves the folder of results, links included.

    Raises
    ------
    OutputError
    """
    root = Path(os.path.realpath(output))
    target = root / inside
    if inside.is_absolute() or not Path(os.path.realpath(target)).is_relative_to(root):
        raise OutputError(f"{inside}: leaves the folder of results {root}")
    return target


def write(output: str | Path, inside: Path, content: bytes) -> None:
    """Write a file under a temporary name, sync it, rename it, and sync its folder.

    Raises
    ------
    OutputError
    """
    target = place(output, inside)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(target, content, OutputError)
        _sync(target.parent)
    except OutputError as error:
        raise _explained(error, error.__cause__) from error
    except OSError as error:
        raise _explained(OutputError(f"{target}: cannot be written ({error.strerror})"), error) from error


def remove(output: str | Path, inside: Path) -> None:
    """Remove a file, if it is there.

    Raises
    ------
    OutputError
    """
    target = place(output, inside)
    try:
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            _sync(target.parent)
    except OSError as error:
        raise _explained(OutputError(f"{target}: cannot be removed ({error.strerror})"), error) from error


def sweep(output: str | Path) -> int:
    """Remove what interrupted writers have left under temporary names; return how many files."""
    removed = 0
    parts = [*Path(output).glob(".*.part")]
    for folder in (PICKS, MANIFESTS):
        parts += Path(output, folder).rglob(".*.part")
    for part in parts:
        with contextlib.suppress(OSError):
            part.unlink()
            removed += 1
    return removed


def _explained(error: OutputError, cause: BaseException | None) -> OutputError:
    error.hopeless = getattr(cause, "errno", None) in HOPELESS
    return error


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut; not every system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Files that are written whole or not at all, several of them together."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lppn_np.errors import LPPNError


def atomic_write(path: Path, content: bytes, error: type[LPPNError]) -> None:
    """Write ``content`` beside ``path`` under a temporary name, sync it, and rename it over ``path``.

    Raises
    ------
    LPPNError
        Of the given kind, when the file cannot be written; what stood there before is untouched.
    """
    with _as_error(path, error), _staged(path, content) as staged:
        staged.part.replace(staged.target)


def write_together(
    contents: Mapping[Path, bytes], error: type[LPPNError], make: Collection[Path] = ()
) -> None:
    """Write several files, all of them or none.

    All are written under temporary names first: a full disk or a folder that takes no files is found out
    before anything is renamed. If a rename fails after all, those before it are undone.

    Parameters
    ----------
    contents : mapping of Path to bytes
    error : type of LPPNError
    make : collection of Path
        Folders that are made where they are missing, and those inside them.

    Raises
    ------
    LPPNError
        Of the given kind; what stood there before is untouched.
    """
    with contextlib.ExitStack() as stack:
        made: list[Path] = []
        try:
            waiting = []
            for path, content in contents.items():
                with _as_error(path, error):
                    if any(path.is_relative_to(folder) for folder in make):
                        made += _make_folder(path.parent)
                    waiting.append((path, stack.enter_context(_staged(path, content))))
            _rename_all(waiting, error)
        except BaseException:
            stack.close()
            for folder in reversed(made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            raise


@dataclass(frozen=True)
class _Staged:
    """A file that waits under a temporary name."""

    target: Path
    part: Path

    @property
    def before(self) -> Path:
        """Where what stood at the target is kept until all is done."""
        return self.part.with_suffix(".before")


@contextlib.contextmanager
def _staged(path: Path, content: bytes) -> Iterator[_Staged]:
    temporary = None
    try:
        target = Path(os.path.realpath(path))  # through a link, which stays
        if target.exists() and not target.is_file():  # renaming over /dev/null would remove it
            raise OSError("not a regular file")
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        yield _Staged(target, Path(temporary))
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # it is gone, once renamed
                Path(temporary).unlink()


def _rename_all(waiting: list[tuple[Path, _Staged]], error: type[LPPNError]) -> None:
    done: list[_Staged] = []
    try:
        for path, staged in waiting:
            with _as_error(path, error):
                done.append(staged)
                if staged.target.exists() and len(waiting) > 1:
                    shutil.copy2(staged.target, staged.before)
                staged.part.replace(staged.target)
    except BaseException:
        for staged in reversed(done):
            with contextlib.suppress(OSError):
                if staged.before.exists():
                    staged.before.replace(staged.target)
                elif not staged.part.exists():  # it was renamed, onto nothing
                    staged.target.unlink()
        raise
    finally:
        for staged in done:
            with contextlib.suppress(OSError):
                staged.before.unlink()


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it; the ones that were not there, top first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir()
    return missing[::-1]


@contextlib.contextmanager
def _as_error(path: Path, error: type[LPPNError]) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as problem:  # ValueError: a path with a null character
        if isinstance(problem, LPPNError):
            raise
        reason = getattr(problem, "strerror", None) or problem
        raise error(f"{path}: cannot be written ({reason})") from problem


def _umask() -> int:
    """Permissions a new file goes without; mkstemp ignores them and makes files private."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

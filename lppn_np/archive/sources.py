"""Where the waveform files are: a folder of this machine, or whatever fsspec reaches, such as ``s3://bucket/path``."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from lppn_np.errors import ArchiveError
from lppn_np.optional import require


@dataclass(frozen=True)
class State:
    """How a file looks from outside: when this changes, its content may have changed.

    Attributes
    ----------
    size : int
        Bytes.
    modified : str
        Nanoseconds of the last change, or a remote store's tag of the content.
    """

    size: int
    modified: str


class Entry(NamedTuple):
    """One name in a folder; files have a state."""

    name: str
    state: State | None


class Source(Protocol):
    """What planning and reading need of a place."""

    def entries(self, folder: str) -> list[Entry]:
        """What is in a folder, in order of name; an OSError where it cannot be listed."""

    def state(self, path: str) -> State:
        """How a file looks now; an OSError where that cannot be told."""

    def local(self, path: str) -> contextlib.AbstractContextManager[Path]:
        """A file of this machine with the content, for as long as the context lasts."""


def open_source(root: str, anonymous: bool = False) -> Source:
    """Return the source of a folder or URL.

    Parameters
    ----------
    root : str
        A folder, or a URL for fsspec. Options of a remote store come from the environment
        (``AWS_...``, ``FSSPEC_S3_...``), so that no key stands in a command or a file of results.
    anonymous : bool
        Ask a remote store without credentials, as open data allow.

    Raises
    ------
    ArchiveError
        There is no such folder, or fsspec does not know the kind of URL.
    """
    if "://" in root:
        return RemoteSource(root, anonymous)
    folder = Path(root)
    if not folder.is_dir():
        raise ArchiveError(f"{root}: there is no such folder")
    return LocalSource(folder)


class LocalSource:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def entries(self, folder: str) -> list[Entry]:
        """What is in a folder, in order of name."""
        found = []
        with os.scandir(self.root / folder) as listing:
            for entry in listing:
                try:
                    is_folder = entry.is_dir()
                    found.append(Entry(entry.name, None if is_folder else _state(entry.stat())))
                except OSError:  # gone since, or a link to nowhere; reading it will say so
                    found.append(Entry(entry.name, State(-1, "")))
        return sorted(found, key=lambda entry: entry.name)

    def state(self, path: str) -> State:
        """How a file looks now."""
        return _state((self.root / path).stat())

    def local(self, path: str) -> contextlib.AbstractContextManager[Path]:
        """The file itself."""
        return contextlib.nullcontext(self.root / path)


class RemoteSource:
    """A folder that fsspec reaches; files are fetched one by one, under names of our own."""

    def __init__(self, url: str, anonymous: bool) -> None:
        fsspec = require("fsspec.core", "archive")
        options = {"anon": True} if anonymous else {}
        try:
            self._files, self.root = fsspec.url_to_fs(url, **options)
        except ImportError as error:
            raise ArchiveError(f"{url}: a package is missing ({error})") from error
        except Exception as error:  # each kind of store has its own
            raise ArchiveError(f"{url}: {type(error).__name__}: {error}") from error
        self.root = self.root.rstrip("/")

    def entries(self, folder: str) -> list[Entry]:
        """What is in a folder, in order of name."""
        place = self._path(folder)
        with _as_os_error(place):
            listing = self._files.ls(place, detail=True, refresh=True)
        found = []
        for info in listing:
            name = str(info["name"]).rstrip("/").rpartition("/")[2]
            # A store's keys are any text: ".." and the folder's own marker are no files of it.
            if name not in ("", ".", "..") and str(info["name"]).strip("/") != place.strip("/"):
                found.append(Entry(name, None if info["type"] == "directory" else _remote_state(info)))
        return sorted(found, key=lambda entry: entry.name)

    def state(self, path: str) -> State:
        """How a file looks now."""
        place = self._path(path)
        with _as_os_error(place):
            self._files.invalidate_cache()
            return _remote_state(self._files.info(place))

    @contextlib.contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """A copy in a temporary folder."""
        place = self._path(path)
        with tempfile.TemporaryDirectory(prefix="lppn-np-") as folder:
            copy = Path(folder) / "fetched"
            with _as_os_error(place):
                self._files.get_file(place, str(copy))
            yield copy

    def _path(self, path: str) -> str:
        return f"{self.root}/{path}".rstrip("/") if path else self.root


@contextlib.contextmanager
def _as_os_error(place: str) -> Iterator[None]:
    """Network errors of any library as an OSError: may go away by themselves, worth another try."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{place}: {type(error).__name__}: {error}") from error


def _state(status: os.stat_result) -> State:
    return State(status.st_size, str(status.st_mtime_ns))


def _remote_state(info: dict[str, Any]) -> State:
    for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "created"):
        if info.get(key):
            return State(int(info["size"] or 0), str(info[key]).strip('"'))
    return State(int(info["size"] or 0), "")

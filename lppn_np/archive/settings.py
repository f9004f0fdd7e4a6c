"""``archive.json``: what an archive of picks is made with, so that a later run goes on with the same."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lppn_np.archive import places
from lppn_np.errors import ArchiveError

FORMAT = 1


def settle(output: Path, settings: dict[str, Any]) -> None:
    """Write the settings of a new archive, or refuse others than those it was begun with.

    Picks of two thresholds, or blocks of the calendar that overlap, would otherwise stand side by side.

    Raises
    ------
    ArchiveError
        The folder holds something else, or an archive with other settings; the message names them.
    """
    wanted = {"format": FORMAT, **settings}
    path = output / places.SETTINGS
    if not path.exists():
        ours = (places.LOCK, f".{places.SETTINGS}.")  # of a run that was killed while it began
        strangers = [entry.name for entry in output.iterdir() if not entry.name.startswith(ours)]
        if strangers:
            raise ArchiveError(
                f"{output} holds {sorted(strangers)[0]!r} and no {places.SETTINGS}; "
                "an empty folder or one of an archive is expected"
            )
        places.write(output, Path(places.SETTINGS), json.dumps(wanted, indent=1).encode() + b"\n")
        return
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ArchiveError(f"{path} cannot be read ({error}); remove it to begin anew") from error
    if found == wanted:
        return
    found = found if isinstance(found, dict) else {}
    other = [
        f"{key} was {found.get(key)!r}, now {wanted.get(key)!r}"
        for key in sorted({*found, *wanted})
        if found.get(key) != wanted.get(key)
    ]
    raise ArchiveError(f"{output} was begun with other settings: {'; '.join(other)}. Give another folder")


@contextlib.contextmanager
def locked(output: Path) -> Iterator[None]:
    """Keep a second run out of a folder; the lock goes with the process, however that ends.

    Raises
    ------
    ArchiveError
        Another run has the folder, or it cannot be made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        file = (output / places.LOCK).open("w")
    except OSError as error:
        raise ArchiveError(f"{output}: cannot be used as a folder of results ({error.strerror})") from error
    with file:
        _lock(file.fileno(), output)
        yield


def _lock(handle: int, output: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: no lock, and the same files in the end, whoever writes them
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ArchiveError(f"{output}: another run is at work there") from error
    except OSError:  # a file system without locks
        return

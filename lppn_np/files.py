"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from lppn_np.errors import LPPNError


def atomic_write(path: Path, content: bytes, error: type[LPPNError]) -> None:
    """Write ``content`` beside ``path`` under a temporary name, sync it, and rename it over ``path``.

    Raises
    ------
    LPPNError
        Of the given kind, when the file cannot be written; what stood there before is untouched.
    """
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
        Path(temporary).replace(target)
    except (OSError, ValueError) as problem:  # ValueError: a path with a null character
        reason = getattr(problem, "strerror", None) or problem
        raise error(f"{path}: cannot be written ({reason})") from problem
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # it is gone, once renamed
                Path(temporary).unlink()


def _umask() -> int:
    """Permissions a new file goes without; mkstemp ignores them and makes files private."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

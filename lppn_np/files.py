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
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as problem:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise error(f"{path}: cannot be written ({problem.strerror or problem})") from problem


def _umask() -> int:
    """Permissions a new file goes without; mkstemp ignores them and makes files private."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

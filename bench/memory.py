"""Resident memory of this process, in megabytes (10^6 bytes)."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path


def peak() -> float:
    """Most memory this process has had.

    Linux keeps it with the memory itself. ``getrusage`` would also count what the parent held when it
    started this process.
    """
    found = _status("VmHWM")
    if found is not None:
        return found
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def now() -> float:
    """Memory at this moment; the peak where the system does not tell."""
    found = _status("VmRSS")
    return peak() if found is None else found


def forget_peak() -> None:
    """Let :func:`peak` start again from :func:`now`, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _status(key: str) -> float | None:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{key}:")), None)

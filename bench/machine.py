"""Where and with what the figures were measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_PACKAGES = ("lppn-np", "numpy", "numba", "llvmlite", "torch", "onnxruntime", "obspy")


def describe() -> dict[str, Any]:
    """Processor, system, versions, date and load of the machine."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()

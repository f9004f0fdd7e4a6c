"""What a shard costs: seconds of each step, and memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class ShardClock:
    """Seconds that each step takes, from now on."""

    def __init__(self) -> None:
        self._begin, self._cpu = time.perf_counter(), time.process_time()
        self._steps = {"read": 0.0, "pick": 0.0, "write": 0.0}

    @contextlib.contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Count the seconds within to a step."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._steps[step] += time.perf_counter() - begin

    def figures(self) -> dict[str, Any]:
        """What is in the manifest."""
        total = time.perf_counter() - self._begin
        return {
            "seconds": {name: round(value, 4) for name, value in (self._steps | {"total": total}).items()},
            "cpu_seconds": round(time.process_time() - self._cpu, 4),
            "peak_mb": _peak_mb(),
        }


def _peak_mb() -> float:
    """The most memory that the process has had so far, not this shard alone; 0 where that is not told.

    Not ``getrusage``: what it tells a process includes the memory of the one that started it.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM:")]
    return round(int(lines[0][1]) / 1024, 1) if lines else 0.0

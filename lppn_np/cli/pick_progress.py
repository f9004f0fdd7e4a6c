"""A line of progress on a terminal; nothing anywhere else."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

_BAR = 24
#: Seconds between two drawings: a terminal is slow.
_PAUSE = 0.1


class Progress:
    """How many of how many files are done.

    Parameters
    ----------
    total : int
    stream : text stream, optional
        Default: standard error. Nothing is drawn where it is no terminal.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total, self._done, self._picks = total, 0, 0
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty() and total > 0
        self._last = -1.0

    def step(self, files: int, picks: int, name: str) -> None:
        """So many files more are done, with so many picks; what comes from ``name``."""
        self._done += files
        self._picks += picks
        now = time.monotonic()
        if self._shown and (now - self._last >= _PAUSE or self._done >= self._total):
            self._last = now
            self._draw(name)

    def close(self) -> None:
        """Wipe the line."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, name: str) -> None:
        full = _BAR * self._done // self._total
        bar = "#" * full + "-" * (_BAR - full)
        line = f"[{bar}] {self._done}/{self._total} files, {self._picks} picks  {name}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r\x1b[K" + line[:width])
        self._stream.flush()

"""How far a run is: one line that is rewritten on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_TERMINAL_SECONDS, _FILE_SECONDS = 0.2, 60.0
_BAR = 24


class Progress:
    """Station-days done of all, station-days a second, time left.

    Parameters
    ----------
    total : int
        Station-days.
    stream : text file
    now : callable
        Seconds of a clock that never goes back.
    """

    def __init__(self, total: int, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._total, self._stream, self._now = total, stream, now
        self._terminal = stream.isatty()
        self._begin = self._last = now()
        self.done = 0

    def add(self, station_days: int) -> None:
        """Count station-days, and show where that leads if it is time to."""
        self.done += station_days
        if self._now() - self._last >= (_TERMINAL_SECONDS if self._terminal else _FILE_SECONDS):
            self._show()

    def finish(self) -> None:
        """Show the last state and leave the line."""
        self._show()
        if self._terminal:
            print(file=self._stream, flush=True)

    def text(self) -> str:
        """The line."""
        seconds = self._now() - self._begin
        rate = self.done / seconds if seconds > 0 else 0.0
        left = _duration((self._total - self.done) / rate) if rate > 0 else "?"
        filled = _BAR * self.done // self._total if self._total else _BAR
        bar = "#" * filled + "-" * (_BAR - filled)
        return (
            f"[{bar}] {self.done:,} of {self._total:,} station-days, {rate:.2f} station-days/s, {left} left"
        )

    def _show(self) -> None:
        self._last = self._now()
        if self._terminal:
            print(f"\r{self.text()}\x1b[K", end="", file=self._stream, flush=True)
        else:
            print(self.text(), file=self._stream, flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

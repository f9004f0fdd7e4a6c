"""A source of packets, pickers, a journal and a state file: until the source ends or somebody says so."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from lppn_np.errors import InputError
from lppn_np.streaming.journal import Journal
from lppn_np.streaming.router import StreamingPickers


class Session:
    """Feeds packets to pickers and writes the picks.

    Parameters
    ----------
    pickers : StreamingPickers
    journal : Journal
    place : callable
        Where the source is, ready for JSON; saved with the state.
    state : Path, optional
        Saved every ``every`` seconds and at the end. Without it the end of the source is the records' end.
    every : float
        Seconds.
    report : callable
        Called with a text for what cannot be used.
    """

    def __init__(
        self,
        pickers: StreamingPickers,
        journal: Journal,
        place: Callable[[], Any],
        state: Path | None = None,
        every: float = 60.0,
        report: Callable[[str], None] = print,
    ) -> None:
        self._pickers, self._journal, self._place = pickers, journal, place
        self._state, self._every, self._report = state, every, report
        self._waiting = self._stopped = False
        self._done = place()

    def run(self, packets: Iterator[Any]) -> None:
        """Work until the packets end, or SIGTERM or SIGINT comes; what has been read is worked on before."""
        with self._until_told():
            saved = time.monotonic()
            while not self._stopped and (packet := self._next(packets)) is not None:
                self._take(packet)
                self._done = self._place()
                if time.monotonic() - saved >= self._every:
                    self._save()
                    saved = time.monotonic()
        if self._state is None:
            self._journal.add(self._pickers.close())
        self._save()

    def _next(self, packets: Iterator[Any]) -> Any:
        self._waiting = True
        try:
            return next(packets, None)
        except _Stop:
            return None
        finally:
            self._waiting = False

    def _take(self, packet: Any) -> None:
        if not len(packet):
            return
        try:
            self._journal.add(self._pickers.feed(packet))
        except InputError as error:
            self._report(str(error))

    def _save(self) -> None:
        if self._state is not None:
            self._pickers.save(self._state, place=self._done, position=self._journal.sync())

    @contextmanager
    def _until_told(self) -> Iterator[None]:
        """Have signals end the work between two packets, never within one."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True
        if self._waiting:
            self._waiting = False
            raise _Stop


class _Stop(BaseException):
    """Ends a wait; no Exception, because obspy's client catches those."""

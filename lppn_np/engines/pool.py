"""A process-wide pool of helpers, and the calls that they help with.

Whoever shares work takes part in it, and helpers join as they become free. So a call never waits for a
helper that has not begun, and calls may be nested or come from several threads at once. However many
callers there are, there are never more helpers than cores - 1.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

from lppn_np.engines.cores import available_cores, keep_off_this_core


def call(work: Callable[[int], object], n_parts: int, n_threads: int) -> None:
    """Call ``work(part)`` for every part; see :func:`lppn_np.engines.threads.share`."""
    n_helpers = min(n_threads, n_parts, available_cores()) - 1
    if n_helpers < 1:
        for part in range(n_parts):
            work(part)
        return
    job = _Job(work, n_parts)
    try:
        _pool.call_helpers(job, n_helpers)
        job.take_part()
    finally:  # an interrupt too ends here: it waits for running parts at most
        job.close()
    job.raise_failure()


class _Job:
    """The parts of one call. Only helpers are counted: an interrupt may end the caller's turn anywhere.

    Plain locks in ``with`` statements alone: an interrupt cannot leave them locked, unlike a Condition.
    """

    def __init__(self, work: Callable[[int], object], n_parts: int) -> None:
        self._work: Callable[[int], object] | None = work
        self._n_parts = n_parts
        self._next = 0
        self._failures: dict[int, BaseException] = {}
        self._lock = threading.Lock()
        self._n_helpers = 0
        self._closed = False
        self._last_helper_left = threading.Lock()
        self._last_helper_left.acquire()

    def take_part(self) -> None:
        """Work on parts until none is left; what a part raises is kept."""
        while (part := self._begin()) is not None:
            work = self._work
            assert work is not None
            try:
                work(part)
            except Exception as error:
                self._fail(part, error)

    def help(self) -> None:
        """Take part as a helper, unless the call is over."""
        with self._lock:
            if self._closed:
                return
            self._n_helpers += 1
        try:
            self.take_part()
        except BaseException as error:  # SystemExit and the like belong to the caller
            self._fail(self._n_parts, error)
        with self._lock:
            self._n_helpers -= 1
            if self._is_over():
                self._last_helper_left.release()

    def close(self) -> None:
        """Begin no further part and wait for the helpers that are at one."""
        with self._lock:
            self._next = self._n_parts
            self._closed = True
            someone_helps = self._n_helpers > 0
        if someone_helps:
            self._last_helper_left.acquire()
        self._work = None  # a helper may still find the call in the queue: its arrays are free

    def raise_failure(self) -> None:
        """Raise what the lowest part raised."""
        if self._failures:
            raise self._failures[min(self._failures)]

    def _is_over(self) -> bool:
        return self._closed and self._n_helpers == 0

    def _begin(self) -> int | None:
        with self._lock:
            if self._next >= self._n_parts:
                return None
            self._next += 1
            return self._next - 1

    def _fail(self, part: int, error: BaseException) -> None:
        with self._lock:
            self._failures[part] = error
            self._next = self._n_parts


class _Pool:
    """Helpers, started when first needed; idle ones wait in the queue and end with the process."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[_Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._n_helpers = 0
        self._n_busy = 0
        self._threads: list[int] = []

    def call_helpers(self, job: _Job, n_helpers: int) -> None:
        """Let up to ``n_helpers`` threads know of a job."""
        keep_off_this_core(self._threads)
        for _ in range(n_helpers):
            self._calls.put(job)
        while self._one_more():
            try:
                threading.Thread(target=self._serve, name="lppn-np", daemon=True).start()
            except RuntimeError:  # the system gives no more threads; the caller does the work
                with self._lock:
                    self._n_helpers -= 1
                return

    def _one_more(self) -> bool:
        """Count one helper more, if calls are waiting and there is a core for it."""
        with self._lock:
            needed = self._calls.qsize() > self._n_helpers - self._n_busy
            if needed and self._n_helpers < available_cores() - 1:
                self._n_helpers += 1
                return True
            return False

    def _serve(self) -> None:
        self._threads.append(threading.get_native_id())
        while True:
            job = self._calls.get()
            with self._lock:
                self._n_busy += 1
            job.help()
            del job  # an idle helper holds nobody's arrays
            with self._lock:
                self._n_busy -= 1


_pool = _Pool()


def _forget_helpers() -> None:
    """In a forked child there are no helpers, and the locks may be locked for ever."""
    global _pool  # noqa: PLW0603
    _pool = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)

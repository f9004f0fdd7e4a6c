"""The cores that a process may use, and how helpers are kept off the one that their caller is on."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterable


def available_cores() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):  # Linux; elsewhere a process may use them all
        # Of the main thread: a helper's own set, at most one core smaller, would be the answer to 0.
        return len(os.sched_getaffinity(os.getpid()))
    return os.cpu_count() or 1


def keep_off_this_core(threads: Iterable[int]) -> None:
    """Let threads run on every core that the calling thread may use, except the one where it is now.

    A woken thread may be put on the core that woke it, where it waits for the caller that it was to help.
    Some systems do so on purpose: virtual machines that fill one core before they wake a second. There 64
    windows took as long on two threads as on one. Three system calls, some microseconds. Linux only;
    elsewhere, and where the caller has one core, nothing happens.

    Parameters
    ----------
    threads : iterable of int
        As the system numbers them (``threading.Thread.native_id``). Those that have ended are passed over.
    """
    here = _current_core()
    if here is None:
        return
    elsewhere = os.sched_getaffinity(0) - {here}
    if not elsewhere:
        return
    for thread in threads:
        try:
            os.sched_setaffinity(thread, elsewhere)
        except OSError:  # it has ended, or a sandbox forbids it: the work gets done all the same
            continue


def _find_getcpu() -> Callable[[], int] | None:
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        function = ctypes.CDLL(None).sched_getcpu  # glibc and musl have it
    except (OSError, AttributeError):
        return None
    function.restype = ctypes.c_int
    function.argtypes = []
    return function


_GETCPU = _find_getcpu()


def _current_core() -> int | None:
    core = -1 if _GETCPU is None else _GETCPU()
    return None if core < 0 else core

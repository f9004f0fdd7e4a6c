"""Windows shared among a few threads; the kernels release the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError

Result = TypeVar("Result")


def count_threads(n_threads: int) -> int:
    """Return the number of threads meant by ``n_threads``: 0 is every core.

    Raises
    ------
    InputError
        ``n_threads`` is not a whole number >= 0.
    """
    whole = isinstance(n_threads, int | np.integer) and not isinstance(n_threads, bool)
    if not whole or n_threads < 0:
        raise InputError(f"n_threads is {n_threads!r}; a whole number >= 0 is expected (0 takes every core)")
    return int(n_threads) or os.cpu_count() or 1


def in_threads(
    function: Callable[[NDArray[Any]], Result], batch: NDArray[Any], n_threads: int
) -> list[Result]:
    """Call ``function`` on contiguous parts of ``batch``, side by side, and return the results in order.

    Raises
    ------
    InputError
        See :func:`count_threads`.
    """
    parts = np.array_split(batch, min(count_threads(n_threads), len(batch)))
    if len(parts) == 1:
        return [function(parts[0])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(function, parts))


class Team:
    """Threads that stay, for work that is shared many times: a training step shares some sixty pieces.

    Parameters
    ----------
    n_threads : int
        0 takes every core. The caller's own thread is one of them.
    """

    def __init__(self, n_threads: int = 1) -> None:
        self.size = count_threads(n_threads)
        self._pool = ThreadPoolExecutor(self.size - 1, "lppn-np") if self.size > 1 else None

    def share(self, work: Callable[[slice, int], None], n_items: int) -> None:
        """Call ``work(part, index)`` for contiguous parts of ``n_items``, one a thread, and wait for all."""
        bounds = [n_items * index // self.size for index in range(self.size + 1)]
        parts = [slice(bounds[i], bounds[i + 1]) for i in range(self.size)]
        others = []
        if self._pool is not None:
            others = [self._pool.submit(work, part, i) for i, part in enumerate(parts) if i]
        work(parts[0], 0)
        for other in others:
            other.result()

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()

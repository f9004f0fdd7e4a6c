"""Work shared among a few threads; the kernels release the GIL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lppn_np.engines import pool
from lppn_np.engines.cores import available_cores
from lppn_np.errors import InputError

Result = TypeVar("Result")

#: Of a batch, for each thread. A helper that is woken from sleep begins some milliseconds late, and with one
#: part each the caller would wait for it (docs/how-it-is-fast.md).
_PARTS_EACH = 4


def count_threads(n_threads: int) -> int:
    """Return the number of threads meant by ``n_threads``: 0 is every core that the process may use.

    Raises
    ------
    InputError
        ``n_threads`` is not a whole number >= 0.
    """
    whole = isinstance(n_threads, int | np.integer) and not isinstance(n_threads, bool)
    if not whole or n_threads < 0:
        raise InputError(f"n_threads is {n_threads!r}; a whole number >= 0 is expected (0 takes every core)")
    return int(n_threads) or available_cores()


def share(work: Callable[[int], object], n_parts: int, n_threads: int = 1) -> None:
    """Call ``work(part)`` for every part from 0 on, in this thread and at most ``n_threads - 1`` helpers.

    Parts are begun in order. After an exception no further part is begun, and once the running ones have
    ended the exception of the lowest part is raised: the same one, whatever the number of threads.

    Raises
    ------
    InputError
        See :func:`count_threads`.
    """
    pool.call(work, n_parts, count_threads(n_threads))


def in_threads(
    function: Callable[[NDArray[Any]], Result], batch: NDArray[Any], n_threads: int
) -> list[Result]:
    """Call ``function`` on contiguous parts of ``batch``, side by side, and return the results in order.

    There are more parts than threads, so that a helper that comes late leaves some of its share to others.

    Raises
    ------
    InputError
        See :func:`count_threads`.
    """
    n_threads = min(count_threads(n_threads), len(batch))
    if n_threads == 1:  # a stream's window at a time
        return [function(batch)]
    parts = np.array_split(batch, min(_PARTS_EACH * n_threads, len(batch)))
    results: dict[int, Result] = {}

    def work(index: int) -> None:
        results[index] = function(parts[index])

    share(work, len(parts), n_threads)
    return [results[index] for index in range(len(parts))]


class Team:
    """A fixed division of work that is shared many times: a training step shares some sixty pieces.

    Parameters
    ----------
    n_threads : int
        0 takes every core. The caller's own thread is one of them.
    """

    def __init__(self, n_threads: int = 1) -> None:
        self.size = count_threads(n_threads)

    def share(self, work: Callable[[slice, int], None], n_items: int) -> None:
        """Call ``work(part, index)`` for contiguous parts of ``n_items``, one an index, and wait for all."""
        bounds = [n_items * index // self.size for index in range(self.size + 1)]
        share(lambda index: work(slice(bounds[index], bounds[index + 1]), index), self.size, self.size)

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held: the threads belong to the process."""

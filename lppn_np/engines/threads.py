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


def in_threads(
    function: Callable[[NDArray[Any]], Result], batch: NDArray[Any], n_threads: int
) -> list[Result]:
    """Call ``function`` on contiguous parts of ``batch``, side by side, and return the results in order.

    Raises
    ------
    InputError
        ``n_threads`` is not a whole number >= 0 (0: every core).
    """
    if isinstance(n_threads, bool) or not isinstance(n_threads, int) or n_threads < 0:
        raise InputError(f"n_threads is {n_threads!r}; a whole number >= 0 is expected (0 takes every core)")
    wanted = n_threads or os.cpu_count() or 1
    parts = np.array_split(batch, min(wanted, len(batch)))
    if len(parts) == 1:
        return [function(parts[0])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(function, parts))

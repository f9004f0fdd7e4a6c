"""Functions in processes of their own: thread pools are fresh, and memory is nobody else's."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


def in_fresh_process(function: Callable[..., Result], *arguments: Any, threads: int = 1) -> Result:
    """Call a module's function in a new interpreter and return its result.

    Parameters
    ----------
    function : callable
        Found by its module and name.
    arguments
        Pickled.
    threads : int
        Of OpenMP, on which PyTorch stands. NumPy's BLAS gets one: our engines share windows themselves.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        The process died. (``multiprocessing.Pool`` would wait for it for ever.)
    """
    spawn = multiprocessing.get_context("spawn")
    with _environment(thread_variables(threads)), ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, *arguments).result()


def thread_variables(threads: int) -> dict[str, str]:
    """Variables that libraries read when they are loaded."""
    return {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
    }


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

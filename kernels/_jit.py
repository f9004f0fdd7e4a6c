"""The one door to numba: every kernel is compiled with the options below, and nobody else spells ``njit``.

* ``nogil``: threads run windows side by side.
* ``cache``: compiled code is kept on disk. A jitted helper therefore lives in its kernel's own file: numba
  looks at one file's time stamp, so a helper changed elsewhere would be a stale hit.
* ``fastmath={"contract"}``: a * b + c in one instruction. ``"reassoc"`` is added for sums alone, so that they
  use vectors. Nothing here assumes finite numbers: a NaN stays a NaN (tests/kernels/test_kernels.py).
* ``error_model="numpy"``: a division needs no branch for zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numpy.typing import NDArray

Array = NDArray[Any]

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a kernel whose inner loops run over time, each sample on its own."""
    return _compile(function, {"contract"})


def reduction(function: Function) -> Function:
    """Compile a kernel that sums over time; the order of the additions is the compiler's."""
    return _compile(function, {"contract", "reassoc"})


def _compile(function: Function, fastmath: set[str]) -> Function:
    compiled: Function = numba.njit(nogil=True, cache=True, fastmath=fastmath, error_model="numpy")(function)
    return compiled

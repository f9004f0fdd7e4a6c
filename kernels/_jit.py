"""The one door to numba: every kernel is compiled with the options below, and nobody else spells ``njit``.

* ``nogil``: threads run windows side by side.
* ``cache``: compiled code is kept on disk. Numba tells a stale file by the time stamp of the kernel's own
  source alone, so the folder is named after a digest of all of them: a helper changed in another file is
  never a stale hit (tests/kernels/test_jit.py). Where no folder can be written nothing is kept.
* ``fastmath={"contract"}``: a * b + c in one instruction. ``"reassoc"`` is added for sums alone, so that they
  use vectors. Nothing here assumes finite numbers: a NaN stays a NaN (tests/kernels/test_kernels.py).
* ``error_model="numpy"``: a division needs no branch for zero.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import cgutils as cgutils
from numba.core import config
from numba.core import types as _types
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys
from numba.extending import intrinsic as intrinsic
from numpy.typing import NDArray

#: Whether ``NUMBA_DISABLE_JIT`` is set: kernels then are plain Python, and intrinsics need a plain twin.
DISABLED = bool(config.DISABLE_JIT)

Array = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])
types: Any = _types


def kernel(function: Function) -> Function:
    """Compile a kernel whose inner loops run over time, each sample on its own."""
    return _compile(function, {"contract"})


def reduction(function: Function) -> Function:
    """Compile a kernel that sums over time; the order of the additions is the compiler's."""
    return _compile(function, {"contract", "reassoc"})


def _compile(function: Function, fastmath: set[str]) -> Function:
    compiled: Function = numba.njit(nogil=True, fastmath=fastmath, error_model="numpy")(function)
    if not config.DISABLE_JIT:
        _keep_on_disk(compiled)
    return compiled


def _keep_on_disk(compiled: Any) -> None:
    """Enable numba's cache in our own folder, unless the user has named one for all of numba."""
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = before or str(_cache_folder())
        compiled.enable_caching()
        _load_quickly_or_say(compiled)
    except (OSError, RuntimeError):  # nowhere to write: the kernel is compiled in every process
        return
    finally:
        config.CACHE_DIR = before


def _load_quickly_or_say(compiled: Any) -> None:
    """Load compiled code without what compiling needs; where there is none, say why the call takes seconds.

    Numba asks its cache right before it compiles, and the cache first imports all that a compilation might
    need, SciPy included: 0.3 s of a process that picks one record. Code from disk needs numba's run-time
    system alone, and a compilation prepares itself (tests/kernels/test_jit.py).
    """
    cache = compiled._cache

    def load(signature: Any, context: Any) -> Any:
        rtsys.initialize(context)
        with cache._guard_against_spurious_io_errors():
            found = cache._load_overload(signature, context)
        if found is None:
            _say_once()
        return found

    cache.load_overload = load


@functools.cache
def _say_once() -> None:
    print("lppn-np: compiling for this processor, kept for later runs ...", file=sys.stderr, flush=True)


def cpu_features() -> tuple[str, set[str]]:
    """Return the machine ("x86_64", "aarch64" ...) and the features that numba compiles for, in LLVM's words.

    What the environment variables NUMBA_CPU_NAME and NUMBA_CPU_FEATURES ask for counts, not what the CPU has.
    """
    triple, _, features = cpu_target.target_context.codegen().magic_tuple()
    return triple.split("-")[0], {name[1:] for name in features.split(",") if name.startswith("+")}


@functools.cache
def _cache_folder() -> Path:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    folder = _user_cache() / "lppn-np" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _user_cache() -> Path:
    """Return the platform's folder for files that can be made again."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")

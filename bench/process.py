"""Whole processes: what importing, the first pick and a day cost, with and without compiled code on disk."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lppn_np.bench.isolated import thread_variables

#: What a process does before it prints a JSON object.
IMPORTS = {
    "nothing": "pass",
    "numpy": "import numpy",
    "lppn_np": "import lppn_np",
    "lppn_np and its kernels": "import lppn_np.api, lppn_np.engines.layers_engine",
    "torch": "import torch",
    "onnxruntime": "import onnxruntime",
}
SEISBENCH = "seisbench.models"
#: Peak memory, in MB, told without a package of ours: the other interpreter need not have it. Linux.
_MEMORY = """
import json, pathlib
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), float("nan"))
print(json.dumps({"peak_memory": peak}))
"""
_FIRST_PICK = """
import json, time
start = time.perf_counter()
import numpy, lppn_np
record = numpy.random.default_rng(0).normal(size=(3, 6000))
imported = time.perf_counter()
lppn_np.pick(record)
first = time.perf_counter()
lppn_np.pick(record)
second = time.perf_counter()
from lppn_np.bench import memory
print(json.dumps({"import": imported - start, "first_pick": first - imported,
                  "second_pick": second - first, "peak_memory": memory.peak()}))
"""
_DAY = """
import json, sys
import numpy, lppn_np
from lppn_np.bench import memory
data = numpy.load(sys.argv[1])
lppn_np.pick(data[:, :6000])
before = memory.now()
memory.forget_peak()
lppn_np.pick(data)
print(json.dumps({"input": data.nbytes / 1e6, "peak": memory.peak(), "added": memory.peak() - before}))
"""


def measure(rounds: int, day: Path, seisbench_python: str | None = None) -> dict[str, Any]:
    """Start processes and time them from outside.

    Parameters
    ----------
    rounds : int
        Processes of each kind; one cold start whatever the number.
    day : Path
        A record, ``.npy``.
    seisbench_python : str, optional
        Interpreter that has SeisBench; None takes this one.

    Returns
    -------
    dict
        ``imports``: median seconds of a whole process and its peak memory (MB), by what it imports (None: it
        is not installed).
        ``cold``, ``warm``: the first pick of 60 s without and with compiled code on disk.
        ``day``: memory, MB.
    """
    with tempfile.TemporaryDirectory() as folder:
        cold = run(_FIRST_PICK, XDG_CACHE_HOME=folder)
        warm = [run(_FIRST_PICK, XDG_CACHE_HOME=folder) for _ in range(rounds)]
        memory = run(_DAY, str(day), XDG_CACHE_HOME=folder)
    few = min(rounds, 3)  # processes that import PyTorch take seconds, each about as long as the other
    imports = {name: _import(code, few) for name, code in IMPORTS.items()}
    return {
        "imports": {**imports, SEISBENCH: _import(f"import {SEISBENCH}", few, seisbench_python)},
        "cold": cold,
        "warm": {key: statistics.median(w[key] for w in warm) for key in warm[0]},
        "day": memory,
    }


def run(code: str, *arguments: str, python: str | None = None, **environment: str) -> dict[str, float]:
    """Run a program that prints a JSON object; ``seconds`` of the whole process are added to it.

    Raises
    ------
    RuntimeError
        It failed; the message ends with what it said.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    start = time.perf_counter()
    done = subprocess.run(
        [python or sys.executable, "-c", code, *arguments],
        env={**inherited, **thread_variables(1), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"a process failed: {done.stderr.strip()[-500:]}")
    answer = (done.stdout.strip().splitlines() or ["{}"])[-1]
    return {"seconds": seconds, **json.loads(answer)}


def _import(code: str, rounds: int, python: str | None = None) -> dict[str, float] | None:
    try:
        run(code, python=python)  # once before: files come into the page cache
        found = [run(code + _MEMORY, python=python) for _ in range(rounds)]
    except (RuntimeError, OSError):
        return None
    return {key: statistics.median(process[key] for process in found) for key in found[0]}

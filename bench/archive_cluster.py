"""A Dask cluster of this machine whose processes are there to be killed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from lppn_np.optional import require

_PATIENCE = 600.0


class Cluster:
    """A scheduler and single-threaded workers, each a process.

    Parameters
    ----------
    count : int
        Workers.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.address = ""
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all processes and wait until the workers have joined."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        place = ("--host", "127.0.0.1", "--port", str(port))
        self._scheduler = _dask("scheduler", *place, "--no-dashboard", "--no-show")
        for _ in range(self._count):
            self.add_worker()
        wait_for(lambda: self._joined() == self._count, "the workers have not joined")

    def stop(self) -> None:
        """Kill what is left."""
        self.kill_scheduler()
        for worker in self.workers:
            _kill(worker)
        self.workers = []

    def add_worker(self) -> None:
        """Start one more worker."""
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        self.workers.append(_dask("worker", self.address, *options))

    def kill_worker(self, number: int) -> None:
        """Kill one of the workers."""
        _kill(self.workers.pop(number))

    def kill_scheduler(self) -> None:
        """Kill the scheduler."""
        if self._scheduler is not None:
            _kill(self._scheduler)
            self._scheduler = None

    def _joined(self) -> int:
        client = require("distributed", "archive").Client
        with contextlib.suppress(OSError), client(self.address, set_as_default=False, timeout=2) as found:
            return len(found.scheduler_info(n_workers=-1)["workers"])
        return 0


def wait_for(condition: Callable[[], bool], complaint: str, patience: float = _PATIENCE) -> None:
    """Wait until something is so.

    Raises
    ------
    TimeoutError
        With the complaint.
    """
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(complaint)
        time.sleep(0.1)


def _dask(name: str, *arguments: str) -> subprocess.Popen[bytes]:
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ) | dict.fromkeys(threads, "1"),
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()

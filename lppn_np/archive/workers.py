"""Worker processes of this machine; one that dies is replaced, and its shard tried again."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import lppn_np
from lppn_np.archive.outcome import Outcome, outcome_of
from lppn_np.archive.shard import Shard
from lppn_np.errors import ArchiveError

#: A shard that has killed so many workers is left, so that the others get done.
ATTEMPTS = 3
#: -P: nothing is imported from the folder that the command happens to run in.
COMMAND = (sys.executable, "-P", "-m", "lppn_np.archive.worker")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Workers:
    """A pool of processes, each on one thread, spoken to in lines of JSON.

    Parameters
    ----------
    count : int
        Processes.

    Raises
    ------
    ArchiveError
        ``count`` is below 1.
    """

    def __init__(self, count: int) -> None:
        if count < 1:
            raise ArchiveError(f"{count} worker processes; at least 1 is expected")
        self.count = count

    def run(self, shards: list[Shard]) -> Iterator[Outcome]:
        """Yield outcomes as they come."""
        waiting, tries = deque(shards), Counter[str]()
        with selectors.DefaultSelector() as answers, contextlib.ExitStack() as started:
            while waiting or answers.get_map():
                for _ in range(min(self.count - len(answers.get_map()), len(waiting))):
                    worker = started.enter_context(_Worker())
                    answers.register(worker.answers, selectors.EVENT_READ, worker)
                    worker.give(waiting.popleft(), tries)
                for key, _ in answers.select():
                    yield from key.data.listen(waiting, tries)
                    if key.data.shard is None and waiting and key.data.alive:
                        key.data.give(waiting.popleft(), tries)
                    elif key.data.shard is None:
                        answers.unregister(key.fileobj)
                        key.data.close()


class _Worker:
    """One process and the shard that it has, if any."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the one who reads the answers
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self.answers = self._process.stdin, self._process.stdout
        self._answer = b""
        self.shard: Shard | None = None
        self.alive = True

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Let the process end, and wait for it."""
        for pipe in (self._orders, self.answers):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._process.wait()

    def give(self, shard: Shard, tries: Counter[str]) -> None:
        """Send a shard."""
        self.shard, self._answer = shard, b""
        tries[shard.name] += 1
        with contextlib.suppress(BrokenPipeError):  # it has died, and the end of its answers says so
            self._orders.write(shard.to_json().encode() + b"\n")
            self._orders.flush()

    def listen(self, waiting: deque[Shard], tries: Counter[str]) -> Iterator[Outcome]:
        """Read what has come: an outcome, a part of one, or the end of a process that has died."""
        assert self.shard is not None
        data = os.read(self.answers.fileno(), 2**16)
        self._answer += data
        if data and not self._answer.endswith(b"\n"):
            return
        shard, self.shard = self.shard, None
        if data:
            yield outcome_of(self._answer.decode(errors="replace"), shard)
            return
        self.alive = False
        if tries[shard.name] < ATTEMPTS:
            waiting.append(shard)
        else:
            status = self._process.wait()
            yield Outcome(
                shard.name, failure=f"its worker died {ATTEMPTS} times, the last with status {status}"
            )


def _environment() -> dict[str, str]:
    """One thread a process, and this very package."""
    environment = dict(os.environ) | dict.fromkeys(_THREADS, "1")
    home = str(Path(lppn_np.__file__).resolve().parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    return environment

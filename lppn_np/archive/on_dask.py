"""Shards on Dask distributed: what is sent and what comes back is text, and the scheduler may die."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import lppn_np
from lppn_np.archive.job import Job
from lppn_np.archive.outcome import Outcome, attempt_text, outcome_of
from lppn_np.archive.shard import Shard
from lppn_np.errors import ArchiveError
from lppn_np.optional import require

#: Shards that the scheduler holds at once: enough for a thousand workers, and not a million messages.
_OUTSTANDING = 2000
_POLL_SECONDS = 0.1
_one_at_a_time = threading.Lock()


def on_worker(text: str) -> str:
    """Pick a shard that was sent as JSON; the function that Dask's workers are asked to call."""
    with _one_at_a_time:  # one thread a worker is what is expected; with more, one after the other
        return attempt_text(text)


class OnDask:
    """A scheduler that runs already, whose workers see the same files and folder of results.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.1:8786``, or ``tls://...``.
    job : Job
        Its weights are loaded and its kernels warmed once a worker, also on workers that come later.
    tls : sequence of str, optional
        Files of the authority, the certificate and the key.
    """

    def __init__(self, address: str, job: Job, tls: Sequence[str] | None = None) -> None:
        self._address, self._job, self._tls = address, job, tls

    def run(self, shards: list[Shard]) -> Iterator[Outcome]:
        """Yield outcomes as they come; the end of the scheduler is a failure of all that is left."""
        if not shards:
            return
        with self._client() as client:
            self._prepare(client)
            completed = require("distributed", "archive").as_completed(loop=client.loop, raise_errors=False)
            waiting, running = deque(shards), dict[str, tuple[Any, Shard]]()
            try:
                while waiting or running:
                    _top_up(client, completed, waiting, running)
                    for future in _next(completed):
                        _, shard = running.pop(future.key)
                        outcome = _outcome(client, future, shard)
                        future.release()
                        yield outcome
                    if client.status != "running":
                        shard = next(iter(running.values()))[1] if running else waiting[0]
                        yield _gone(shard, self._address)
                        return
            finally:
                with contextlib.suppress(Exception):  # of a scheduler that is not there any more
                    client.cancel([future for future, _ in running.values()], force=True)

    def _client(self) -> Any:
        distributed = require("distributed", "archive")
        security = None
        if self._tls:
            names = ("tls_ca_file", "tls_client_cert", "tls_client_key")
            files = dict(zip(names, self._tls, strict=True))
            security = distributed.Security(require_encryption=True, **files)
        try:
            return distributed.Client(self._address, security=security, set_as_default=False)
        except Exception as error:  # wrong names, refused connections and wrong certificates all differ
            raise ArchiveError(f"{self._address}: no Dask scheduler answers ({error})") from error

    def _prepare(self, client: Any) -> None:
        from lppn_np.archive.dask_plugin import WarmUp

        threads = [worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()]
        if any(count != 1 for count in threads):
            raise ArchiveError(
                f"{self._address}: workers with up to {max(threads)} threads; start them with --nthreads 1, "
                "one process a core"
            )
        text = json.dumps({"version": lppn_np.__version__, "job": self._job.to_dict()})
        try:
            client.register_plugin(WarmUp(text))
        except Exception as error:  # whatever went wrong on a worker
            raise ArchiveError(f"{self._address}: a worker cannot be used: {error}") from error


def _top_up(
    client: Any, completed: Any, waiting: deque[Shard], running: dict[str, tuple[Any, Shard]]
) -> None:
    room = _OUTSTANDING - len(running)
    if not waiting or room < min(len(waiting), _OUTSTANDING // 2):
        return
    batch = [waiting.popleft() for _ in range(min(room, len(waiting)))]
    keys = [f"lppn-np-{shard.name}-{time.time_ns()}" for shard in batch]  # never an earlier run's result
    futures = client.map(on_worker, [shard.to_json() for shard in batch], key=keys, pure=False)
    completed.update(futures)
    running.update((future.key, (future, shard)) for future, shard in zip(futures, batch, strict=True))


def _next(completed: Any) -> list[Any]:
    """What has ended since, or nothing after a short while."""
    batch: list[Any] = list(completed.next_batch(block=False))
    if not batch:
        time.sleep(_POLL_SECONDS)
    return batch


def _outcome(client: Any, future: Any, shard: Shard) -> Outcome:
    if future.status == "finished":
        try:
            return outcome_of(future.result(timeout=600), shard)
        except Exception as error:
            return Outcome(shard.name, failure=f"its outcome was lost: {type(error).__name__}: {error}")
    if future.status == "error":
        return Outcome(shard.name, failure=f"{type(future.exception()).__name__}: {future.exception()}")
    return Outcome(shard.name, failure=f"Dask says that it is {future.status}")


def _gone(shard: Shard, address: str) -> Outcome:
    return Outcome(shard.name, failure=f"the scheduler {address} is gone", hopeless=True)

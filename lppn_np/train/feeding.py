"""Batches made ahead by worker processes, in the order of the steps."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor

from lppn_np.train.batches import Batch, Sampler

#: Batches under way for each worker: enough to ride out a slow one.
_AHEAD = 4
_sampler: Sampler | None = None


def batches(sampler: Sampler, first: int, stop: int, workers: int) -> Generator[Batch]:
    """Yield the batches of the steps ``first`` to ``stop``, exclusive.

    Parameters
    ----------
    sampler : Sampler
        Picklable; each worker gets a copy.
    workers : int
        Processes; 0 makes each batch when it is asked for. The batches are the same.
    """
    if not workers:
        yield from (sampler.batch(step) for step in range(first, stop))
        return
    context = multiprocessing.get_context("spawn")  # fork does not go with threads
    pool = ProcessPoolExecutor(workers, context, _start_worker, (sampler, os.getpid()))
    try:
        under_way: deque[Future[Batch]] = deque()
        for step in range(first, stop):
            under_way.append(pool.submit(_make, step))
            if len(under_way) > _AHEAD * workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(sampler: Sampler, parent: int) -> None:
    global _sampler  # noqa: PLW0603  # one a process, as the pool's initializer has it
    _sampler = sampler
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this worker when its parent is gone: one that was killed cannot say so."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _make(step: int) -> Batch:
    assert _sampler is not None
    return _sampler.batch(step)

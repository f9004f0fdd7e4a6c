"""The process-wide pool: many callers, failures told, nobody waits for ever."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lppn_np.engines import pool
from lppn_np.engines.threads import share

PATIENCE = 60  # seconds after which something hangs


def run_alone(code):
    """Run a program that ends by itself, and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---------------------------------------------------------------- callers


def test_calls_may_be_nested(cores):
    done = []
    share(lambda i: share(lambda j: share(lambda k: done.append((i, j, k)), 3, 4), 3, 4), 3, 4)
    assert len(set(done)) == len(done) == 27


def test_many_callers_never_wait_for_each_other_and_share_the_helpers(cores):
    most = []

    def work(_):
        most.append(sum(thread.name == "lppn-np" for thread in threading.enumerate()))
        time.sleep(0.001)

    before = sum(thread.name == "lppn-np" for thread in threading.enumerate())
    with ThreadPoolExecutor(6) as callers:
        for call in [callers.submit(share, work, 20, 5) for _ in range(30)]:
            call.result(PATIENCE)
    assert len(most) == 600
    assert max(most) - before <= cores - 1
    assert pool._pool._n_helpers <= cores - 1


def test_a_busy_helper_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(pool, "available_cores", lambda: 2)
    monkeypatch.setattr(pool, "_pool", pool._Pool())
    meeting, end = threading.Barrier(2), threading.Event()

    def busy(part):
        meeting.wait(PATIENCE)
        end.wait(PATIENCE)

    other = threading.Thread(target=share, args=(busy, 2, 2))
    other.start()
    done = []
    share(done.append, 50, 2)  # the one helper is at the other's part, or on its way to it
    assert sorted(done) == list(range(50))
    end.set()
    other.join(PATIENCE)
    assert not other.is_alive()


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_the_failure_of_the_lowest_part_reaches_the_caller(cores, n_threads):
    for _ in range(20):
        begun = []

        def work(part, begun=begun):
            begun.append(part)
            if part >= 5:
                raise ValueError(f"part {part}")

        with pytest.raises(ValueError, match=r"part 5$"):
            share(work, 1000, n_threads)
        assert len(begun) < 1000
        done = []
        share(done.append, 9, n_threads)  # and the pool works as before
        assert sorted(done) == list(range(9))


def test_a_helper_that_is_to_exit_tells_the_caller(monkeypatch):
    monkeypatch.setattr(pool, "available_cores", lambda: 2)
    monkeypatch.setattr(pool, "_pool", pool._Pool())
    meeting = threading.Barrier(2)
    caller = threading.get_ident()

    def work(_):
        meeting.wait(PATIENCE)
        if threading.get_ident() != caller:
            raise SystemExit(3)

    with pytest.raises(SystemExit):
        share(work, 2, 2)
    done = []
    share(done.append, 5, 2)
    assert sorted(done) == list(range(5))


def test_where_no_thread_can_be_had_the_caller_works_alone(cores, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done = []
    share(done.append, 9, 3)
    assert done == list(range(9))
    assert pool._pool._n_helpers == 0


INTERRUPTED = """
import _thread, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from lppn_np.engines import pool, threads
pool.available_cores = lambda: 2
running = []
def work(part):
    running.append(part)
    if part == 10:
        signal.raise_signal(signal.SIGINT) if threading.current_thread() is threading.main_thread() \\
            else _thread.interrupt_main()
    time.sleep(0.01)
try:
    threads.share(work, 100_000, 2)
except KeyboardInterrupt:
    count = len(running)
    time.sleep(0.1)
    assert len(running) == count, "parts go on after the call has ended"
    done = []
    threads.share(done.append, 10, 2)
    print(sorted(done) == list(range(10)))
"""


def test_an_interrupt_ends_the_call():
    assert run_alone(INTERRUPTED) == "True"


FORKED = """
import os, threading, time
from lppn_np.engines import pool, threads
pool.available_cores = lambda: 3
done = []
threads.share(done.append, 100, 3)
stop = threading.Event()
def keep_going():
    while not stop.is_set():
        threads.share(lambda part: time.sleep(0.0005), 10, 3)
other = threading.Thread(target=keep_going)
other.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        done = []
        threads.share(done.append, 100, 3)
        os._exit(0 if sorted(done) == list(range(100)) else 1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
other.join()
print("True")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_a_forked_child_has_helpers_of_its_own():
    warning = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"  # fork beside threads
    assert run_alone(warning + FORKED) == "True"

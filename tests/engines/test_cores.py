"""Helpers may run anywhere but on their caller's core; the caller itself is left where it is."""

import os
import threading

import pytest

from lppn_np.engines import cores, pool
from lppn_np.engines.cores import available_cores, keep_off_this_core
from lppn_np.engines.threads import share

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="needs Linux and two cores",
)
PATIENCE = 60  # seconds after which something hangs


@pytest.fixture
def other():
    """The number of a thread that does nothing."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait, args=(PATIENCE,))
    thread.start()
    yield thread.native_id
    end.set()
    thread.join(PATIENCE)


@pytest.fixture
def on_core():
    """``on_core(core)``: the calling thread stays there until the test ends."""
    whole = os.sched_getaffinity(0)
    yield lambda core: os.sched_setaffinity(0, {core})
    os.sched_setaffinity(0, whole)


@pytest.mark.parametrize("here", [0, -1])
def test_all_cores_but_the_callers(other, monkeypatch, here):
    whole = os.sched_getaffinity(0)
    core = sorted(whole)[here]
    monkeypatch.setattr(cores, "_current_core", lambda: core)
    keep_off_this_core([other])
    assert os.sched_getaffinity(other) == whole - {core}
    assert os.sched_getaffinity(0) == whole


def test_the_core_where_the_caller_is(on_core):
    for core in sorted(os.sched_getaffinity(0)):
        on_core(core)
        assert cores._current_core() == core


def test_a_caller_with_one_core_changes_nothing(other, on_core):
    whole = os.sched_getaffinity(other)
    on_core(min(whole))
    keep_off_this_core([other])
    assert os.sched_getaffinity(other) == whole


def test_threads_that_have_ended_are_passed_over(other):
    ended = threading.Thread(target=int)
    ended.start()
    ended.join(PATIENCE)
    whole = os.sched_getaffinity(0)
    keep_off_this_core([ended.native_id, other])
    assert len(os.sched_getaffinity(other)) == len(whole) - 1


def test_where_the_core_is_not_known_nothing_changes(other, monkeypatch):
    monkeypatch.setattr(cores, "_GETCPU", None)
    keep_off_this_core([other])
    assert os.sched_getaffinity(other) == os.sched_getaffinity(0)


def test_a_call_keeps_its_helper_off_its_core_and_counts_all_cores(monkeypatch):
    monkeypatch.setattr(pool, "_pool", pool._Pool())
    whole = os.sched_getaffinity(0)
    seen = {}

    def work(_):
        meeting.wait(PATIENCE)
        seen[threading.get_native_id()] = (os.sched_getaffinity(0), available_cores())

    for _ in range(2):  # the first call starts the helper, the second one tells it where to run
        meeting = threading.Barrier(2)
        share(work, 2, 2)
    allowed, counted = seen.pop(threading.get_native_id())
    assert (allowed, counted) == (whole, len(whole))
    ((allowed, counted),) = seen.values()
    assert len(allowed) == len(whole) - 1
    assert counted == len(whole)

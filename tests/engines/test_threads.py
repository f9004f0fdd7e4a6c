"""What is shared among threads: every part once, whatever their number."""

import os
import threading

import numpy as np
import pytest

from lppn_np import InputError
from lppn_np.engines import pool
from lppn_np.engines.cores import available_cores
from lppn_np.engines.threads import Team, count_threads, in_threads, share

PATIENCE = 60  # seconds after which something hangs


# ---------------------------------------------------------------- numbers


def test_0_is_every_core_that_the_process_may_use(monkeypatch):
    assert count_threads(0) == available_cores() >= 1
    assert count_threads(3) == count_threads(np.int64(3)) == 3
    if hasattr(os, "sched_getaffinity"):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 6})
        assert count_threads(0) == 3
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert count_threads(0) == 1


@pytest.mark.parametrize("n_threads", [-1, 1.0, True, None, "2"])
def test_wrong_numbers(n_threads):
    for call in (count_threads, Team, lambda n: share(print, 0, n), lambda n: in_threads(len, np.ones(3), n)):
        with pytest.raises(InputError, match="n_threads is"):
            call(n_threads)


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize("n_threads", [0, 1, 2, 5])
@pytest.mark.parametrize("n_parts", [0, 1, 2, 7, 200])
def test_every_part_once(cores, n_parts, n_threads):
    done = []
    share(done.append, n_parts, n_threads)
    assert sorted(done) == list(range(n_parts))
    if min(n_threads or cores, cores) == 1:
        assert done == list(range(n_parts))


def test_parts_run_side_by_side_where_there_are_cores(cores):
    meeting = threading.Barrier(cores)
    share(lambda _: meeting.wait(PATIENCE), cores, cores)  # a part alone would wait in vain


@pytest.mark.parametrize(("n_threads", "n_parts"), [(1, 1), (2, 8), (5, 20)])
def test_in_threads(cores, n_threads, n_parts):
    for size in (1, 7, 64):
        batch = np.arange(size)
        parts = in_threads(lambda part: part * 2, batch, n_threads)
        assert len(parts) == min(n_parts, size)  # several a thread: a late helper leaves its share to others
        np.testing.assert_array_equal(np.concatenate(parts), 2 * batch)


def test_a_late_helper_leaves_its_share_to_the_caller(monkeypatch):
    """The helper that is at its first part gets no second one; the caller does not wait for it to do more."""
    monkeypatch.setattr(pool, "available_cores", lambda: 2)
    monkeypatch.setattr(pool, "_pool", pool._Pool())
    caller, release, done = threading.get_ident(), threading.Event(), {True: 0, False: 0}
    meeting = threading.Barrier(2)
    first = threading.local()

    def work(part):
        mine = threading.get_ident() == caller
        if not getattr(first, "seen", False):
            first.seen = True
            meeting.wait(PATIENCE)  # both have begun
            if not mine:
                release.wait(PATIENCE)
        done[mine] += 1
        if done[True] == 7:  # all but the helper's one
            release.set()
        return part

    in_threads(work, np.arange(8), 2)
    assert done == {True: 7, False: 1}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_team_divides_by_its_size_alone(cores, size):
    with Team(size) as team:
        assert team.size == size
        for n_items in (0, 3, 11):
            calls = []
            team.share(lambda part, index, calls=calls: calls.append((index, part)), n_items)
            parts = [part for _, part in sorted(calls, key=lambda call: call[0])]
            assert [index for index, _ in sorted(calls, key=lambda call: call[0])] == list(range(size))
            assert [part.stop for part in parts] == [n_items * (i + 1) // size for i in range(size)]
            assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]

"""Ratios are made round by round, a slow contender gets fewer turns, and nobody's threads disturb a turn."""

import threading
import time

import pytest

from lppn_np.bench import timing
from lppn_np.bench.timing import LEAST_ROUNDS, Timing, ratio, settle, take_turns


def test_ratio_by_rounds():
    found = ratio([2.0, 6.0, 12.0], [1.0, 2.0, 3.0])
    assert (found.median, found.low, found.high) == (3.0, 2.5, 3.5)


def test_ratio_of_the_rounds_that_both_took_part_in():
    assert ratio([2.0, 6.0], [1.0, 2.0, 100.0]).median == pytest.approx(2.5)


def test_one_round():
    assert Timing.of([4.0]) == Timing(4.0, 4.0, 4.0)


def test_turns():
    calls = {"a": 0, "b": 0}

    def contender(name):
        def run():
            calls[name] += 1

        return run

    seconds = take_turns({name: contender(name) for name in calls}, 5)
    assert {name: len(values) for name, values in seconds.items()} == {"a": 5, "b": 5}
    assert calls == {"a": 6, "b": 6}
    few = take_turns({"a": contender("a")}, 50, budget=0.0)
    assert len(few["a"]) == LEAST_ROUNDS


def test_what_has_run_already_is_not_warmed_up():
    calls = []
    seconds = take_turns({"a": lambda: calls.append(1)}, 4, budget=1.0, once={"a": 0.1})
    assert len(calls) == len(seconds["a"]) == 4
    assert len(take_turns({"a": lambda: None}, 50, budget=1.0, once={"a": 10.0})["a"]) == LEAST_ROUNDS


def _turning_thread(seconds):
    def turn():
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    thread = threading.Thread(target=turn)
    thread.start()
    return thread


def test_a_turn_begins_when_the_threads_of_others_have_come_to_rest():
    left_over, seen = [], []

    def restless():
        left_over.append(_turning_thread(0.1))

    def ours():
        seen.append([thread.is_alive() for thread in left_over])

    take_turns({"restless": restless, "ours": ours}, 4, once={"restless": 0.0, "ours": 0.0}, settled=True)
    assert len(seen) == 4
    assert any(seen)
    assert not any(alive for turn in seen for alive in turn)


def test_threads_that_never_rest_are_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(timing, "_PATIENCE", 0.05)
    thread = _turning_thread(0.5)
    settle()
    assert thread.is_alive()
    thread.join()

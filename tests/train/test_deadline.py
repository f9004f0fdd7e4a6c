"""The number of steps fitted to a time limit, by a clock that the test turns."""

import pytest

from lppn_np.train.deadline import Deadline


def take(deadline, now, seconds_a_step, most=100_000):
    """Run to the end that the deadline gives; returns the steps and the seconds it took."""
    step = 0
    while True:
        now[0] += seconds_a_step(step)
        step += 1
        if step >= deadline.steps(step, most):
            return step, now[0]


@pytest.mark.parametrize(
    "pace",
    [lambda step: 0.05, lambda step: 0.05 if step < 2000 else 0.2, lambda step: 2.0 if step < 50 else 0.05],
    ids=["steady", "slower later", "slow start"],
)
def test_a_run_ends_shortly_before_its_time_is_up(pace):
    now = [1000.0]
    steps, ended = take(Deadline(10, clock=lambda: now[0]), now, pace)
    assert 560 < ended - 1000 <= 590
    assert steps > 1000


def test_a_run_that_is_fast_enough_takes_all_its_steps():
    now = [0.0]
    assert take(Deadline(10, clock=lambda: now[0]), now, lambda step: 0.01, most=700)[0] == 700


def test_a_run_too_slow_for_any_estimate_ends_in_time_all_the_same():
    now = [0.0]
    steps, ended = take(Deadline(1, clock=lambda: now[0]), now, lambda step: 10.0)
    assert (steps, ended) == (5, 50.0)

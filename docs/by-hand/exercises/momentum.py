"""Exercise of docs/by-hand/one-step.md: python -m pytest docs/by-hand/exercises/momentum.py"""

import numpy as np


def momentum_step(weight, gradient, velocity, learning_rate, momentum):
    """Return the weight and the velocity after one step of SGD with momentum, as PyTorch does it.

    The velocity is the running sum of gradients, each older one weaker by the factor ``momentum``; the weight
    goes against it.
    """
    raise NotImplementedError("yours to write")


def test_two_steps_with_a_pencil():
    weight, velocity = momentum_step(1.0, 2.0, 0.0, 0.1, 0.5)
    assert (weight, velocity) == (0.8, 2.0)
    weight, velocity = momentum_step(weight, 1.0, velocity, 0.1, 0.5)
    np.testing.assert_allclose((weight, velocity), (0.6, 2.0))


def test_without_momentum_it_is_the_plain_step():
    weight, gradient = np.array([1.0, -2.0]), np.array([0.5, 0.25])
    moved, _ = momentum_step(weight, gradient, np.ones(2), 0.1, 0.0)
    np.testing.assert_allclose(moved, weight - 0.1 * gradient)


def test_it_runs_down_a_long_valley_faster():
    def steps_needed(momentum):
        place, velocity = np.array([1.0, 1.0]), np.zeros(2)
        for step in range(2000):
            if np.abs(place).max() < 1e-3:
                return step
            place, velocity = momentum_step(place, np.array([1.0, 50.0]) * place, velocity, 0.02, momentum)
        return 2000

    assert steps_needed(0.7) < steps_needed(0.0) / 2

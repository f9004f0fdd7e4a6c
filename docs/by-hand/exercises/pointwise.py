"""Exercise of docs/by-hand/pointwise.md: python -m pytest docs/by-hand/exercises/pointwise.py"""

import numpy as np


def gradients(dy, x, weight):
    """Return dx (B, Ci, T), dweight (Co, Ci) and dbias (Co,) of y = weight x + bias, given dy (B, Co, T)."""
    raise NotImplementedError("yours to write")


def loss(x, weight, bias, dy):
    """Return a loss whose gradient with respect to y is dy."""
    return float((dy * (weight @ x + bias[:, None])).sum())


def test_every_number_moves_the_loss_as_its_gradient_says():
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 3, 5)), rng.normal(size=(2, 4, 5))
    weight, bias = rng.normal(size=(4, 3)), rng.normal(size=4)
    dx, dweight, dbias = gradients(dy, x, weight)
    for array, gradient in ((x, dx), (weight, dweight), (bias, dbias)):
        assert gradient.shape == array.shape
        for index in np.ndindex(array.shape):
            before, kept = loss(x, weight, bias, dy), array[index]
            array[index] += 1.0  # the loss is linear in each number: a step of one is exact
            moved = loss(x, weight, bias, dy) - before
            array[index] = kept
            assert abs(moved - gradient[index]) < 1e-9

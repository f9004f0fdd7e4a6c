"""What the gradient tests share: random arrays, guarded outputs, bounds on rounding, projections."""

import numpy as np
import pytest

_GUARD = 19  # wider than a vector of 16, and odd
_UNTOUCHED = 54321.0


class Filled:
    """An output: NaN until a kernel fills it, between numbers that no kernel may touch."""

    def __init__(self, shape, dtype):
        size = int(np.prod(shape))
        self._memory = np.full(size + 2 * _GUARD, _UNTOUCHED, dtype)
        self._size = size
        self.array = self._memory[_GUARD : _GUARD + size].reshape(shape)
        self.array[:] = np.nan

    def assert_close(self, expected, bound):
        """``|array - expected| <= bound``, sample by sample; a NaN is never close."""
        ends = np.delete(self._memory, np.s_[_GUARD : _GUARD + self._size])
        np.testing.assert_array_equal(ends, _UNTOUCHED, "written outside of the array")
        assert (self.array.shape, self.array.dtype) == (expected.shape, expected.dtype)
        excess = abs(self.array.astype(np.float64) - expected) - bound
        assert np.max(excess, initial=-1.0) <= 0, f"off by {np.max(excess):.3g} more than the bound"


def rounding_of_sums(n_terms, magnitude):
    """How far two sums of the same ``n_terms`` products may be apart (Higham 2002, section 3.1).

    Either is off by at most (n + 1) eps / 2 times the sum of the terms' magnitudes, which is itself rounded.
    """
    return (n_terms + 2) * np.finfo(magnitude.dtype).eps * magnitude


def projected(forward, gradients, arrays, *, step, bound, seed):
    """Compare <gradient, direction> with a central difference of <weights, forward> along it, in float64.

    Parameters
    ----------
    forward : callable
        ``forward(**arrays)`` gives an array.
    gradients : callable
        ``gradients(dy, **arrays)`` gives, by name, the gradient of the sum of ``dy`` times the output.
    arrays : dict
        Where; a direction is drawn for each array that has a gradient.
    step : float
        Of the difference; 1 where the function is linear or bilinear, since no step is too large then.
    bound : float
        On the error, relative to the sum of the magnitudes of the projection's terms.
    """
    rng = np.random.default_rng(seed)
    dy = rng.standard_normal(forward(**arrays).shape)
    found = gradients(dy, **arrays)
    along = {name: rng.standard_normal(arrays[name].shape) for name in found}

    def value(sign):
        moved = {name: arrays[name] + sign * step * direction for name, direction in along.items()}
        return dy * forward(**{**arrays, **moved})

    above, below = value(1), value(-1)
    numeric = (above - below).sum() / (2 * step)
    terms = [gradient * along[name] for name, gradient in found.items()]
    analytic = sum(term.sum() for term in terms)
    scale = sum(abs(term).sum() for term in terms)
    cancelled = 8 * np.finfo(np.float64).eps * (abs(above) + abs(below)).sum() / step
    error = abs(numeric - analytic)
    assert error <= bound * scale + cancelled, f"{error:.3g} of {scale:.3g}"


@pytest.fixture(scope="session")
def filled():
    """``filled(shape, dtype)``: an output for a kernel."""
    return Filled


@pytest.fixture(scope="session")
def rounding():
    """``rounding(n_terms, magnitude)``: bound on the difference of two sums."""
    return rounding_of_sums


@pytest.fixture(scope="session")
def check_projection():
    """``check_projection(forward, gradients, arrays, step=, bound=, seed=)``."""
    return projected


@pytest.fixture(scope="session")
def normal():
    """``normal(dtype, seed)`` is a function that draws arrays of normal numbers by shape."""

    def start(dtype, seed):
        rng = np.random.default_rng(seed)
        return lambda *shape: rng.standard_normal(shape).astype(dtype)

    return start

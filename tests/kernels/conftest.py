"""What the kernel tests share: fenced arrays, random inputs, and the yardstick of rounding."""

import math

import numpy as np
import pytest

_FENCE = 37  # odd, and wider than any vector: a loop that runs on by one vector meets it
_UNTOUCHED = 12345.0


class Fenced:
    """An array inside a larger buffer: what a kernel writes outside is seen, and what it reads there is NaN.

    As an output (no ``values``) the array starts as NaN, so that a sample left unwritten is seen too.
    """

    def __init__(self, shape, dtype, values=None):
        size = math.prod(shape)
        self._buffer = np.full(size + 2 * _FENCE, _UNTOUCHED if values is None else np.nan, dtype)
        self._ends = (slice(None, _FENCE), slice(_FENCE + size, None))
        self.array = self._buffer[_FENCE : _FENCE + size].reshape(shape)
        assert self.array.flags.c_contiguous
        self.array[:] = np.nan if values is None else values

    def assert_fence_stands(self):
        for end in self._ends:
            np.testing.assert_array_equal(self._buffer[end], _UNTOUCHED, "written outside of the array")

    def assert_close(self, expected, bound=0):
        """``|array - expected| <= bound`` sample by sample, NaN exactly where ``expected`` is NaN."""
        self.assert_fence_stands()
        got = self.array
        assert expected.dtype == got.dtype
        assert expected.shape == got.shape
        nan = np.isnan(expected)
        np.testing.assert_array_equal(np.isnan(got), nan, "NaN in other places than the twin's")
        error = np.abs(np.where(nan, 0, got) - np.where(nan, 0, expected))
        bound = np.where(nan, 0, np.broadcast_to(bound, got.shape))
        worst = np.unravel_index(np.argmax(error - bound), got.shape)
        assert (error <= bound).all(), f"{error[worst]:.3g} > {bound[worst]:.3g} at {worst}"


class Inputs:
    """Random arrays of one dtype; everything that is drawn from it stands between NaN."""

    def __init__(self, dtype, seed):
        self.dtype = np.dtype(dtype)
        self._rng = np.random.default_rng(seed)

    def normal(self, *shape):
        return Fenced(shape, self.dtype, self._rng.standard_normal(shape)).array

    def positive(self, *shape):
        return Fenced(shape, self.dtype, self._rng.uniform(0.1, 4, shape)).array

    def with_holes(self, holes, *shape):
        """Normal numbers, ``holes`` of them replaced by NaN."""
        x = self.normal(*shape)
        x.reshape(-1)[self._rng.integers(0, x.size, holes)] = np.nan
        return x


@pytest.fixture(scope="session")
def output():
    """``output(shape, dtype)``: a fenced array to be filled by a kernel."""
    return Fenced


@pytest.fixture(scope="session")
def inputs():
    """``inputs(dtype, seed)``: where a test draws its input arrays from."""
    return Inputs


@pytest.fixture(scope="session")
def rounding():
    """``rounding(n, magnitude)``: how far two sums of n terms may be apart, each rounded n times on its way.

    In any order of the additions an n-term sum is off by at most n eps / 2 times the sum of the
    terms' magnitudes (Higham 2002, section 3.1), so two of them by n eps; one term is added for the
    rounding of the magnitude itself, and one subnormal number a term for products that underflow.
    """

    def bound(n_terms, magnitude):
        info = np.finfo(magnitude.dtype)
        return (n_terms + 1) * info.eps * magnitude + n_terms * info.smallest_subnormal

    return bound

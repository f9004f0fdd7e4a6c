"""Taps at the lower rate and then the interpolation: against the twin, and the twin against the textbook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.kernels import reference, weaving
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.vectors import VECTORS

WIDTH = VECTORS.width
TAPS = weaving.TAPS
NOTHING = np.zeros(1, np.int64)


@kernel
def weave(a, places, weights, numbers):
    weaving.weave_row(a, places, weights, numbers)


@given(
    n_vectors=st.integers(1, 4),
    start=st.integers(2, 2 * WIDTH),
    more=st.integers(0, 9),
    seed=st.integers(0, 99),
)
def test_the_emission_is_its_twin(n_vectors, start, more, seed):
    rng = np.random.default_rng(seed)
    tap_row = 4 * WIDTH + 4 + more
    y = start + TAPS * tap_row
    got = rng.standard_normal(y + 8 * WIDTH + 1).astype(np.float32)
    shares = rng.random(2 * (4 * WIDTH + 2)).astype(np.float32)
    expected, before = got.copy(), got.copy()
    numbers = (y, start, tap_row, 1, 4 * WIDTH + 3, n_vectors)
    weave(got, NOTHING, shares, numbers)
    weaving.weave_twin(expected, NOTHING, shares, *numbers)
    np.testing.assert_allclose(got, expected, rtol=0, atol=3e-6)
    written = slice(y, y + 2 * n_vectors * WIDTH)
    assert (got[written] >= 0).all()
    got[written] = before[written]
    np.testing.assert_array_equal(got, before)


@pytest.mark.parametrize("n", [1, 2, 3, WIDTH, 3 * WIDTH - 1])
def test_the_twin_is_the_convolution_of_the_upsampled_signal(n):
    """In float64, three input channels, one output; shares and zeros as the planner lays them out."""
    rng = np.random.default_rng(n)
    x, w = rng.standard_normal((1, 3, n)), rng.standard_normal((1, 3, TAPS))
    up = reference.upsample_linear(x)
    expected = np.maximum(reference.dense_conv(up, w, None, 1), 0)[0, 0]
    n_vectors = -(-n // (WIDTH // 2))
    room = n_vectors * WIDTH + 4
    a = np.zeros((TAPS + 2, room))
    a[:TAPS, 2 : 2 + n] = np.einsum("ck,ct->kt", w[0], x[0])
    u, last = np.arange(n), max(1, 2 * n - 1)
    shares = np.zeros((2, room))
    shares[0, 1 : 1 + n] = u / last
    shares[1, 1 : 1 + n] = 0.5 - (2 * u + 1) / (2 * last)
    flat = a.reshape(-1)
    weaving.weave_twin(flat, NOTHING, shares.reshape(-1), TAPS * room, 2, room, 1, room + 1, n_vectors)
    np.testing.assert_allclose(flat[TAPS * room :][: 2 * n], expected, rtol=0, atol=1e-12)


def test_a_nan_stays_and_what_is_negative_goes():
    a = np.full(12 * WIDTH, -1, np.float32)
    a[4] = np.nan
    weave(a, NOTHING, np.zeros(2 * WIDTH, np.float32), (10 * WIDTH, 4, WIDTH, 1, 1, 1))
    assert np.isnan(a[10 * WIDTH + 2])
    np.testing.assert_array_equal(a[10 * WIDTH + 8 : 12 * WIDTH], 0)

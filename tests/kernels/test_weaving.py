"""Taps at the lower rate and then the interpolation: against the twin, and the twin against the textbook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.kernels import reference, weaving
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.vectors import VECTORS, vector_width

WIDTH = VECTORS.width
TAPS = weaving.TAPS
NOTHING = np.zeros(1, np.int64)


@kernel
def weave(a, places, weights, numbers):
    weaving.weave_row(a, places, weights, numbers)


@kernel
def weave_relu(a, places, weights, numbers):
    weaving.weave_relu_row(a, places, weights, numbers)


@kernel
def unweave(a, places, weights, numbers):
    weaving.unweave_row(a, places, weights, numbers)


def shares_of(n, room, dtype=np.float64):
    """f, g, 1 - f and 1 - g (4, room), a zero before each and zeros behind."""
    f, g = weaving.interpolation_shares(n)
    out = np.zeros((4, room), dtype)
    out[:, 1 : 1 + n] = f, g, 1 - f, 1 - g
    return out


@given(
    n_vectors=st.integers(1, 4),
    start=st.integers(2, 2 * WIDTH),
    more=st.integers(0, 9),
    seed=st.integers(0, 99),
    rectify=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_the_emission_is_its_twin(n_vectors, start, more, seed, rectify, dtype):
    rng = np.random.default_rng(seed)
    tap_row = 4 * WIDTH + 4 + more
    y = start + TAPS * tap_row
    got = rng.standard_normal(y + 8 * WIDTH + 1).astype(dtype)
    shares = rng.random(2 * (4 * WIDTH + 2)).astype(dtype)
    expected, before = got.copy(), got.copy()
    numbers = (y, start, tap_row, 1, 4 * WIDTH + 3, n_vectors)
    (weave_relu if rectify else weave)(got, NOTHING, shares, numbers)
    weaving.weave_twin(rectify)(expected, NOTHING, shares, *numbers)
    np.testing.assert_allclose(got, expected, rtol=0, atol=20 * np.finfo(dtype).eps)
    written = slice(y, y + 2 * n_vectors * vector_width(got))
    assert not rectify or (got[written] >= 0).all()
    got[written] = before[written]
    np.testing.assert_array_equal(got, before)


@given(n_vectors=st.integers(1, 4), seed=st.integers(0, 99), dtype=st.sampled_from([np.float32, np.float64]))
def test_the_way_back_is_its_twin(n_vectors, seed, dtype):
    rng = np.random.default_rng(seed)
    row = 4 * WIDTH + 4
    got = rng.standard_normal(8 * row).astype(dtype)
    expected, shares = got.copy(), rng.random(4 * row).astype(dtype)
    numbers = (2, row, 5 * row + 2, 6 * row + 2, 1, row, n_vectors)
    unweave(got, NOTHING, shares, numbers)
    weaving.unweave_twin(expected, NOTHING, shares, *numbers)
    np.testing.assert_allclose(got, expected, rtol=0, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("n", [1, 2, 3, WIDTH, 3 * WIDTH - 1])
def test_the_way_back_is_the_transpose(n):
    """<weave z, d> = <z, unweave d> for random z and d, in float64."""
    rng = np.random.default_rng(n)
    n_vectors = -(-n // (WIDTH // 2))
    room = n_vectors * (WIDTH // 2) + 4
    shares = shares_of(n, room).reshape(-1)
    z, d = np.zeros((TAPS + 2, room)), np.zeros((TAPS + 2, room))
    z[:TAPS, 2 : 2 + n] = rng.standard_normal((TAPS, n))
    given_z = z[:TAPS, 2 : 2 + n].copy()
    weave(z.reshape(-1), NOTHING, shares, (TAPS * room, 2, room, 1, room + 1, n_vectors))
    d[TAPS:, 2 : 2 + n] = rng.standard_normal((2, n))
    pairs = z[TAPS:].reshape(-1)[: 2 * n].reshape(n, 2)
    forward = (pairs.T * d[TAPS:, 2 : 2 + n]).sum()
    numbers = (2, room, TAPS * room + 2, (TAPS + 1) * room + 2, 1, room, n_vectors)
    unweave(d.reshape(-1), NOTHING, shares, numbers)
    assert (d[:TAPS, 2 : 2 + n] * given_z).sum() == pytest.approx(forward, rel=1e-12)
    assert not d[:TAPS, 2 + n : 2 + n_vectors * (WIDTH // 2)].any()  # tiles read whole vectors of it


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
    shares = shares_of(n, room)
    flat = a.reshape(-1)
    weaving.weave_twin(True)(flat, NOTHING, shares.reshape(-1), TAPS * room, 2, room, 1, room + 1, n_vectors)
    np.testing.assert_allclose(flat[TAPS * room :][: 2 * n], expected, rtol=0, atol=1e-12)


def test_a_nan_stays_and_what_is_negative_goes():
    a = np.full(12 * WIDTH, -1, np.float32)
    a[4] = np.nan
    weave_relu(a, NOTHING, np.zeros(2 * WIDTH, np.float32), (10 * WIDTH, 4, WIDTH, 1, 1, 1))
    assert np.isnan(a[10 * WIDTH + 2])
    np.testing.assert_array_equal(a[10 * WIDTH + 8 : 12 * WIDTH], 0)

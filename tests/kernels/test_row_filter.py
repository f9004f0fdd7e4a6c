"""Rows of the fast engine against their twins, and the twins against the layers' textbook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.kernels import reference, row_filter
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.vectors import VECTORS

WIDTH = VECTORS.width
ROOM = 16 * WIDTH


@kernel
def filter_3(a, places, weights, numbers):
    row_filter.filter_3(a, places, weights, numbers)


@kernel
def filter_5(a, places, weights, numbers):
    row_filter.filter_5(a, places, weights, numbers)


@kernel
def filter_apart(a, places, weights, numbers):
    row_filter.filter_3_apart(a, places, weights, numbers)


@kernel
def split(a, places, weights, numbers):
    row_filter.split_row(a, places, weights, numbers)


@kernel
def join(a, places, weights, numbers):
    row_filter.join_row(a, places, weights, numbers)


def arrays(seed):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(4 * ROOM).astype(np.float32)
    places = np.array([0, 3, 1, 2, 7], np.int64)
    weights = rng.standard_normal(ROOM).astype(np.float32)
    return a, places, weights


def assert_like_the_twin(run, twin, seed, *numbers):
    got, places, weights = arrays(seed)
    expected = got.copy()
    run(got, places, weights, numbers)
    twin(expected, places, weights, *numbers)
    np.testing.assert_allclose(got, expected, rtol=0, atol=3e-6)
    assert (expected != arrays(seed)[0]).any()


vectors = st.integers(1, 4)
shifts = st.integers(1, 2 * WIDTH)


@given(n=vectors, shift=shifts, seed=st.integers(0, 99))
def test_filters(n, shift, seed):
    for taps, run in ((3, filter_3), (5, filter_5)):
        assert_like_the_twin(run, row_filter.filter_twin(taps), seed, 2 * ROOM, shift, 0, 2, n)


@given(n=vectors, shift=shifts, seed=st.integers(0, 99))
def test_filter_with_phases_apart(n, shift, seed):
    numbers = (2 * ROOM, 3 * ROOM, shift, 0, 2, n)
    assert_like_the_twin(filter_apart, row_filter.filter_apart_twin, seed, *numbers)


def test_phases_apart_are_the_filter_bit_by_bit():
    together, places, weights = arrays(0)
    apart = together.copy()
    filter_3(together, places, weights, (2 * ROOM, 5, 0, 2, 4))
    filter_apart(apart, places, weights, (2 * ROOM, 3 * ROOM, 5, 0, 2, 4))
    n = 2 * WIDTH
    np.testing.assert_array_equal(apart[2 * ROOM : 2 * ROOM + n], together[2 * ROOM : 2 * ROOM + 2 * n : 2])
    np.testing.assert_array_equal(
        apart[3 * ROOM : 3 * ROOM + n], together[2 * ROOM + 1 : 2 * ROOM + 2 * n : 2]
    )


@given(n=vectors, shift=shifts, seed=st.integers(0, 99))
def test_split_and_join(n, shift, seed):
    assert_like_the_twin(split, row_filter.split_twin, seed, 2 * ROOM, 3 * ROOM, shift, n)
    assert_like_the_twin(join, row_filter.join_twin, seed, 2 * ROOM, shift, ROOM, n)


def test_a_nan_stays_and_what_is_negative_goes():
    a, places, weights = np.full(4 * ROOM, -1, np.float32), np.arange(3), np.array([0, 0, 1, 0], np.float32)
    a[1] = np.nan
    filter_3(a, places, weights, (2 * ROOM, 0, 0, 0, 1))
    assert np.isnan(a[2 * ROOM])
    np.testing.assert_array_equal(a[2 * ROOM + 3 : 2 * ROOM + WIDTH], 0)


@pytest.mark.parametrize("stride", [1, 2])
def test_filter_is_a_depthwise_convolution_with_relu(stride):
    rng = np.random.default_rng(0)
    row, taps = rng.standard_normal((1, 1, 2 * WIDTH)), rng.standard_normal((1, 3))
    n_vectors = 2 // stride
    a = np.zeros(4 * ROOM, np.float32)
    a[1 : 1 + row.size] = row
    split(a, np.zeros(0, np.int64), a[:0].copy(), (ROOM, ROOM + 4 * WIDTH, 0, 2))
    places = np.arange(3) if stride == 1 else np.array([ROOM, ROOM + 4 * WIDTH, ROOM + 1])
    weights = np.append(np.float32(0), taps).astype(np.float32)
    filter_3(a, places.astype(np.int64), weights, (2 * ROOM, 0, 0, 0, n_vectors))
    expected = np.maximum(reference.depthwise(row, taps, stride)[0, 0], 0)
    np.testing.assert_allclose(a[2 * ROOM : 2 * ROOM + expected.size], expected, rtol=0, atol=1e-6)

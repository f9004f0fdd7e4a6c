"""Windows as the network sees them, straight from the record, against the twin."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.kernels import reference_picking
from lppn_np.kernels.window_input import window_input

DTYPES = (np.float32, np.float64)
seeds = st.integers(0, 2**32 - 1)
#: What a component is: noise, noise far off zero, a constant, nothing, weaker than a dead one, spikes.
KINDS = ("noise", "offset", "constant", "empty", "dead", "spikes")
kinds = st.tuples(*[st.sampled_from(KINDS)] * 3)
units = st.sampled_from([1.0, 1e-12, 1e6, 1e-33, 1e33])
#: Four roundings in float32: two differences, the factor and the product; and one of the sum with the code.
ROUNDINGS = 5 * np.finfo(np.float32).eps / 2


def component(rng, kind, n_samples, holes):
    noise = rng.standard_normal(n_samples)
    row = {
        "noise": noise,
        "offset": noise + 1e4,
        "constant": np.full(n_samples, 0.1),
        "empty": np.full(n_samples, np.nan),
        "dead": 1e-9 * noise,
        "spikes": np.where(rng.random(n_samples) < 0.1, noise, 0.0),
    }[kind]
    row[rng.integers(0, n_samples, holes)] = np.nan
    return row


def both(rows, starts, length, code, common):
    """Kernel and twin, each (x, kept)."""
    integer = {4: np.int32, 8: np.int64}[rows[0].itemsize]
    x = np.full((len(starts), 3, length), np.nan, np.float32)
    kept = np.full(len(starts), -1, np.intp)
    ends = np.empty(2, rows[0].dtype)
    scratch = (ends, ends.view(integer), np.empty((2, 3)))
    bits = tuple(row.view(integer) for row in rows)
    before = [row.copy() for row in rows]
    n_kept = window_input(x, kept, scratch, rows, bits, starts, code, common)
    for row, expected in zip(rows, before, strict=True):
        np.testing.assert_array_equal(row, expected)
    return (x[:n_kept], kept[:n_kept]), reference_picking.window_input(rows, starts, length, code, common)


def assert_same(rows, starts, length, code, common):
    (x, kept), (expected, expected_kept) = both(rows, starts, length, code, common)
    np.testing.assert_array_equal(kept, expected_kept)
    assert expected.dtype == np.float32
    np.testing.assert_allclose(x, expected, rtol=0, atol=ROUNDINGS * (1 + np.abs(code).max()))
    return x, kept


@given(
    st.sampled_from(DTYPES),
    seeds,
    kinds,
    units,
    st.integers(1, 400),
    st.sampled_from([8, 64, 100, 128]),
    st.sampled_from([0, 0, 3, 60]),
    st.booleans(),
    st.booleans(),
)
@example(np.float32, 0, ("noise", "noise", "noise"), 1.0, 1, 8, 0, False, True)
@example(np.float64, 0, ("offset", "dead", "empty"), 1e-12, 300, 64, 60, True, True)
def test_window_input(dtype, seed, what, unit, n_samples, length, holes, common, coded):
    rng = np.random.default_rng(seed)
    rows = tuple((component(rng, kind, n_samples, holes) * unit).astype(dtype) for kind in what)
    starts = np.arange(0, n_samples, max(1, length - length // 3), dtype=np.int64)
    code = coded * rng.standard_normal((3, length)).astype(np.float32)
    assert_same(rows, starts, length, code, common)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_samples", [*range(1, 70), 127, 128, 129])
def test_every_length_of_a_row(dtype, n_samples):
    rng = np.random.default_rng(n_samples)
    rows = tuple(rng.standard_normal((3, n_samples)).astype(dtype))
    x, kept = assert_same(rows, np.zeros(1, np.int64), 128, np.zeros((3, 128), np.float32), False)
    assert len(kept) == (n_samples > 1)
    assert not x[..., n_samples:].any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("place", [0, 1, 7, 8, 31, 63])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_is_found_wherever_it_stands(dtype, place, sign):
    rows = np.random.default_rng(5).uniform(-1, 1, (3, 64)).astype(dtype)
    rows[1, place] = sign * 50
    code = np.zeros((3, 64), np.float32)
    x, _ = assert_same(tuple(rows), np.zeros(1, np.int64), 64, code, False)
    np.testing.assert_allclose(np.abs(x).max(axis=2), 1, rtol=1e-6)
    assert np.abs(x[0, 1]).argmax() == place


@pytest.mark.parametrize("payload", [0x7FC00000, 0xFFC00000, 0x7FC00001, 0xFFFFFFFF])
def test_every_nan_is_a_gap(payload):
    rows = np.random.default_rng(6).standard_normal((3, 64)).astype(np.float32)
    rows.view(np.uint32)[:, 10:20] = payload
    x, _ = assert_same(tuple(rows), np.zeros(1, np.int64), 64, np.zeros((3, 64), np.float32), True)
    assert not x[..., 10:20].any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_offset_costs_no_digits(dtype):
    """Counts of +-5 on an offset of two million: whole numbers, so that the record itself is exact."""
    counts = np.round(np.random.default_rng(7).uniform(-5, 5, (3, 3072)))
    starts, code = np.zeros(1, np.int64), np.zeros((3, 3072), np.float32)
    x, _ = assert_same(tuple((counts + 2e6).astype(dtype)), starts, 3072, code, False)
    plain, _ = assert_same(tuple(counts.astype(dtype)), starts, 3072, code, False)
    np.testing.assert_allclose(x, plain, rtol=0, atol=2 * ROUNDINGS)


@pytest.mark.parametrize("unit", [1e-44, 1e-38, 1e37])
def test_units_at_the_ends_of_float32(unit):
    rows = (np.round(np.random.default_rng(8).uniform(-9, 9, (3, 64))) * unit).astype(np.float32)
    x, kept = assert_same(tuple(rows), np.zeros(1, np.int64), 64, np.zeros((3, 64), np.float32), False)
    assert len(kept) == 1
    assert np.abs(x).max() > 0.99


def test_a_constant_is_not_taken_for_a_signal():
    """The mean of many equal float64 is rounded; what that leaves must not be blown up to full scale."""
    level = np.full(3072, 0.1)
    signal = 1e-15 * np.random.default_rng(9).standard_normal(3072)
    code = np.zeros((3, 3072), np.float32)
    x, kept = assert_same((level, signal, level * 1e9), np.zeros(1, np.int64), 3072, code, True)
    assert kept.tolist() == [0]
    assert np.abs(x).max(axis=2)[0] == pytest.approx([0, 1, 0])
    _, kept = assert_same((level, level, level), np.zeros(1, np.int64), 3072, code, False)
    assert len(kept) == 0

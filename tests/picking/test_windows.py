"""Windows leave no sample out, and gaps are told from data."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lppn_np.picking.decode import clear_of_gaps
from lppn_np.picking.samples import survey
from lppn_np.picking.windows import cut_windows, plan_windows

NAN = np.nan


@st.composite
def plans(draw, max_samples=400):
    """Record length, window, overlap and blinding that check_windowing accepts."""
    length = draw(st.integers(1, 64))
    overlap = draw(st.integers(0, length - 1))
    blinding = draw(st.integers(0, overlap // 2))
    return draw(st.integers(1, max_samples)), length, overlap, blinding


@given(plans())
def test_every_sample_is_covered_and_owned(plan):
    n_samples, length, _, _ = plan
    windows = plan_windows(*plan)
    covered = np.zeros(n_samples, bool)
    owned = np.zeros(n_samples, bool)
    for start, first, stop in zip(windows.starts, windows.first, windows.stop, strict=True):
        inside = np.arange(start, min(start + length, n_samples))
        covered[inside] = True
        owned[inside[(inside >= first) & (inside < stop)]] = True
    assert covered.all()
    assert owned.all()
    assert len(windows) == len(windows.starts)


@given(plans())
def test_inner_edges_are_blind_and_the_ends_of_the_record_are_not(plan):
    n_samples, length, _, blinding = plan
    windows = plan_windows(*plan)
    assert windows.first[0] == 0
    assert windows.stop[-1] == n_samples
    np.testing.assert_array_equal(windows.first[1:], windows.starts[1:] + blinding)
    np.testing.assert_array_equal(windows.stop[:-1], windows.starts[:-1] + length - blinding)


@given(plans())
def test_the_last_window_ends_with_the_record(plan):
    n_samples, length, overlap, _ = plan
    windows = plan_windows(*plan)
    assert windows.starts[0] == 0
    if n_samples <= length:
        assert len(windows) == 1
        return
    assert windows.starts[-1] + length == n_samples
    steps = np.diff(windows.starts)
    assert (steps[:-1] == length - overlap).all()
    assert 0 < steps[-1] <= length - overlap


@pytest.mark.parametrize(
    ("n_samples", "starts"),
    [
        (1, [0]),
        (99, [0]),
        (100, [0]),
        (101, [0, 1]),
        (159, [0, 59]),
        (160, [0, 60]),
        (161, [0, 60, 61]),
    ],
)
def test_around_one_window_and_one_step(n_samples, starts):
    windows = plan_windows(n_samples, 100, 40, 20)
    assert windows.starts.tolist() == starts
    assert windows.starts.dtype == windows.first.dtype == windows.stop.dtype == np.int64


def test_positions_after_a_month():
    n_samples = 31 * 8_640_000
    windows = plan_windows(n_samples, 3072, 1024, 256)
    assert windows.starts[-1] + 3072 == n_samples
    assert np.diff(windows.starts).max() == 2048


@given(plans(max_samples=150), st.sampled_from([np.float32, np.float64]))
def test_cut_windows(plan, dtype):
    n_samples, length, _, _ = plan
    data = np.arange(3 * n_samples, dtype=dtype).reshape(3, n_samples)
    starts = plan_windows(*plan).starts
    got = cut_windows(data, starts, length)
    assert got.dtype == dtype
    for window, start in zip(got, starts, strict=True):
        for t in range(length):
            sample = data[:, start + t] if start + t < n_samples else [NAN] * 3
            np.testing.assert_array_equal(window[:, t], sample)
    got[:] = -1
    assert data[0, 0] == 0


def test_a_record_shorter_than_a_window_is_padded_at_its_end():
    windows = plan_windows(2, 4, 1, 0)
    got = cut_windows(np.ones((3, 2)), windows.starts, 4)
    np.testing.assert_array_equal(got, [[[1, 1, NAN, NAN]] * 3])


# ---------------------------------------------------------------- gaps


def pickable(data, margin):
    """Samples (n,) where an arrival can be told."""
    return clear_of_gaps(survey(data), np.arange(data.shape[1]), margin)


def with_data(flags):
    """Make a record that has data on some component where ``flags`` is true, on changing components."""
    data = np.full((3, len(flags)), NAN)
    for i in np.flatnonzero(flags):
        data[i % 3, i] = i
    return data


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(0, 8))
def test_pickable_is_where_no_sample_within_the_margin_is_missing(flags, margin):
    got = pickable(with_data(flags), margin)
    assert got.dtype == bool
    for i in range(len(flags)):
        assert got[i] == all(flags[max(0, i - margin) : i + margin + 1])


@given(st.integers(1, 10), st.integers(1, 30), st.integers(0, 30))
def test_the_ends_of_a_record_are_no_gaps(margin, n_samples, missing):
    assert pickable(np.zeros((3, n_samples)), margin).all()
    assume(missing < n_samples)
    data = np.zeros((3, n_samples))
    data[:, :missing] = NAN
    first = missing + margin if missing else 0
    np.testing.assert_array_equal(np.flatnonzero(pickable(data, margin)), np.arange(first, n_samples))


def test_a_gap_on_one_component_is_no_gap():
    data = np.zeros((3, 40))
    data[1, 10:20] = NAN
    data[2, :] = NAN
    assert pickable(data, 5).all()
    assert not pickable(np.full((3, 4), NAN), 0).any()

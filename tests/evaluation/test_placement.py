"""Where windows are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.evaluation.placement import window_spans


def spans(arrivals, n_samples, length=3000, seed=0, margin=100, name="record"):
    return window_spans(name, arrivals, n_samples, length, seed, margin)


def test_a_short_record_is_taken_whole():
    assert spans([10], 2000) == [(0, 2000)]
    assert spans([], 3000) == [(0, 3000)]


def test_noise_is_cut_into_windows_side_by_side():
    found = spans([], 9500)
    assert len(found) == 3
    assert all(stop - start == 3000 for start, stop in found)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(found))
    assert 0 <= found[0][0] <= 500


@pytest.mark.parametrize("arrivals", [[3000, 4000], [4000, 3000], [3000], [0], [7999.5], [50, 2990]])
def test_the_window_holds_the_arrivals(arrivals):
    for seed in range(50):
        [(start, stop)] = spans(arrivals, 8000, seed=seed)
        assert 0 <= start < stop <= 8000
        assert all(start <= sample < stop for sample in arrivals)


def test_arrivals_keep_off_the_ends_where_there_is_room():
    for seed in range(200):
        [(start, stop)] = spans([3000, 4000], 8000, seed=seed)
        assert start <= 2900
        assert stop > 4100


def test_of_arrivals_too_far_apart_the_first_counts():
    for seed in range(50):
        [(start, stop)] = spans([1000, 7000], 8000, seed=seed)
        assert start <= 1000 < stop


def test_the_positions_spread_over_all_that_is_possible():
    starts = {spans([3000], 8000, seed=seed)[0][0] for seed in range(400)}
    assert min(starts) < 200
    assert max(starts) > 2800
    assert len(starts) > 300


def test_the_draw_depends_on_name_and_seed_only():
    assert spans([3000], 8000) == spans([3000], 8000)
    assert spans([3000], 8000) != spans([3000], 8000, seed=1)
    assert spans([3000], 8000) != spans([3000], 8000, name="another")


@given(
    st.lists(st.floats(-100, 9000), max_size=2),
    st.integers(1, 9000),
    st.integers(1, 3000),
    st.integers(0, 99),
)
def test_spans_lie_in_the_record(arrivals, n_samples, length, seed):
    found = spans(arrivals, n_samples, length, seed)
    assert found
    assert all(0 <= start < stop <= n_samples for start, stop in found)
    assert all(stop - start == min(length, n_samples) for start, stop in found)
    inside = [sample for sample in arrivals if 0 <= sample < n_samples]
    if inside:
        [(start, stop)] = found
        assert start <= inside[0] < stop

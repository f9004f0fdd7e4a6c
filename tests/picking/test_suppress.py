"""Of several picks of one kind that stand close together the most probable is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.picking.decode import Candidates
from lppn_np.picking.duplicates import suppress_duplicates

KINDS = np.array([0, 1, 2])


def candidates(rows, window=None):
    """Make candidates of (label, time, probability), all of one window or of the windows given."""
    label, time, probability = (np.array(values) for values in zip(*rows, strict=True))
    zeros = np.zeros(len(rows), np.int64)
    return Candidates(
        label.astype(np.intp),
        time.astype(np.float64),
        probability.astype(float),
        zeros,
        zeros,
        zeros if window is None else np.array(window),
    )


def rows(found):
    return list(zip(found.label.tolist(), found.time.tolist(), found.probability.tolist(), strict=True))


def test_the_more_probable_one_is_kept():
    found = candidates([(1, 100, 0.5), (1, 150, 0.9), (1, 199, 0.6), (1, 251, 0.4)])
    assert rows(suppress_duplicates(found, KINDS, 100.0)) == [(1, 150.0, 0.9), (1, 251.0, 0.4)]


def test_what_a_suppressed_one_would_suppress_is_kept():
    found = candidates([(1, 0, 0.9), (1, 80, 0.8), (1, 160, 0.7)])
    assert rows(suppress_duplicates(found, KINDS, 100.0)) == [(1, 0.0, 0.9), (1, 160.0, 0.7)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_equals_the_earlier_is_kept(order):
    found = candidates([(1, 100, 0.5), (1, 150, 0.5)][::order])
    assert rows(suppress_duplicates(found, KINDS, 100.0)) == [(1, 100.0, 0.5)]


def test_exactly_the_distance_is_far_enough():
    found = candidates([(1, 100, 0.5), (1, 200, 0.6)])
    assert len(suppress_duplicates(found, KINDS, 100.0)) == 2
    assert len(suppress_duplicates(found, KINDS, 100.5)) == 1


def test_kinds_do_not_suppress_each_other_and_the_result_is_in_order_of_time():
    found = candidates([(2, 130, 0.9), (1, 300, 0.9), (1, 120, 0.5), (2, 10, 0.3)])
    kept = suppress_duplicates(found, KINDS, 100.0)
    assert rows(kept) == [(2, 10.0, 0.3), (1, 120.0, 0.5), (2, 130.0, 0.9), (1, 300.0, 0.9)]


def dumb_suppress(found, kind, min_distance, segment=0.0):
    accepted = []
    table = zip(rows(found), found.window.tolist(), strict=True)
    for row, window in sorted(table, key=lambda pair: (-pair[0][2], pair[0][1])):
        for (label, time, _), other in accepted:
            least = max(min_distance, segment) if other != window else min_distance
            if kind[row[0]] == kind[label] and abs(row[1] - time) < least:
                break
        else:
            accepted.append((row, window))
    return sorted((row for row, _ in accepted), key=lambda row: row[1])


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 60), st.sampled_from([0.3, 0.5, 0.7, 0.9])), min_size=1
    ),
    st.sampled_from([0.0, 1.0, 2.5, 10.0, 100.0]),
)
def test_as_the_quadratic_way(table, min_distance):
    kind = np.array([0, 1, 2, 1, 2, 1, 2])
    found = candidates(table)
    kept = suppress_duplicates(found, kind, min_distance)
    assert rows(kept) == dumb_suppress(found, kind, min_distance)
    assert rows(suppress_duplicates(kept, kind, min_distance)) == rows(kept)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 6), st.integers(0, 60), st.sampled_from([0.3, 0.5, 0.7, 0.9]), st.integers(0, 2)
        ),
        min_size=1,
    ),
    st.sampled_from([0.0, 2.5, 10.0, 100.0]),
    st.sampled_from([1.0, 8.0, 16.0]),
)
def test_windows_as_the_quadratic_way(table, min_distance, segment):
    kind = np.array([0, 1, 2, 1, 2, 1, 2])
    found = candidates([row[:3] for row in table], [row[3] for row in table])
    kept = suppress_duplicates(found, kind, min_distance, segment)
    assert rows(kept) == dumb_suppress(found, kind, min_distance, segment)


@given(st.lists(st.integers(0, 30), min_size=1), st.sampled_from([0.1, 0.3, 0.7, 1.1]), st.floats(0, 1e9))
def test_distances_that_are_rounded(steps, unit, start):
    """What counts is the difference of two times as it is computed, not a sum that is rounded otherwise."""
    time = start + unit * np.array(steps)
    found = candidates([(1, t, 0.5) for t in time])
    for min_distance in (unit, 3 * unit, float(time[-1] - time[0])):
        if min_distance > 0:
            kept = suppress_duplicates(found, KINDS, min_distance)
            assert rows(kept) == dumb_suppress(found, KINDS, min_distance)


def test_one_arrival_seen_by_two_windows():
    """Two windows never agree to the last digit; one may tell two arrivals in neighbouring segments."""
    seen = [(1, 105.0, 0.8), (1, 113.0, 0.7), (1, 105.5, 0.9), (1, 112.5, 0.6), (2, 105.0, 0.5)]
    found = candidates(seen, [0, 0, 1, 1, 0])
    kept = suppress_duplicates(found, KINDS, 0.0, 16.0)
    assert rows(kept) == [(2, 105.0, 0.5), (1, 105.5, 0.9), (1, 112.5, 0.6)]
    assert len(suppress_duplicates(found, KINDS, 0.0)) == 5
    apart = candidates([(1, 100.0, 0.9), (1, 116.0, 0.8)], [0, 1])
    assert len(suppress_duplicates(apart, KINDS, 0.0, 16.0)) == 2

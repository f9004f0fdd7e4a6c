"""Which pick answers which label: by hand, and against the walk down the list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.evaluation.matching import PhaseTable, match, near_pairs


def table(labels, picks):
    """``labels``: (piece, sample); ``picks``: (piece, sample, probability)."""
    labels, picks = sorted(labels), sorted(picks)
    return PhaseTable(
        np.array([piece for piece, _ in labels], np.intp),
        np.array([sample for _, sample in labels], float),
        np.array([piece for piece, _, _ in picks], np.intp),
        np.array([sample for _, sample, _ in picks], float),
        np.array([probability for _, _, probability in picks], float),
    )


def matched(labels, picks, limit=50):
    """{(label sample, pick sample)} of the matched pairs."""
    rows = table(labels, picks)
    pairs = match(near_pairs(rows, limit))
    return {
        (float(rows.label_sample[a]), float(rows.pick_sample[b]))
        for a, b in zip(pairs.label, pairs.pick, strict=True)
    }


@pytest.mark.parametrize(
    ("labels", "picks", "expected"),
    [
        pytest.param([], [], set(), id="nothing"),
        pytest.param([(0, 100)], [], set(), id="missed"),
        pytest.param([], [(0, 100, 0.9)], set(), id="false"),
        pytest.param([(0, 100)], [(0, 130, 0.9)], {(100, 130)}, id="found"),
        pytest.param([(0, 100)], [(1, 100, 0.9)], set(), id="on another piece"),
        pytest.param([(0, 100)], [(0, 90, 0.5), (0, 120, 0.9)], {(100, 90)}, id="the nearest of two picks"),
        pytest.param([(0, 100)], [(0, 90, 0.5), (0, 110, 0.9)], {(100, 110)}, id="tie: the more probable"),
        pytest.param([(0, 100)], [(0, 90, 0.9), (0, 110, 0.9)], {(100, 90)}, id="tie: the earlier"),
        pytest.param([(0, 90), (0, 110)], [(0, 100, 0.9)], {(90, 100)}, id="one pick, two labels, tie"),
        pytest.param([(0, 90), (0, 120)], [(0, 100, 0.9)], {(90, 100)}, id="one pick, two labels"),
        pytest.param(
            [(0, 100), (0, 140)], [(0, 110, 0.9), (0, 150, 0.9)], {(100, 110), (140, 150)}, id="two and two"
        ),
        pytest.param(
            [(0, 100), (0, 130)],
            [(0, 135, 0.9), (0, 170, 0.9)],
            {(130, 135)},
            id="the closest pair is not given up",
        ),
        pytest.param(
            [(0, 100), (1, 100)], [(0, 100, 0.9), (1, 101, 0.9)], {(100, 100), (100, 101)}, id="pieces"
        ),
    ],
)
def test_by_hand(labels, picks, expected):
    assert matched(labels, picks) == expected


@pytest.mark.parametrize(("pick", "found"), [(150, True), (150.01, False), (50, True), (49.99, False)])
def test_the_tolerance_is_inclusive(pick, found):
    assert bool(matched([(0, 100)], [(0, pick, 0.9)])) == found


def test_rounding_of_float32_offsets_is_not_held_against_a_pick():
    offset = float(np.float32(10.000001))
    assert offset > 10
    assert matched([(0, 100_000)], [(0, 100_000 + offset, 0.9)], limit=10)


SAMPLES = st.integers(0, 60).map(lambda k: k / 2)
LABELS = st.lists(st.tuples(st.integers(0, 2), SAMPLES), max_size=8)
PICKS = st.lists(st.tuples(st.integers(0, 2), SAMPLES, st.sampled_from([0.2, 0.5, 0.9])), max_size=8)


def greedy(rows, limit):
    """The rule as it is written: down the list of all pairs, closest first."""
    pairs = [
        (
            abs(rows.pick_sample[b] - rows.label_sample[a]),
            -rows.pick_probability[b],
            rows.pick_sample[b],
            a,
            b,
        )
        for a in range(len(rows.label_sample))
        for b in range(len(rows.pick_sample))
        if rows.label_piece[a] == rows.pick_piece[b]
    ]
    labels, picks, chosen = set(), set(), set()
    for distance, _, _, a, b in sorted(pairs):
        if distance <= limit and a not in labels and b not in picks:
            labels.add(a)
            picks.add(b)
            chosen.add((a, b))
    return chosen


@given(LABELS, PICKS, st.integers(0, 30))
def test_equals_the_walk_down_the_list(labels, picks, limit):
    rows = table(labels, picks)
    pairs = match(near_pairs(rows, limit))
    assert len(set(pairs.label)) == len(set(pairs.pick)) == len(pairs)
    assert set(zip(pairs.label.tolist(), pairs.pick.tolist(), strict=True)) == greedy(rows, limit)


@given(LABELS, PICKS, st.integers(0, 30), st.integers(0, 30))
def test_a_wide_match_holds_the_narrow_one(labels, picks, one, other):
    rows = table(labels, picks)
    wide = match(near_pairs(rows, max(one, other)))
    narrow = match(near_pairs(rows, min(one, other)))
    near = wide.take(np.abs(wide.residual) <= min(one, other))
    assert set(zip(near.label, near.pick, strict=True)) == set(zip(narrow.label, narrow.pick, strict=True))

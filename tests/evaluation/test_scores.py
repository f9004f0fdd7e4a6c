"""Counts, scores and residuals against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.evaluation.groups import by_bin, by_name
from lppn_np.evaluation.judging import Judge
from lppn_np.evaluation.matching import PhaseTable
from lppn_np.evaluation.scores import Residuals, Score

TOLERANCES = (0.1, 0.2, 0.5)


def judge(labels, picks):
    """One label or None a piece; picks as (piece, sample, probability)."""
    known = [(piece, sample) for piece, sample in enumerate(labels) if sample is not None]
    picks = sorted(picks)
    return Judge(
        PhaseTable(
            np.array([piece for piece, _ in known], np.intp),
            np.array([sample for _, sample in known], float),
            np.array([piece for piece, _, _ in picks], np.intp),
            np.array([sample for _, sample, _ in picks], float),
            np.array([probability for _, _, probability in picks], float),
        ),
        TOLERANCES,
        100.0,
    )


#: Five labels; found 0.05 s late, 0.1 s early, 0.3 s late and not at all (0.6 s), missed; a false pick on a
#: sixth piece and a second one on the first.
HAND = judge(
    [1000, 1000, 1000, 1000, 1000, None],
    [
        (0, 1005, 0.9),
        (0, 2000, 0.4),
        (1, 990, 0.8),
        (2, 1030, 0.35),
        (3, 1060, 0.7),
        (5, 500, 0.6),
    ],
)


def test_scores_by_hand():
    narrow, middle, wide = HAND.scores(0.3)
    assert (narrow.n_labels, narrow.n_picks, narrow.n_right) == (5, 6, 2)
    assert middle.n_right == 2
    assert wide.n_right == 3
    assert wide.precision == pytest.approx(3 / 6)
    assert wide.recall == pytest.approx(3 / 5)
    assert wide.f1 == pytest.approx(6 / 11)


def test_scores_of_a_higher_threshold_by_hand():
    wide = HAND.scores(0.6)[-1]
    assert (wide.n_labels, wide.n_picks, wide.n_right) == (5, 4, 2)


def test_a_threshold_is_inclusive():
    assert HAND.scores(0.9)[-1].n_picks == 1


def test_residuals_by_hand():
    r = HAND.tally(0.3).residuals
    assert r.n == 3
    assert r.mean == pytest.approx(0.25 / 3)
    assert r.mae == pytest.approx(0.45 / 3)
    assert r.rmse == pytest.approx(math.sqrt((0.05**2 + 0.1**2 + 0.3**2) / 3))
    assert r.std == pytest.approx(math.sqrt(r.rmse**2 - r.mean**2))
    assert r.median == pytest.approx(0.05)


def test_what_is_undefined_is_nan():
    assert all(math.isnan(x) for x in (Score(0, 0, 0).precision, Score(0, 0, 0).recall, Score(0, 0, 0).f1))
    assert math.isnan(Score(5, 0, 0).precision)
    assert Score(5, 0, 0).f1 == 0
    assert Residuals.of(np.empty(0)).n == 0
    assert math.isnan(Residuals.of(np.empty(0)).rmse)


def test_reliability_by_hand():
    bins = HAND.reliability(0.3)
    assert [b.n_picks for b in bins] == [0, 0, 0, 1, 1, 0, 1, 1, 1, 1]
    assert [b.n_right for b in bins] == [0, 0, 0, 1, 0, 0, 0, 0, 1, 1]
    assert bins[3].mean_probability == pytest.approx(0.35)
    assert bins[3].share_right == 1
    assert (bins[3].low, bins[3].high) == (0.3, 0.4)


def test_certainty_stands_in_the_last_bin():
    assert judge([100], [(0, 100, 1.0)]).reliability(0.05)[-1].n_right == 1


def test_bins_take_their_lower_edge():
    values = [-5.0, 0.0, 9.9, 10.0, None, math.nan, 3.0]
    groups = by_bin(values, (0, 10), np.array([True] * 6 + [False]))
    assert {name: np.flatnonzero(mask).tolist() for name, mask in groups.items()} == {
        "< 0": [0],
        "0 to 10": [1, 2],
        ">= 10": [3],
        "unknown": [4, 5],
    }


def test_no_bins_where_nothing_is_known():
    assert by_bin([None, None], (0, 10), np.ones(2, bool)) == {}
    assert by_bin([1.0], (0, 10), np.zeros(1, bool)) == {}


def test_names_are_groups():
    groups = by_name(["b", "a", "b", ""])
    assert {name: mask.tolist() for name, mask in groups.items()} == {
        "unknown": [False, False, False, True],
        "a": [False, True, False, False],
        "b": [True, False, True, False],
    }


PIECES = st.lists(
    st.tuples(
        st.none() | st.integers(0, 300),
        st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20).map(lambda k: k / 20)), max_size=4),
    ),
    min_size=1,
    max_size=6,
)


@given(PIECES, st.integers(1, 20).map(lambda k: k / 20))
def test_the_counts_add_up(pieces, threshold):
    labels = [label for label, _ in pieces]
    picks = [(k, sample, p) for k, (_, some) in enumerate(pieces) for sample, p in some]
    whole = judge(labels, picks)
    scores = whole.scores(threshold)
    found = [score.n_right for score in scores]
    assert found == sorted(found)
    for score in scores:
        missed = sum(label is not None for label in labels) - score.n_right
        false = sum(p >= threshold for _, _, p in picks) - score.n_right
        assert missed >= 0
        assert false >= 0
        assert (score.n_right + missed, score.n_right + false) == (score.n_labels, score.n_picks)
    assert whole.tally(threshold).residuals.n == found[-1]
    assert sum(b.n_right for b in whole.reliability(threshold)) == found[-1]
    assert sum(b.n_picks for b in whole.reliability(threshold)) == scores[0].n_picks


@given(PIECES, st.integers(1, 20).map(lambda k: k / 20), st.lists(st.booleans(), min_size=6, max_size=6))
def test_the_parts_add_up_to_the_whole(pieces, threshold, sides):
    labels = [label for label, _ in pieces]
    whole = judge(labels, [(k, sample, p) for k, (_, some) in enumerate(pieces) for sample, p in some])
    side = np.array(sides[: len(pieces)])
    halves = [Judge(whole.table.on(mask), TOLERANCES, 100.0).scores(threshold) for mask in (side, ~side)]
    for score, one, other in zip(whole.scores(threshold), *halves, strict=True):
        assert score.n_labels == one.n_labels + other.n_labels
        assert score.n_picks == one.n_picks + other.n_picks
        assert score.n_right == one.n_right + other.n_right


@given(PIECES, st.integers(1, 19))
def test_with_one_label_a_piece_recall_falls_with_the_threshold(pieces, k):
    labels = [label for label, _ in pieces]
    whole = judge(labels, [(i, sample, p) for i, (_, some) in enumerate(pieces) for sample, p in some])
    assert whole.scores(k / 20)[-1].n_right >= whole.scores((k + 1) / 20)[-1].n_right

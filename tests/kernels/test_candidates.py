"""Logits to candidates, against the twin."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.kernels import reference_picking
from lppn_np.kernels.candidates import candidates

#: As the caller does it (lppn_np.picking.stages).
SLACK = 1e-6


def run(logits, offsets, spans, thresholds, stride, neighbours, weights):
    n_places = logits[:, 1:].size
    real, whole = np.full((2, n_places), np.nan), np.full((4, n_places), -1, np.int64)
    sums = reference_picking.weighed(thresholds, weights)
    likely = np.minimum(sums / (2 * neighbours + 1), 1 - 1e-12)
    least = np.log(likely / (1 - likely)) - SLACK
    n = candidates(real, whole, logits, offsets, spans, thresholds, least, stride, neighbours, weights)
    assert np.isnan(real[:, n:]).all()
    assert (whole[:, n:] == -1).all()
    return real[:, :n], whole[:, :n]


def assert_same(logits, offsets, spans, thresholds, stride, neighbours=0, weights=None):
    weights = np.ones(logits.shape[1]) if weights is None else weights
    arguments = (logits, offsets, spans, thresholds, stride, neighbours, weights)
    real, whole = run(*arguments)
    expected_real, expected_whole = reference_picking.candidates(*arguments)
    np.testing.assert_array_equal(whole, expected_whole)
    np.testing.assert_allclose(real, expected_real, rtol=1e-14, atol=0)
    return real, whole


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 4),
    st.sampled_from([2, 3, 7]),
    st.integers(1, 40),
    st.sampled_from([8, 16]),
    st.sampled_from([0.1, 3.0, 30.0, 1e4]),
    st.sampled_from([1e-6, 0.05, 0.3, 0.9, 1.0]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([0.2, 1.0, 3.0]),
)
@example(0, 1, 3, 1, 8, 1.0, 1.0, 0, 0, 1.0)
@example(0, 1, 3, 1, 8, 1.0, 0.3, 0, 2, 1.0)
@example(0, 1, 3, 1, 8, 1.0, 1.0, 0, 2, 3.0)
def test_candidates(
    seed, n_windows, n_classes, n_times, stride, steepness, threshold, holes, neighbours, weight
):
    rng = np.random.default_rng(seed)
    logits = (steepness * rng.standard_normal((n_windows, n_classes, n_times))).astype(np.float32)
    logits.reshape(-1)[rng.integers(0, logits.size, holes)] = np.nan
    offsets = rng.uniform(-5, 2 * stride, (n_windows, n_times)).astype(np.float32)
    starts = 3 * 10**9 + rng.integers(0, 10**6, n_windows)
    blind = rng.integers(0, n_times * stride // 2 + 1, (2, n_windows))
    spans = np.stack([starts, starts + blind[0], starts + n_times * stride - blind[1]])
    thresholds = np.full(n_classes, threshold)
    thresholds[0] = np.nan
    weights = np.append(1.0, weight ** rng.integers(0, 2, n_classes - 1))
    assert_same(logits, offsets, spans, thresholds, stride, neighbours, weights)


def test_every_segment_of_every_class_finds_a_place():
    logits = np.zeros((2, 3, 50), np.float32)
    spans = np.array([[0, 400], [0, 400], [400, 800]])
    thresholds = np.array([np.nan, 0.1, 0.1])
    real, whole = assert_same(logits, np.zeros((2, 50), np.float32), spans, thresholds, 8)
    assert real.shape == (2, 200)
    np.testing.assert_array_equal(whole[2:], np.repeat([[0, 400], [400, 800]], 100, axis=1).reshape(2, -1))


@pytest.mark.parametrize(("logit", "n"), [(0.0, 1), (-1e-5, 0)])
def test_the_threshold_is_inclusive(logit, n):
    logits = np.array([[[0.0], [logit], [-1000.0]]], np.float32)
    spans, thresholds = np.array([[0], [0], [8]]), np.array([np.nan, 0.5, 0.5])
    assert assert_same(logits, np.zeros((1, 1), np.float32), spans, thresholds, 8)[0].shape[1] == n


def test_certainty_can_be_reached():
    logits = np.array([[[-60.0, 0.0], [60.0, 30.0], [-60.0, 0.0]]], np.float32)
    spans, thresholds = np.array([[0], [0], [16]]), np.array([np.nan, 1.0, 1.0])
    real, _ = assert_same(logits, np.zeros((1, 2), np.float32), spans, thresholds, 8)
    assert real.tolist() == [[0.0], [1.0]]


def test_an_arrival_that_two_segments_share_is_one_with_both_probabilities():
    shares = np.array([0.01, 0.4, 0.5, 0.02])
    probability = np.stack([1 - shares - 0.01, shares, np.full(4, 0.01)])[None]
    offsets = np.array([[4.0, 15.0, 1.0, 4.0]], np.float32)
    spans, thresholds = np.array([[0], [0], [64]]), np.array([np.nan, 0.6, 0.6])
    logits = np.log(probability).astype(np.float32)
    assert assert_same(logits, offsets, spans, thresholds, 16)[0].size == 0
    real, whole = assert_same(logits, offsets, spans, thresholds, 16, 1)
    (of_first, of_second), probabilities = real
    assert whole[1].tolist() == [1, 1]
    assert probabilities == pytest.approx([1 - 0.1 * np.exp(-0.1), 1 - 0.1 * np.exp(-0.2)], abs=1e-6)
    assert of_first == pytest.approx((0.01 * 4 + 0.4 * 31 + 0.5 * 33) / 0.91, abs=1e-5)
    assert of_second == pytest.approx((0.4 * 31 + 0.5 * 33 + 0.02 * 52) / 0.92, abs=1e-5)


@given(st.floats(1e-9, 0.999) | st.just(1.0), st.floats(0.1, 10))
def test_unweighed_probabilities_have_their_odds_divided(p, weight):
    found = reference_picking.unweighed(np.array(p), np.array(weight))
    if p < 1:
        assert found / (1 - found) == pytest.approx(p / (1 - p) / weight, rel=1e-6)
    assert reference_picking.weighed(found, np.array(weight)) == pytest.approx(p, rel=1e-9)
    assert reference_picking.unweighed(np.array(p), np.array(1.0)) == p


def test_what_an_arrival_counted_in_training_is_taken_out_of_the_sum():
    probability = np.array([[[0.4, 0.4], [0.3, 0.45], [0.3, 0.15]]])
    offsets, spans = np.zeros((1, 2), np.float32), np.array([[0], [0], [32]])
    thresholds, weights = np.array([np.nan, 0.49, 0.3]), np.array([1.0, 3.0, 1.0])
    real, whole = assert_same(
        np.log(probability).astype(np.float32), offsets, spans, thresholds, 16, 1, weights
    )
    assert whole[1].tolist() == [1, 1, 2, 2]
    assert real[1] == pytest.approx([0.5, 0.5, 0.45, 0.45], abs=1e-6)  # 0.75 has the odds 3


def test_of_segments_that_are_sure_together_the_one_in_the_middle_is_surest():
    probability = np.array([0.14, 0.96, 0.14])
    logits = np.log(np.stack([1 - probability, probability])[None]).astype(np.float32)
    spans, thresholds = np.array([[0], [0], [48]]), np.array([np.nan, 0.5])
    real, _ = assert_same(logits, np.full((1, 3), 8.0, np.float32), spans, thresholds, 16, 1)
    assert real[1].argmax() == 1
    assert real[1].max() < 1


def test_sums_are_bent_without_changing_their_order():
    totals = np.linspace(0, 3, 3001)
    bent = reference_picking.below_one(totals)
    assert (np.diff(bent) > 0).all()
    assert bent.max() < 1
    np.testing.assert_array_equal(bent[totals <= 0.9], totals[totals <= 0.9])
    slopes = np.diff(bent) / np.diff(totals)
    assert slopes.max() < 1 + 1e-9
    assert abs(np.diff(slopes)).max() < 0.011  # no bend

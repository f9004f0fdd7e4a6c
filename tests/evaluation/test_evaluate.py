"""The rules of judging, with models whose answers are known."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lppn_np
from lppn_np.evaluation import evaluate
from lppn_np.picking.decode import Candidates
from lppn_np.picking.duplicates import suppress_duplicates

MODES = pytest.mark.parametrize("windows", ["window", "record"])
LABELLED = [("one", 3000, 3400), ("two", 2500, 2600), ("three", 1000, None), ("four", None, 5000)]


@pytest.fixture(scope="module")
def labelled(record, records):
    return records([record(name, p, s, snr=5.0 * p) if p else record(name, p, s) for name, p, s in LABELLED])


def last(report, phase):
    return report.phases[phase].overall.scores[-1]


@MODES
def test_an_oracle_is_right(oracle, labelled, windows):
    report = evaluate(oracle, labelled, windows=windows)
    for phase in report.phases.values():
        for score in phase.overall.scores:
            assert (score.precision, score.recall, score.f1) == (1, 1, 1)
            assert score.n_labels == 3
        assert phase.overall.residuals.rmse < 1e-6
        assert phase.best_threshold == report.thresholds[0]
        assert phase.calibration_error < 1e-3


@MODES
def test_silence_finds_nothing(silent, labelled, windows):
    report = evaluate(silent, labelled, windows=windows)
    for phase in report.phases.values():
        score = phase.overall.scores[-1]
        assert (score.n_labels, score.n_picks, score.n_right) == (3, 0, 0)
        assert score.recall == score.f1 == 0
        assert np.isnan(score.precision)
        assert len(phase.residual_seconds) == 0


def test_an_unlabelled_phase_is_not_judged(oracle, record, records):
    there = record("p only", 3000, None, spikes=([3000], [3500]))
    report = evaluate(oracle, records([there]), windows="record")
    assert last(report, "P").n_picks == 1
    assert last(report, "S").n_picks == 0


def test_beside_a_label_other_picks_are_false(oracle, record, records):
    there = record("twice", 3000, None, spikes=([3000, 3300], []))
    score = last(evaluate(oracle, records([there]), windows="record"), "P")
    assert (score.n_labels, score.n_picks, score.n_right) == (1, 2, 1)


def test_picks_on_noise_are_false(oracle, record, records):
    noise = record("noise", noise=True, n=9000, spikes=([1000, 8000], [5000]))
    report = evaluate(oracle, records([noise]), windows="record")
    assert last(report, "P").n_picks == report.phases["P"].n_noise_picks == 2
    assert last(report, "P").precision == 0
    assert last(report, "S").n_picks == 1
    assert report.noise_hours == pytest.approx(9000 / 100 / 3600)
    assert report.false_per_hour("P") == pytest.approx(2 / (90 / 3600))
    assert report.phases["P"].noise_picks == (2,) * len(report.thresholds)
    assert np.isnan(report.phases["P"].best_threshold)


def test_noise_windows_count_their_own_hours(silent, record, records):
    report = evaluate(silent, records([record("noise", noise=True, n=8000)]))
    assert (report.n_records, report.n_noise) == (1, 1)
    assert report.noise_hours == pytest.approx(2 * 3072 / 100 / 3600)


def test_an_arrival_outside_the_window_is_not_judged(oracle, record, records):
    far = record("far", 1000, 7500, n=8000)
    report = evaluate(oracle, records([far]))
    assert last(report, "P").n_right == 1
    assert (last(report, "S").n_labels, last(report, "S").n_picks) == (0, 0)
    assert last(evaluate(oracle, records([far]), windows="record"), "S").n_right == 1


def test_a_record_shorter_than_a_window(oracle, record, records):
    report = evaluate(oracle, records([record("short", 300, 700, n=1000)]))
    assert last(report, "P").f1 == last(report, "S").f1 == 1


def test_residuals_keep_their_sign(oracle, record, records):
    late = record("late", 3000, 3500, spikes=([3008], [3480]))
    report = evaluate(oracle, records([late]))
    assert report.phases["P"].overall.residuals.mean == pytest.approx(0.08)
    assert report.phases["S"].overall.residuals.mean == pytest.approx(-0.2)
    assert [score.n_right for score in report.phases["S"].overall.scores] == [0, 1, 1]


def test_records_that_cannot_be_judged_are_counted(oracle, record, records):
    unlabelled = record("unlabelled")
    damaged = (record("damaged", 100, 200)[0], None)
    report = evaluate(oracle, records([unlabelled, damaged, record("good", 1000, 2000)]))
    assert (report.n_records, report.n_unlabelled, report.n_unusable) == (1, 1, 1)


def test_groups(oracle, record, records):
    data = records(
        [
            record("a", 1000, 2000, snr=5.0, distance=10.0, source="x"),
            record("b", 1000, 2000, snr=25.0, source="y"),
            record("c", noise=True, snr=1.0, spikes=([500], []), source="z"),
        ]
    )
    phase = evaluate(oracle, data, snr_edges=(10, 20)).phases["P"]
    assert {name: t.scores[-1].n_labels for name, t in phase.by_snr.items()} == {
        "< 10": 1,
        "10 to 20": 0,
        ">= 20": 1,
    }
    assert phase.by_distance["< 20"].scores[-1].n_right == 1
    assert phase.by_distance["unknown"].scores[-1].n_right == 1
    assert phase.by_source["z"].scores[-1].n_labels == 0
    assert sum(t.scores[-1].n_labels for t in phase.by_place.values()) == 2
    assert sum(t.scores[-1].n_picks for t in phase.by_source.values()) == phase.overall.scores[-1].n_picks


@pytest.fixture(scope="module")
def untrained():
    """Picks everywhere, with probabilities of all sizes."""
    return lppn_np.LPPN(lppn_np.LPPNConfig(min_distance=0.3), seed=3)


@MODES
@pytest.mark.parametrize("threshold", [0.3, 0.35, 0.5])
def test_thresholds(untrained, labelled, windows, threshold):
    """One run for all thresholds gives what a run for each of them does."""
    both = {"P_threshold": threshold, "S_threshold": threshold}
    at_once = evaluate(untrained, labelled, windows=windows, thresholds=(0.05, threshold))
    alone = evaluate(untrained, labelled, windows=windows, thresholds=(threshold,), **both)
    for name, phase in alone.phases.items():
        assert phase.overall.scores == phase.curve[0] == at_once.phases[name].curve[1]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=20),
    st.integers(0, 12),
    st.integers(1, 9),
)
def test_suppression_does_not_depend_on_what_is_below_the_threshold(found, min_distance, threshold):
    time = np.array([t for t, _ in found], float)
    probability = np.array([p for _, p in found], float) / 10
    zero = np.zeros(len(found), np.int64)
    candidates = Candidates(zero.astype(np.intp), time, probability, zero, zero, zero)
    kind = np.zeros(1, np.intp)

    def reaching(some):
        return some.take(some.probability >= threshold / 10)

    early = suppress_duplicates(reaching(candidates), kind, min_distance)
    late = reaching(suppress_duplicates(candidates, kind, min_distance))
    assert early.time.tolist() == late.time.tolist()
    assert early.probability.tolist() == late.probability.tolist()


def test_the_report_depends_on_neither_threads_nor_company(untrained, labelled, records):
    one, three = (evaluate(untrained, labelled, n_threads=n).to_dict() for n in (1, 3))
    assert json.dumps(one) == json.dumps(three)
    alone = evaluate(untrained, records(labelled.records[1:2]))
    whole = evaluate(untrained, records([labelled.records[0], dataclass_source(labelled.records[1], "it")]))
    assert whole.phases["P"].by_source["it"].scores == alone.phases["P"].overall.scores


def dataclass_source(pair, source):
    return dataclasses.replace(pair[0], source=source), pair[1]


def test_another_length_of_window(oracle, labelled):
    model = lppn_np.LPPN()
    report = evaluate(model, labelled, in_samples=2048)
    assert report.in_samples == 2048
    assert evaluate(model, labelled, in_samples=3072).in_samples == 3072

"""Hours of real records: labelled arrivals, gaps, and the settings that only many picks show."""

import csv
from itertools import pairwise

import numpy as np
import pytest

import lppn_np
from lppn_np.picking import pipeline

STATIONS = ("CI.CLC", "CI.JRC2", "CI.LRL", "CI.MPM", "CI.SRT", "CI.TOW2")


@pytest.fixture(scope="session")
def labels(shared_data, ridgecrest):
    """``labels[station, phase]`` are AI-PAL's picks, in seconds after the first sample."""
    found = {}
    with shared_data("continuous", "ridgecrest", "picks.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            start = ridgecrest(row["station"]).starttime
            times = found.setdefault((row["station"], row["phase"]), [])
            times.append(type(start)(row["time"]) - start)
    return {key: np.array(times) for key, times in found.items()}


def recall(labelled, picks, seconds):
    times = np.array([p.peak_time for p in picks])
    return np.abs(labelled[:, None] - times).min(axis=1) <= seconds


def test_labelled_arrivals_of_a_sequence(labels, ridgecrest, paper):
    # Measured with these weights: 66 % of 203 P and 78 % of 203 S within 0.5 s, threshold 0.3. Both the
    # labels and the picks are automatic, so this is a check of the chain, not of the weights.
    hits = {"P": [], "S": []}
    for station in STATIONS:
        data = ridgecrest(station).data
        assert data.shape[1] > 2.3 * 360_000
        found = lppn_np.pick(data, model=paper(64, 8))
        times = [p.peak_time for p in found]
        assert times == sorted(times)
        for phase, hit in hits.items():
            hit.extend(recall(labels[station, phase], found.select(phase=phase), 0.5))
    assert len(hits["P"]) == len(hits["S"]) == 203
    assert np.mean(hits["P"]) > 0.60
    assert np.mean(hits["S"]) > 0.72


def test_the_same_picks_hours_later(ridgecrest, three_minutes, paper, assert_same_picks):
    # A whole number of steps between windows lies before, so that the same windows come again.
    before = np.concatenate([ridgecrest(station).data for station in STATIONS[:2]], axis=1)
    before = before[:, : before.shape[1] // 2048 * 2048]
    shift = before.shape[1] / 100
    assert shift > 4 * 3600
    found = lppn_np.pick(np.concatenate([before, three_minutes], axis=1), model=paper(64, 8))
    times = [p.peak_time for p in found]
    assert times == sorted(times)
    assert times[0] < 100
    again = [
        lppn_np.Pick("", 0.0, 0.0, p.peak_time - shift, p.peak_value, p.phase)
        for p in found
        if p.peak_time > shift + 25
    ]
    expected = [p for p in lppn_np.pick(three_minutes, model=paper(64, 8)) if p.peak_time > 25]
    assert len(expected) > 4
    assert_same_picks(again, expected, 1e-6, 1e-6)


# ---------------------------------------------------------------- gaps


GAPS = ((2000, 2001), (4000, 4100), (6500, 8000), (9000, 9400), (11000, 14100), (15000, 15020))


@pytest.fixture(scope="session")
def gappy(three_minutes):
    """Three minutes with gaps of many lengths, from one sample to more than a window."""
    data = three_minutes.astype(np.float64)
    for first, stop in GAPS:
        data[:, first:stop] = np.nan
    return data


def nearest_edge(picks):
    """Seconds from the picks to the nearest edge of a gap, the least of all; negative inside of a gap."""
    times = [p.peak_time * 100 for p in picks]
    return min(first - t if t < first else t - stop for t in times for first, stop in GAPS) / 100


def test_no_pick_in_or_near_a_gap(gappy, paper):
    for model in (paper(16, 8), paper(64, 8)):
        found = lppn_np.pick(gappy, model=model, P_threshold=0.02, S_threshold=0.02, min_distance=0.1)
        assert len(found) > 10
        assert nearest_edge(found) >= 0.5


def test_without_the_margin_there_is_a_pick_where_a_gap_ends(gappy, paper, monkeypatch):
    monkeypatch.setattr(pipeline, "GAP_MARGIN", 0.0)
    found = lppn_np.pick(gappy, model=paper(64, 8))
    assert 0 <= nearest_edge(found) < 0.1


def test_a_gap_does_not_disturb_what_is_far_from_it(three_minutes, paper, assert_same_picks):
    data = three_minutes.copy()
    data[:, :6000] = np.nan
    expected = [p for p in lppn_np.pick(three_minutes, model=paper()) if p.peak_time > 95]
    found = [p for p in lppn_np.pick(data, model=paper()) if p.peak_time > 95]
    assert expected
    assert_same_picks(found, expected, 1e-6, 1e-6)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("min_distance", [0.5, 1.0, 3.0, 20.0, 1e9])
def test_min_distance(min_distance, three_minutes, paper):
    low = {"P_threshold": 0.05, "S_threshold": 0.05}
    found = lppn_np.pick(three_minutes, model=paper(), min_distance=min_distance, **low)
    everything = lppn_np.pick(three_minutes, model=paper(), min_distance=0, **low)
    for phase in "PS":
        times = [p.peak_time for p in found.select(phase=phase)]
        assert all(b - a >= min_distance for a, b in pairwise(times))
        best = max(everything.select(phase=phase), key=lambda p: p.peak_value)
        assert best in found
    assert len(found) < len(everything)


def test_thresholds(three_minutes, paper):
    low = lppn_np.pick(three_minutes, model=paper(), P_threshold=0.1, S_threshold=0.1, min_distance=0)
    for P, S in ((0.1, 0.8), (0.8, 0.1), (0.5, 0.5)):
        found = lppn_np.pick(three_minutes, model=paper(), P_threshold=P, S_threshold=S, min_distance=0)
        assert [(p.phase, p.peak_time) for p in found] == [
            (p.phase, p.peak_time) for p in low if p.peak_value >= (P if p.phase == "P" else S)
        ]
        assert 0 < len(found) < len(low)

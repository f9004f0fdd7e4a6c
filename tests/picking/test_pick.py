"""Published weights on real records: where the arrivals are, and what changes nothing."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lppn_np

P_ARRIVAL, S_ARRIVAL = 4.69, 5.65  # of obspy's example, read off the record


def assert_example_picks(picks, tolerance=0.1):
    assert [p.phase for p in picks] == ["P", "S"]
    assert abs(picks[0].peak_time - P_ARRIVAL) <= tolerance
    assert abs(picks[1].peak_time - S_ARRIVAL) <= tolerance


@pytest.mark.parametrize("stride", [16, 32, 64])
def test_arrivals_of_the_example(stride, paper, example):
    picks = lppn_np.pick(example, model=paper(stride, 8))
    assert isinstance(picks, lppn_np.PickList)
    assert_example_picks(picks)
    for p in picks:
        assert p.trace_id == ""
        assert type(p.peak_time) is float
        assert 0.3 <= p.peak_value <= 1
        assert p.start_time <= p.peak_time <= p.end_time
        assert p.end_time - p.start_time <= 3 * stride / 100


def test_weights_are_found_by_path(paper, example, tmp_path):
    paper().save(tmp_path / "16-8.npz")
    expected = lppn_np.pick(example, model=paper())
    assert lppn_np.pick(example, model=tmp_path / "16-8.npz") == expected
    assert lppn_np.pick(example, model=str(tmp_path / "16-8.npz"), trace_id="") == expected


# ---------------------------------------------------------------- the same record in another form


@pytest.mark.parametrize("factor", [1e-12, 1e6, -1e-20])
def test_the_unit_does_not_matter(factor, paper, three_minutes, example, assert_same_picks):
    for record in (example, three_minutes):
        expected = lppn_np.pick(record * np.sign(factor), model=paper())
        assert expected
        assert_same_picks(lppn_np.pick(record * factor, model=paper()), expected)


@pytest.mark.parametrize("order", ["".join(p) for p in itertools.permutations("ENZ")] + ["zne"])
def test_component_order(order, paper, example):
    rows = example[["ENZ".index(c) for c in order.upper()]]
    expected = lppn_np.pick(example, model=paper())
    assert lppn_np.pick(rows, model=paper(), component_order=order) == expected


def test_component_order_is_not_ignored(paper, example):
    assert lppn_np.pick(example, model=paper(), component_order="ZNE") != lppn_np.pick(example, model=paper())


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x.astype(np.int32),
        lambda x: x.astype(np.int16),
        lambda x: x.astype(np.float32),
        lambda x: x.astype(">f4"),
        np.asfortranarray,
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x.tolist(),
        list,
        np.ma.masked_array,
        lambda x: np.ma.masked_array(x.astype(np.int32), mask=False),
    ],
)
def test_other_arrays(form, paper, example, assert_same_picks):
    counts = np.round(example)
    before = counts.copy()
    expected = lppn_np.pick(counts, model=paper())
    assert_example_picks(expected)
    assert_same_picks(lppn_np.pick(form(counts), model=paper()), expected)
    np.testing.assert_array_equal(counts, before)


def test_a_masked_array_is_one_with_gaps(paper, example, assert_same_picks):
    with_gap = example.copy()
    with_gap[:, 2000:2300] = np.nan
    masked = np.ma.masked_array(example, mask=np.isnan(with_gap))
    counts = np.ma.masked_array(np.round(example).astype(np.int32), mask=np.isnan(with_gap))
    expected = lppn_np.pick(with_gap, model=paper())
    assert_example_picks(expected)
    assert lppn_np.pick(masked, model=paper()) == expected
    assert_same_picks(lppn_np.pick(counts, model=paper()), expected, 0.01, 0.01)


def test_a_missing_component(paper, example):
    only_z = example.copy()
    only_z[:2] = np.nan
    found = lppn_np.pick(only_z, model=paper(64, 8), P_threshold=0.1)
    assert min(abs(p.peak_time - P_ARRIVAL) for p in found.select(phase="P")) < 0.1


def test_a_stream_is_its_array(paper, example, example_stream, assert_same_picks):
    start = example_stream[0].stats.starttime
    found = lppn_np.pick(example_stream, model=paper())
    assert {p.trace_id for p in found} == {"BW.RJOB."}
    assert all(type(p.peak_time) is type(start) for p in found)
    relative = [lppn_np.Pick("", 0, 0, p.peak_time - start, p.peak_value, p.phase) for p in found]
    assert_same_picks(relative, lppn_np.pick(example, model=paper()), 1e-6, 1e-6)


def test_a_stream_of_two_stations(paper, example_stream):
    second = example_stream.copy()
    for trace in second:
        trace.stats.station = "ABC"
        trace.stats.starttime += 0.5
    found = lppn_np.pick(second + example_stream, model=paper())
    assert [p.trace_id for p in found] == ["BW.RJOB.", "BW.ABC."] * 2
    assert [p.phase for p in found] == ["P", "P", "S", "S"]


# ---------------------------------------------------------------- how it is computed


def test_threads_and_batches_do_not_matter(paper, three_minutes, assert_same_picks):
    expected = lppn_np.pick(three_minutes, model=paper())
    assert len(expected) >= 4
    for n_threads in (2, 3, 0):
        assert lppn_np.pick(three_minutes, model=paper(), n_threads=n_threads) == expected
    for batch_size in (1, 2, 5):
        got = lppn_np.pick(three_minutes, model=paper(), batch_size=batch_size)
        assert_same_picks(got, expected, 1e-4, 1e-5)


def test_callers_side_by_side(paper, three_minutes):
    expected = lppn_np.pick(three_minutes, model=paper())
    with ThreadPoolExecutor(4) as callers:
        calls = [
            callers.submit(lppn_np.pick, three_minutes, model=paper(), n_threads=n, batch_size=5)
            for n in (1, 2, 3, 0) * 3
        ]
        assert all(call.result() == expected for call in calls)


def test_the_engine_does_not_matter(paper, three_minutes, assert_same_picks):
    expected = lppn_np.pick(three_minutes, model=paper())
    assert_same_picks(lppn_np.pick(three_minutes, model=paper(), engine="numpy"), expected)


# ---------------------------------------------------------------- windows and lengths


@pytest.fixture(scope="session")
def arrival(ridgecrest):
    """Return a record and the sample of a P that AI-PAL labelled, 2019-07-04T16:13:48.528 at TOW2."""
    record = ridgecrest("CI.TOW2")
    labelled = type(record.starttime)("2019-07-04T16:13:48.528")
    return record, round((labelled - record.starttime) * 100)


@pytest.mark.parametrize("place", [3060, 3072, 3080, 2048])
def test_an_arrival_at_the_edge_of_a_window(place, paper, arrival):
    record, sample = arrival
    data = record.data[:, sample - place : sample - place + 9000]
    for windows in ({}, {"overlap": 2048, "blinding": 1024}, {"overlap": 1000, "blinding": 500}):
        found = lppn_np.pick(data, model=paper(), **windows).select(phase="P")
        assert min(abs(p.peak_time - place / 100) for p in found) < 0.2


@pytest.mark.parametrize("n_samples", [3071, 3072, 3073, 3072 + 2048, 3072 + 2049])
def test_around_one_window(n_samples, paper, arrival):
    record, sample = arrival
    found = lppn_np.pick(record.data[:, sample - 1500 : sample - 1500 + n_samples], model=paper())
    assert [p.phase for p in found[:2]] == ["P", "S"]
    assert abs(found[0].peak_time - 15) < 0.2
    assert all(0 <= p.peak_time <= (n_samples - 1) / 100 for p in found)


@pytest.mark.parametrize("n_samples", [2, 15, 16, 17, 129])
def test_very_short_records(n_samples, paper, example):
    record = example[:, 460 : 460 + n_samples]
    everything = {"P_threshold": 1e-30, "S_threshold": 1e-30, "min_distance": 0.0}
    found = lppn_np.pick(record, model=paper(), **everything)
    assert len(found) == 2 * -(-n_samples // 16)  # a P and an S in every segment, none in the padding
    for p in found:
        assert 0 <= p.peak_time <= (n_samples - 1) / 100
        assert (p.start_time, p.end_time) == (0, n_samples / 100)
    assert lppn_np.pick(example[:, 460:461], model=paper(), **everything) == []


def test_a_record_without_a_signal_has_no_picks(paper):
    for level in (0.0, 5.0, np.array([[1.0], [np.nan], [1e9]])):
        assert lppn_np.pick(np.full((3, 7000), level), model=paper(), P_threshold=1e-6) == []

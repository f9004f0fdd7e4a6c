"""Merging: gaps stay gaps, nothing is guessed, however a record is cut up it merges back, and fast."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lppn_np.waveforms import records_from_stream
from lppn_np.waveforms.merging import merge_into

obspy = pytest.importorskip("obspy")

NAN = np.nan
T0 = obspy.UTCDateTime("2024-02-28T23:59:58.123456")


def trace(component, samples, start, rate):
    header = {"network": "XX", "station": "STA", "channel": f"HH{component}"}
    return obspy.Trace(samples, header | {"sampling_rate": rate, "starttime": T0 + start / rate})


def vertical(samples, start=0.0):
    data = samples if isinstance(samples, np.ndarray) else np.array(samples, dtype=np.float64)
    return trace("Z", data, start, 100.0)


def one_record(traces):
    (record,) = records_from_stream(traces)
    return record


def row_z(traces):
    return one_record(traces).data[2]


def test_a_gap_is_nan_and_is_not_interpolated():
    np.testing.assert_array_equal(row_z([vertical([1, 2]), vertical([9], 4)]), [1, 2, NAN, NAN, 9])


def test_equal_overlap_is_merged():
    record = one_record([vertical([1, 2, 3]), vertical([2, 3, 4], 1)])
    np.testing.assert_array_equal(record.data[2], [1, 2, 3, 4])
    assert record.notes == ("no component E", "no component N")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_conflicting_overlap_is_nan_whatever_the_order(order):
    segments = [vertical([1, 2, 3]), vertical([2, 7, 4], 1), vertical([7, 4], 2)]
    record = one_record([segments[i] for i in order])
    np.testing.assert_array_equal(record.data[2], [1, 2, NAN, 4])
    assert "component Z: overlapping traces disagree, samples left out: 1" in record.notes


def test_a_short_segment_within_a_long_one():
    traces = [vertical(np.arange(8.0)), vertical([2, 3], 2), vertical([7, 8], 7)]
    np.testing.assert_array_equal(row_z(traces), np.arange(9))


def test_masked_and_nan_samples_are_no_data_and_are_filled_from_an_overlap():
    masked = np.ma.MaskedArray([1, 2, 3, 4], mask=[0, 1, 1, 0], dtype=np.int32)
    np.testing.assert_array_equal(row_z([vertical(masked)]), [1, NAN, NAN, 4])
    traces = [vertical(masked), vertical([NAN, 8, NAN, NAN])]
    np.testing.assert_array_equal(row_z(traces), [1, 8, NAN, 4])
    np.testing.assert_array_equal(row_z(traces[::-1]), [1, 8, NAN, 4])


def test_a_merged_stream_of_obspy_gives_the_same():
    stream = obspy.Stream([vertical([1, 2]), vertical([9], 4)])
    np.testing.assert_array_equal(row_z(stream.copy().merge()), row_z(stream))


def merge_naively(n, placed):
    """Sample by sample: the one value that all the segments agree on, or none."""
    values = [set() for _ in range(n)]
    for first, samples in placed:
        for i, sample in enumerate(np.ma.filled(samples, np.nan)):
            values[first + i] |= set() if np.isnan(sample) else {float(sample)}
    lost = sum(len(found) > 1 for found in values)
    return np.array([found.pop() if len(found) == 1 else np.nan for found in values]), lost


@st.composite
def segments(draw):
    """Draw a segment of few different values, so that overlaps agree and disagree; -1 is masked, 0 NaN."""
    values = np.array(draw(st.lists(st.integers(-1, 2), min_size=1, max_size=12)), dtype=np.float64)
    masked = np.ma.masked_equal(values, -1) if -1 in values else values
    masked[values == 0] = np.nan
    return draw(st.integers(0, 20)), masked


@settings(max_examples=300, deadline=None)
@given(st.lists(segments(), max_size=8))
def test_merge_into(placed):
    expected, expected_lost = merge_naively(40, placed)
    got = np.full(40, np.nan)
    lost = merge_into(got, placed)
    np.testing.assert_array_equal(got, expected)
    assert lost == expected_lost


@st.composite
def splits(draw):
    """Draw pieces of 3 components that together cover all samples, shuffled, with or without overlaps."""
    n = draw(st.integers(1, 60))
    reach = draw(st.sampled_from([0, 1, 5, 60]))
    pieces = []
    for component in range(3):
        cuts = sorted({0, n, *draw(st.lists(st.integers(0, n), max_size=12))})
        for begin, end in pairwise(cuts):
            first = max(0, begin - draw(st.integers(0, reach)))
            last = min(n, end + draw(st.integers(0, reach)))
            pieces.append((component, first, last))
    return n, draw(st.permutations(pieces)), draw(st.sampled_from([1.0, 99.999, 100.0, 128.0, 1000 / 3]))


@settings(max_examples=200, deadline=None)
@given(splits())
def test_any_split_merges_back(split):
    n, pieces, rate = split
    whole = np.random.default_rng(n).normal(size=(3, n))
    traces = [trace("ENZ"[c], whole[c, first:last].copy(), first, rate) for c, first, last in pieces]
    record = one_record(traces)
    assert not any("disagree" in note for note in record.notes)
    np.testing.assert_array_equal(record.data, whole)


def test_a_day_in_thousands_of_shuffled_segments():
    n, count = 8_640_000, 5000
    data = np.arange(n, dtype=np.int32)
    starts = np.arange(count) * (n // count)
    stream = obspy.Stream([trace(c, data[i : i + 1730], float(i), 100.0) for c in "ENZ" for i in starts])
    np.random.default_rng(0).shuffle(stream.traces)
    record = one_record(stream)  # measured 0.3 to 1.1 s; obspy's own merge takes over a minute
    np.testing.assert_array_equal(record.data, [data] * 3)

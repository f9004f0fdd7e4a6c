"""Streams to records at one rate: islands, changed rates, clocks."""

import numpy as np
import pytest

from lppn_np.waveforms.preparing import Preparation, stations_from_stream
from lppn_np.waveforms.timeline import Timeline, seconds_of

obspy = pytest.importorskip("obspy")

T0 = obspy.UTCDateTime("2024-02-28T23:59:58.123456")


def trace(channel, data, start=0.0, rate=100.0):
    header = {"network": "XX", "station": "STA", "channel": channel, "sampling_rate": rate}
    return obspy.Trace(np.array(data, dtype=np.float64), {**header, "starttime": T0 + start})


def records(*traces, **how):
    (station,) = stations_from_stream(obspy.Stream(list(traces)), Preparation(100.0, **how))
    return station.records


def test_one_record():
    (record,) = records(trace("HHZ", [1, 2, 3]), trace("HHN", [5, 6], 0.01))
    np.testing.assert_array_equal(record.data[2], [1, 2, 3])
    np.testing.assert_allclose(seconds_of(record.timelines, np.array([0, 2])), [0, 0.02], atol=1e-12)


def test_long_gaps_make_islands_with_margins():
    first, second = records(trace("HHZ", np.ones(200)), trace("HHZ", np.ones(100), 700.003), margin=50)
    assert (first.data.shape, second.data.shape) == ((3, 250), (3, 150))
    assert np.isnan(first.data[2, 200:]).all()
    assert np.isnan(second.data[2, :50]).all()
    assert second.starttime == T0 + 700.003
    assert seconds_of(second.timelines, np.array([50.0, 60.5]))[1] == pytest.approx(0.105, abs=1e-9)


def test_a_trace_of_1970_does_no_harm():
    lost = trace("HHZ", np.ones(200))
    lost.stats.starttime = obspy.UTCDateTime(0)
    found = records(lost, trace("HHZ", np.ones(300)))
    assert [record.data.shape[1] for record in found] == [250, 350]


def test_a_rate_that_was_changed():
    """40 Hz, then 100 Hz: one record, each part by its own clock."""
    x = np.sin(np.arange(4000) / 40 * 2 * np.pi * 2)
    y = np.sin(np.arange(5000) / 100 * 2 * np.pi * 2)
    (record,) = records(trace("HHZ", x, 0.0, 40.0), trace("HHZ", y, 100.004))
    assert record.sampling_rate == 100.0
    at = np.array([100.0, 9000.0, 10_000.0, 14_000.0])
    seconds = seconds_of(record.timelines, at)
    np.testing.assert_allclose(seconds, [1.0, 90.0, 100.004, 140.004], atol=1e-9)
    inner = record.data[2, 300:9600]
    np.testing.assert_allclose(inner, np.sin(np.arange(300, 9600) / 100 * 4 * np.pi), atol=0.01)
    np.testing.assert_array_equal(record.data[2, 10_000:], y)


def test_components_of_different_rates():
    (record,) = records(trace("HHZ", np.ones(1000)), trace("HHN", np.ones(500), 0.0, 50.0))
    assert (~np.isnan(record.data)).sum(axis=1).tolist() == [0, 999, 1000]


def test_the_mean_of_clocks():
    """Components that start at different parts of a sample: a pick's time is the mean of those with data."""
    (record,) = records(trace("HHZ", np.ones(300)), trace("HHN", np.ones(100), 1.002))
    seconds = seconds_of(record.timelines, np.array([50.0, 150.0, 250.0]))
    np.testing.assert_allclose(seconds, [0.5, 1.501, 2.5], atol=1e-9)


def test_a_timeline():
    clock = Timeline(*np.array([[0, 100], [50, 200], [0, 1.25], [0.01, 0.02]], float))
    seconds, covered = clock.at(np.array([-1.0, 0, 49, 50, 99, 100, 150, 200]))
    np.testing.assert_allclose(seconds, [-0.01, 0, 0.49, 0.5, 0.99, 1.25, 2.25, 3.25])
    assert covered.tolist() == [False, True, True, False, False, True, True, False]
    doubled, _ = clock.resampled(2.0).at(np.array([98.0, 200, 300]))
    np.testing.assert_allclose(doubled, [0.49, 1.25, 2.25])

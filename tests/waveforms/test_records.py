"""Streams to records: gaps stay gaps, nothing is guessed, the Stream is not changed."""

import sys

import numpy as np
import pytest

from lppn_np.errors import InputError, MissingDependencyError
from lppn_np.waveforms import Record, records, records_from_stream

obspy = pytest.importorskip("obspy")

T0 = obspy.UTCDateTime("2024-02-28T23:59:58.123456")
NAN = np.nan


def trace(channel, data, start=0.0, rate=100.0, station="STA", location=""):
    """Make a trace whose start is given in samples after T0."""
    header = {"network": "XX", "station": station, "location": location, "channel": channel}
    header |= {"sampling_rate": rate, "starttime": T0 + start / rate}
    return obspy.Trace(data if isinstance(data, np.ndarray) else np.array(data, dtype=np.float64), header)


def three(n=4, prefix="HH", **header):
    return obspy.Stream([trace(prefix + c, np.arange(n) + 10.0 * i, **header) for i, c in enumerate("ENZ")])


def one_record(traces, **options) -> Record:
    (record,) = records_from_stream(obspy.Stream(list(traces)), **options)
    return record


def test_the_union_of_the_components():
    record = one_record([trace("HHE", [1, 2], 1), trace("HHN", [3, 4], 2), trace("HHZ", [5, 6], 0)])
    np.testing.assert_array_equal(
        record.data, [[NAN, 1, 2, NAN], [NAN, NAN, 3, 4], [5, 6, NAN, NAN]], strict=True
    )
    assert (record.starttime, record.notes) == (T0, ())


# ---------------------------------------------------------------- time


@pytest.mark.parametrize(("start", "index"), [(2.0005, 2), (2.4, 2), (2.5, 3), (2.6, 3)])
def test_offsets_go_to_the_nearest_sample(start, index):
    record = one_record([trace("HHZ", [0.0]), trace("HHN", [1.0], start)])
    assert np.flatnonzero(record.data[1] == 1.0) == [index]
    assert record.starttime == T0
    remark = [note for note in record.notes if "off the time grid of XX.STA..HHZ" in note]
    assert len(remark) == (start != 2.0005)
    assert all(note.startswith("XX.STA..HHN up to 0.") for note in remark)


def test_a_drifting_rate_is_tolerated_and_reported():
    record = one_record([trace("HHZ", np.zeros(1001), -1), trace("HHN", np.zeros(1001), rate=99.995)])
    assert record.data.shape == (3, 1002)
    assert any("XX.STA..HHN up to 0.05 samples" in note for note in record.notes)


def test_the_grid_is_exact_after_years():
    record = one_record([trace("HHZ", [1.0], 0, 0.01), trace("HHZ", [2.0], 2e6, 0.01)])
    assert (record.data.shape, record.data[2, -1]) == ((3, 2_000_001), 2.0)
    assert record.notes == ("no component E", "no component N")


def test_a_wrong_clock_does_not_fill_the_memory():
    with pytest.raises(InputError, match=r"XX\.STA\.\.HHZ.*2024-02-28.*clock"):
        records_from_stream([trace("HHZ", [1.0]), trace("HHZ", [1.0], records.MAX_SAMPLES)])


def test_different_rates_of_one_instrument():
    with pytest.raises(InputError, match=r"XX\.STA\.\.HHN at 50 Hz, XX\.STA\.\.HHZ at 100 Hz"):
        records_from_stream([trace("HHZ", [1.0]), trace("HHN", [1.0], rate=50.0)])


def test_other_instruments_may_have_other_rates():
    found = records_from_stream([*three(), *three(prefix="BH", rate=20.0)])
    assert [(r.instrument, r.sampling_rate) for r in found] == [("BH", 20.0), ("HH", 100.0)]


# ---------------------------------------------------------------- components and stations


def test_stations_locations_and_instruments_are_apart_and_sorted():
    stream = three() + three(prefix="HN") + three(location="10") + three(station="B")
    stream.traces.reverse()
    found = [(r.trace_id, r.instrument) for r in records_from_stream(stream)]
    assert found == [("XX.B.", "HH"), ("XX.STA.", "HH"), ("XX.STA.", "HN"), ("XX.STA.10", "HH")]


@pytest.mark.parametrize(
    "channels", [("HHE", "HHN", "HHZ"), ("HH2", "HH1", "HHZ"), ("hhe", "hhn", "hhz"), ("E", "N", "Z")]
)
@pytest.mark.parametrize("order", ["ENZ", "ZNE", "NZE"])
def test_component_order(channels, order):
    traces = [trace(channel, [float(i)]) for i, channel in enumerate(channels)]
    record = one_record(traces, component_order=order)
    np.testing.assert_array_equal(record.data[:, 0], ["ENZ".index(c) for c in order])
    assert (record.missing, record.notes) == ((), ())


def test_an_oriented_component_wins_over_a_numbered_one():
    record = one_record([trace("HHN", [1.0]), trace("HH1", [2.0]), trace("HH2", [3.0]), trace("HHZ", [4.0])])
    np.testing.assert_array_equal(record.data[:, 0], [3, 1, 4])
    assert record.notes == ("XX.STA..HH1 ignored: the station has the component N too",)


def test_missing_component():
    record = one_record([trace("HHZ", [1.0]), trace("HHE", [2.0])])
    assert (record.missing, record.notes) == (("N",), ("no component N",))
    np.testing.assert_array_equal(record.data[:, 0], [2, NAN, 1])


def test_strict_leaves_out_incomplete_stations():
    found = records_from_stream([*three(station="FULL"), trace("HHZ", [1.0])], strict=True)
    assert [r.trace_id for r in found] == ["XX.FULL."]


def test_unusable_traces_are_ignored_with_a_remark():
    text = np.array([b"a", b"b"], dtype="S1")
    others = [trace("HDH", [1.0]), trace("HH3", [1.0]), trace("ACE", text), trace("HHE", [])]
    record = one_record([*three(), *others, *others])
    assert record.data.shape == (3, 4)
    assert record.notes == (
        "XX.STA..ACE ignored: its samples are not numbers",
        "XX.STA..HDH ignored: its component is not one of E, N, Z, 1, 2",
        "XX.STA..HH3 ignored: its component is not one of E, N, Z, 1, 2",
        "XX.STA..HHE ignored: it holds no samples",
    )


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["<f4", ">f4", "f4"], "f4"),
        (["f4", "f4", "f8"], "f8"),
        (["f4", "f4", "i4"], "f8"),
        (["i2", "u1", "i8"], "f8"),
    ],
)
def test_dtype_of_the_result(dtypes, expected):
    traces = [trace(f"HH{c}", np.array([1, 2], dtype=d)) for c, d in zip("ENZ", dtypes, strict=True)]
    record = one_record(traces)
    assert record.data.dtype == np.dtype(expected)
    np.testing.assert_array_equal(record.data, [[1, 2]] * 3)


def test_the_stream_is_not_changed_and_not_shared():
    stream = three() + obspy.Stream([trace("HHZ", [2.0, 8.0, 4.0], 2), trace("HDH", [1.0])])
    before = stream.copy()
    record = one_record(stream)
    record.data[:] = 0
    assert stream == before


def test_a_trace_alone_and_a_list():
    np.testing.assert_array_equal(records_from_stream(trace("HHZ", [1.0, 2.0]))[0].data[2], [1, 2])
    assert len(records_from_stream(list(three()))) == 1


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (obspy.Stream(), "empty"),
        ([], "empty"),
        (np.zeros((3, 10)), "expected an obspy Stream, got ndarray"),
        (None, "got NoneType"),
        ([np.zeros(3)], "expected obspy Traces, got ndarray"),
        ([trace("", [1.0])], r"'XX\.STA\.\.' starting 2024.* no channel code"),
        ([trace("  ", [1.0]), *three()], "no channel code"),
        ([trace("HDH", [1.0])], r"no usable trace: XX\.STA\.\.HDH ignored"),
    ],
)
def test_bad_streams(stream, message):
    with pytest.raises(InputError, match=message):
        records_from_stream(stream)


@pytest.mark.parametrize("rate", [0.0, -1.0, np.inf, np.nan])
def test_bad_sampling_rate(rate):
    bad = trace("HHZ", [1.0])
    bad.stats.__dict__["sampling_rate"] = rate  # obspy itself refuses some of them
    with pytest.raises(InputError, match=r"sampling rate of XX\.STA\.\.HHZ"):
        records_from_stream([bad])


@pytest.mark.parametrize("order", ["", "EN", "ENZZ", "EEZ", "enz", "Z12"])
def test_bad_component_order(order):
    with pytest.raises(InputError, match="component_order"):
        records_from_stream(three(), component_order=order)


def test_without_obspy(monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "lppn-np\[waveforms\]"'):
        records_from_stream([])

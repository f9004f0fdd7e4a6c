"""MiniSEED by pymseed and by obspy: the same traces, the same picks."""

import sys

import numpy as np
import pytest

import lppn_np
from lppn_np.errors import InputError, MissingDependencyError
from lppn_np.waveforms import miniseed, read_stream, records_from_stream
from lppn_np.waveforms.reading import unpack_stream

obspy = pytest.importorskip("obspy")
pytest.importorskip("pymseed", reason="the extra miniseed is not installed")

RNG = np.random.default_rng(0)


def both(path):
    return read_stream(path, reader="obspy"), read_stream(path, reader="pymseed")


def assert_same_traces(path):
    """Same names, times, rates and samples, whatever the order of the traces."""
    obspys, ours = (sorted(stream, key=lambda t: (t.id, t.stats.starttime)) for stream in both(path))
    assert len(obspys) == len(ours) > 0
    for a, b in zip(obspys, ours, strict=True):
        assert (a.id, a.stats.starttime.ns, a.stats.sampling_rate) == (
            b.id,
            b.stats.starttime.ns,
            b.stats.sampling_rate,
        )
        assert a.data.dtype == b.data.dtype
        np.testing.assert_array_equal(a.data, b.data)


@pytest.mark.parametrize(
    "parts", [("ridgecrest", "CI.CLC.mseed"), ("sthelens", "PB.B204.mseed"), ("sthelens", "UW.SHW.mseed")]
)
def test_continuous_data(parts, shared_data):
    assert_same_traces(shared_data("continuous", *parts))


def write(path, traces, **options):
    obspy.Stream(traces).write(str(path), format="MSEED", **options)
    return path


def trace(data, start, channel="HHZ"):
    header = {"network": "XX", "station": "A", "location": "00", "channel": channel}
    return obspy.Trace(data, header | {"sampling_rate": 100.0, "starttime": obspy.UTCDateTime(1e9 + start)})


@pytest.mark.parametrize(
    ("dtype", "encoding"), [("i4", "STEIM2"), ("i4", "INT32"), ("f4", None), ("f8", None)]
)
def test_encodings_and_gaps(dtype, encoding, tmp_path):
    pieces = [
        trace((RNG.normal(size=n) * 100).astype(dtype), s) for n, s in ((900, 0), (700, 20), (5, 40.123456))
    ]
    options = {"encoding": encoding} if encoding else {}
    assert_same_traces(write(tmp_path / "a.mseed", pieces, **options))


def test_overlaps_and_disorder_make_the_same_record(tmp_path):
    data = RNG.integers(-1000, 1000, 3000).astype("i4")
    other = data.copy()
    other[1700:1720] += 1  # overlapping traces that disagree
    pieces = [trace(data[2000:], 20), trace(data[:1500], 0), trace(other[1000:2500], 10), trace(data[:5], 0)]
    path = write(tmp_path / "a.mseed", pieces, reclen=512)
    first, second = (records_from_stream(stream)[0] for stream in both(path))
    np.testing.assert_array_equal(first.data, second.data)
    assert first.starttime == second.starttime


def test_the_same_picks(tmp_path, shared_data):
    stream = obspy.read(str(shared_data("continuous", "ridgecrest", "CI.CLC.mseed")))
    stream.trim(stream[0].stats.starttime + 6200, stream[0].stats.starttime + 6600)  # the mainshock
    path = write(tmp_path / "a.mseed", stream)
    first, second = (lppn_np.pick(stream) for stream in both(path))
    assert len(first) > 5
    assert first == second


def test_version_3(tmp_path):
    import pymseed

    traces = pymseed.MS3TraceList()
    traces.add_data("FDSN:XX_A_00_H_H_Z", np.arange(100, dtype="i4"), "i", 100.0, starttime=10**18)
    traces.to_file(tmp_path / "a.mseed3", format_version=3)
    (found,) = read_stream(tmp_path / "a.mseed3")
    assert (found.id, found.stats.starttime.ns) == ("XX.A.00.HHZ", 10**18)
    np.testing.assert_array_equal(found.data, np.arange(100))


# ---------------------------------------------------------------- what is left to obspy


def test_which_files_are_miniseed():
    assert miniseed.is_miniseed(b"000001D CLC  ")
    assert miniseed.is_miniseed(b"MS\x03...")
    assert not miniseed.is_miniseed(b"000001V 010")
    assert not miniseed.is_miniseed(b"a text")
    assert not miniseed.is_miniseed(b"")


def test_full_seed_and_other_formats(shared_data, monkeypatch):
    monkeypatch.setattr("lppn_np.waveforms.reading.read_miniseed", lambda path: pytest.fail("not obspy's"))
    for name in ("SC.202305230113.0001.seed", "X1.53085.01.BHE.D.20122080726235953.sac"):
        assert read_stream(shared_data("records", name), reader="pymseed")


@pytest.mark.filterwarnings("ignore:.*encoding")  # of obspy, which writes two kinds into one file
def test_text_is_left_to_obspy(tmp_path):
    log = trace(np.frombuffer(b"a log of a digitiser", "S1"), 0, "LOG")
    path = write(tmp_path / "a.mseed", [log, trace(np.arange(9, dtype="i4"), 0)])
    assert miniseed.read_miniseed(path) is None
    assert len(read_stream(path, reader="pymseed")) == 2


@pytest.mark.filterwarnings("ignore")  # of obspy, about the records it skips
def test_what_pymseed_cannot_read_is_obspys_to_refuse(tmp_path):
    whole = write(tmp_path / "a.mseed", [trace(RNG.integers(-9, 9, 4000).astype("i4"), 0)]).read_bytes()
    (tmp_path / "b.mseed").write_bytes(whole[:64] + b"\xff" * (len(whole) - 64))
    messages = []
    for reader in ("obspy", "pymseed"):
        with pytest.raises(InputError) as caught:
            read_stream(tmp_path / "b.mseed", reader=reader)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_bytes_that_were_read_already(tmp_path, shared_data):
    """The same as from the path, of which nothing is read where pymseed takes the bytes."""
    path = write(tmp_path / "a.mseed", [trace(np.arange(9, dtype="i4"), 0)])
    content = path.read_bytes()
    path.unlink()
    np.testing.assert_array_equal(unpack_stream(path, content)[0].data, np.arange(9))
    path = shared_data("records", "X1.53085.01.BHE.D.20122080726235953.sac")
    assert unpack_stream(path, path.read_bytes()) == read_stream(path)


@pytest.mark.filterwarnings("ignore")  # of obspy, about the record
def test_fewer_samples_than_a_header_says(tmp_path):
    """Then the array that was made for them is not full: nothing of it may be taken for samples."""
    path = write(tmp_path / "a.mseed", [trace(RNG.integers(-9, 9, 400).astype("i4"), 0)])
    content = bytearray(path.read_bytes())
    content[30:32] = (2000).to_bytes(2, "big")
    assert miniseed.unpack_miniseed(bytes(content)) is None


def test_without_pymseed(tmp_path, monkeypatch):
    path = write(tmp_path / "a.mseed", [trace(np.arange(9, dtype="i4"), 0)])
    monkeypatch.setitem(sys.modules, "pymseed", None)
    assert len(read_stream(path)) == 1
    with pytest.raises(MissingDependencyError, match=r'pip install "lppn-np\[miniseed\]"'):
        read_stream(path, reader="pymseed")


def test_an_unknown_reader(tmp_path):
    with pytest.raises(InputError, match="reader is 'fast'; expected one of"):
        read_stream(tmp_path, reader="fast")

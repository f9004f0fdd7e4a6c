"""Files to Streams and on to records: real data, and every way in which a file can be bad."""

import bz2
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from lppn_np.errors import InputError, MissingDependencyError
from lppn_np.waveforms import Record, read_stream, records_from_stream

obspy = pytest.importorskip("obspy")


def one_record(stream, **options) -> Record:
    (record,) = records_from_stream(stream, **options)
    return record


def test_three_sac_files_are_one_record(shared_data):
    files = sorted(shared_data("records").glob("X1.53085*.sac"))
    record = one_record(read_stream(files))
    assert (record.trace_id, record.instrument, record.sampling_rate) == ("X1.53085.01", "BH", 100.0)
    assert record.starttime == obspy.UTCDateTime("2012-07-26T23:58:53.625")
    assert (record.data.dtype, record.missing, record.notes) == (np.float32, (), ())
    np.testing.assert_array_equal(record.data, [read_stream(f)[0].data for f in files])


def test_volume_of_several_stations(shared_data):
    stream = read_stream(shared_data("records", "SC.202305230113.0001.seed"))
    found = records_from_stream(stream, component_order="ZNE")
    names = [r.trace_id for r in found]
    assert names == ["SC.BAJ.00", "SC.BAY.00", "SC.GHS.00", "SC.MZP.00", "SC.ZDZ.00"]
    for record in found:
        assert (record.data.shape, record.data.dtype) == ((3, 20000), np.float64)
        station = record.trace_id.split(".")[1]
        for channel, data in zip(["SHZ", "SHN", "SHE"], record.data, strict=True):
            np.testing.assert_array_equal(data, stream.select(station=station, channel=channel)[0].data)


@pytest.mark.parametrize(
    ("parts", "trace_id", "instrument", "channels"),
    [
        (("ridgecrest", "CI.CLC.mseed"), "CI.CLC.", "HH", ["HHE", "HHN", "HHZ"]),
        (("sthelens", "UW.SHW.mseed"), "UW.SHW.", "HH", ["HHE", "HHN", "HHZ"]),
        (("sthelens", "PB.B204.mseed"), "PB.B204.", "EH", ["EH2", "EH1", "EHZ"]),
    ],
)
def test_continuous_data(shared_data, parts, trace_id, instrument, channels):
    stream = read_stream(str(shared_data("continuous", *parts)))
    record = one_record(stream)
    assert (record.trace_id, record.instrument, record.notes) == (trace_id, instrument, ())
    assert record.starttime == min(tr.stats.starttime for tr in stream)
    np.testing.assert_array_equal(record.data, [stream.select(channel=c)[0].data for c in channels])


def test_numbered_horizontals_are_missing_when_not_flexible(shared_data):
    stream = read_stream(shared_data("continuous", "sthelens", "PB.B204.mseed"))
    record = one_record(stream, flexible_horizontal_components=False)
    assert record.missing == ("E", "N")
    assert np.isnan(record.data[:2]).all()
    assert "PB.B204..EH1 ignored: its component is not one of E, N, Z" in record.notes
    assert records_from_stream(stream, flexible_horizontal_components=False, strict=True) == []


def test_example_of_obspy():
    stream = obspy.read()
    record = one_record(stream)
    assert (record.trace_id, record.instrument, record.data.shape) == ("BW.RJOB.", "EH", (3, 3000))
    np.testing.assert_array_equal(record.data, [stream.select(channel=f"EH{c}")[0].data for c in "ENZ"])


# ---------------------------------------------------------------- files


def stream_of(station="STA", n=500):
    header = {"network": "XX", "station": station, "sampling_rate": 100.0}
    return obspy.Stream(
        [obspy.Trace(np.arange(n, dtype="i4"), header | {"channel": f"HH{c}"}) for c in "ENZ"]
    )


def write(path, station="STA"):
    stream_of(station).write(str(path), format="MSEED")
    return path


def test_read_one_or_several_files(tmp_path):
    first, second = write(tmp_path / "a.mseed"), write(tmp_path / "b.mseed", "B")
    assert len(read_stream(first)) == len(read_stream(str(first))) == 3
    assert [tr.stats.station for tr in read_stream([second, str(first)])] == ["B"] * 3 + ["STA"] * 3
    assert len(read_stream(path for path in (first, second))) == 6


def test_patterns_are_ordinary_characters(tmp_path):
    write(tmp_path / "a1.mseed")
    odd = write(tmp_path / "odd", "ODD").rename(tmp_path / "a[1]?.mseed")
    assert {tr.stats.station for tr in read_stream(odd)} == {"ODD"}
    with pytest.raises(InputError, match=r"a\*\.mseed: no such file"):
        read_stream(tmp_path / "a*.mseed")


def damaged_files(folder):
    """Make files that cannot be read, and what is said about each."""
    whole = write(folder / "whole.mseed").read_bytes()
    stream_of()[0].write(str(folder / "whole.sac"), format="SAC")
    contents = {
        "empty": (b"", "the file is empty"),
        "text": (b"this is no seismogram\n" * 50, "not a waveform format"),
        "zeros": (bytes(5000), "."),
        "header": (whole[:40], "."),
        "half_header": (whole[:100], "."),
        "bad_steim": (whole[:64] + b"\xff" * (len(whole) - 64), "."),
        "half_sac": ((folder / "whole.sac").read_bytes()[:1000], "."),
        "compressed.bz2": (bz2.compress(whole), "must be unpacked first"),
        "stream.pickle": (pickle.dumps(stream_of(), protocol=2), "pickled Streams are unsafe"),
    }
    for name, (content, cause) in contents.items():
        (folder / name).write_bytes(content)
        yield name, cause


@pytest.mark.filterwarnings("ignore")  # of the MiniSEED reader, about every record it skips
def test_damaged_files_are_named(tmp_path):
    for name, cause in damaged_files(tmp_path):
        with pytest.raises(InputError, match=f"cannot read .*{name}: .*{cause}"):
            read_stream([tmp_path / "whole.mseed", tmp_path / name])


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("absent", "no such file"),
        ("", "is a directory"),
        ("http://example.org/a.mseed", "no such file"),
        ("x" * 5000, "."),
        ("null\0byte", "."),
    ],
)
def test_paths_that_are_no_files(tmp_path, name, cause):
    path = name if "://" in name else os.path.join(tmp_path, name)  # noqa: PTH118 (the name is not always legal)
    with pytest.raises(InputError, match=f"(?s)cannot read .*{cause}"):
        read_stream(path)


@pytest.mark.parametrize(
    ("paths", "message"),
    [([], "no file"), ([3], "cannot read 3"), (b"a", "cannot read b'a'"), (None, "got NoneType")],
)
def test_not_paths(paths, message):
    with pytest.raises(InputError, match=message):
        read_stream(paths)


@pytest.mark.parametrize("error", [RuntimeError("boom"), UserWarning("boom"), MemoryError("boom")])
def test_whatever_obspy_raises_is_an_input_error(tmp_path, monkeypatch, error):
    def fail(*args, **options):
        raise error

    path = write(tmp_path / "a.mseed")
    monkeypatch.setattr(obspy, "read", fail)
    with pytest.raises(InputError, match=rf"a\.mseed: {type(error).__name__}: boom"):
        read_stream(path, reader="obspy")


def test_a_file_without_traces(tmp_path, monkeypatch):
    path = write(tmp_path / "a.mseed")
    monkeypatch.setattr(obspy, "read", lambda *args, **options: obspy.Stream())
    with pytest.raises(InputError, match="it holds no traces"):
        read_stream(path, reader="obspy")


# ---------------------------------------------------------------- obspy stays optional


def test_without_obspy(monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "lppn-np\[waveforms\]"'):
        read_stream("a.mseed")


def test_importing_the_module_does_not_import_obspy():
    code = "import sys, lppn_np.waveforms; sys.exit('obspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

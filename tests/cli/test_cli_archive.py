"""``lppn-np archive``: usage, plan, run and resume."""

import datetime

import numpy as np
import pytest

obspy = pytest.importorskip("obspy", reason="archives are read with obspy")
pq = pytest.importorskip("pyarrow.parquet", reason="archives are written with pyarrow")


@pytest.fixture
def sds(tmp_path):
    """Return an archive of one station-day: a minute with obspy's example in it."""
    root = tmp_path / "sds"
    for trace in obspy.read():
        trace.stats.network, trace.stats.station, trace.stats.channel = "BW", "RJOB", "EH" + trace.id[-1]
        trace.stats.location = ""
        trace.data = np.rint(trace.data).astype(np.int32)
        folder = root / "2009" / "BW" / "RJOB" / f"{trace.stats.channel}.D"
        folder.mkdir(parents=True)
        name = f"{trace.id}.D.2009.{trace.stats.starttime.julday:03d}"
        trace.write(str(folder / name), format="MSEED")
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--sds", "a"],
        ["-o", "b"],
        ["--sds", "a", "--source", "b", "-o", "c"],
        ["--source", "a", "-o", "b"],
        ["--sds", "a", "--pattern", "sds", "-o", "b"],
        ["--sds", "a", "-o", "b", "--workers", "many"],
        ["--sds", "a", "-o", "b", "--workers", "2", "--scheduler", "tcp://x:1"],
        ["--sds", "a", "-o", "b", "--start", "yesterday"],
        ["--sds", "a", "-o", "b", "--tls", "ca.pem"],
    ],
)
def test_wrong_usage(arguments, run):
    done = run("archive", *arguments)
    assert (done.status, done.out, done.files) == (2, "", [])
    assert done.err.startswith("usage: lppn-np")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["--sds", "nope"], "nope: there is no such folder"),
        (["--source", ".", "--pattern", "{x}"], "is wrong at '{x}'"),
        (["--sds", ".", "--select", "BW"], "a pattern NET.STA.LOC.CHA is expected"),
        (["--sds", ".", "--start", "2020-01-02", "--end", "2020-01-01"], "is after the last"),
        (["--sds", ".", "--model", "nope"], "no bundled weights are called 'nope'"),
        (["--sds", ".", "--threshold", "2"], "P_threshold is 2.0"),
        (["--sds", ".", "--workers", "-1"], "at least 1 is expected"),
        (["--sds", ".", "--shard-days", "0", "--workers", "0"], "1 to 31 are expected"),
    ],
)
def test_refused(arguments, match, run):
    done = run("archive", *arguments, "-o", "out")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("lppn-np archive: ")
    assert match in done.err
    assert done.err.count("\n") == 1


def test_a_plan_writes_nothing(sds, run):
    done = run("archive", "--sds", sds, "-o", "out", "--plan")
    assert (done.status, done.files) == (0, [])
    assert done.out == (
        "BW.RJOB.--.EH.2009-08-17  1 station-days, 3 files\n1 shards, 1 station-days, 0 files ignored\n"
    )


def test_run_and_resume(sds, run):
    options = ["--sds", sds, "-o", "out", "--workers", 0, "--threshold", 0.3]
    done = run("archive", *options)
    assert (done.status, done.out) == (0, "")
    assert "1 station-days picked" in done.err
    assert "report: " in done.err
    (table,) = [file for file in done.files if file.endswith(".parquet")]
    assert table == "out/picks/network=BW/year=2009/month=08/BW.RJOB.--.EH.2009-08-17.parquet"
    columns = pq.ParquetFile(table).read().to_pydict()
    assert {"P", "S"} <= set(columns["phase"])
    first = min(columns["peak_time"])
    assert abs(first - datetime.datetime(2009, 8, 24, 0, 20, 7, 700000)) < datetime.timedelta(seconds=0.2)
    again = run("archive", *options)
    assert again.status == 0
    assert "1 shards were done before" in again.err
    assert again.files == done.files


def test_a_bad_file_is_no_failure_of_the_command(sds, run):
    next(sds.rglob("*EHZ.D.2009*")).write_bytes(b"not a waveform")
    done = run("archive", "--sds", sds, "-o", "out", "--workers", 0)
    assert done.status == 0
    assert "1 remarks on files that could not be used" in done.err


def test_another_layout_and_selection(sds, run):
    for number, path in enumerate(sorted(sds.rglob("*.D.2009.*"))):
        channel = path.name.split(".")[3]
        path.rename(sds / f"20090824_BW_RJOB__{channel}.mseed")
        assert number < 3
    pattern = "{year}{month}{day}_{network}_{station}_{location}_{channel}.mseed"
    options = ["--source", sds, "--pattern", pattern, "-o", "out", "--plan"]
    assert "1 station-days, 3 files" in run("archive", *options).out
    assert "0 shards" in run("archive", *options, "--select", "*.*.*.HH?").out
    assert "0 shards" in run("archive", *options, "--end", "2009-08-23").out
    assert "1 shards" in run("archive", *options, "--start", "2009-08-24", "--select", "BW.R*..E*").out

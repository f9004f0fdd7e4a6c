"""Bad files, one fault a test: the shard is done, its errors are listed, and whole files put all right."""

import contextlib
import datetime
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

from lppn_np.archive.fetching import fetch
from lppn_np.archive.grid import Grid
from lppn_np.archive.sources import LocalSource

from .conftest import DAY, errors, manifests, obspy, rows, run_here, sds_path, write_day

DAY_2 = DAY + datetime.timedelta(days=1)
BAD = sds_path("", "XX.AAA..HHZ", DAY_2)
OTHER = sds_path("", "XX.BBB.00.HHZ", DAY_2)
NEXT = sds_path("", "XX.AAA..HHZ", DAY_2 + datetime.timedelta(days=1))


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def empty(path):
    path.write_bytes(b"")


def corrupt(path):
    """Every record of the file with noise over its samples."""
    content = bytearray(path.read_bytes())
    noise = np.random.default_rng(0).bytes(len(content))
    for record in range(0, len(content), 512):
        content[record + 64 : record + 512] = noise[record + 64 : record + 512]
    path.write_bytes(content)


def garbage(path):
    path.write_bytes(np.random.default_rng(1).bytes(5000))


def pickled(path):
    path.write_bytes(b"\x80\x04\x95cobspy.core.stream\nStream\n")


def another_station(path):
    shutil.copy(path.parents[4] / "other.mseed", path)


def another_day(path):
    shutil.copy(path.parents[4] / NEXT, path)


def another_rate(path):
    path.unlink()
    start = obspy.UTCDateTime(DAY_2.isoformat())
    write_day(path, "XX.AAA..HHZ", start, np.arange(4000, dtype=np.int32), rate=50)


def infinite(path):
    path.unlink()
    samples = np.ones(9000, np.float32)
    samples[500] = np.inf
    write_day(path, "XX.AAA..HHZ", obspy.UTCDateTime(DAY_2.isoformat()), samples)


def folder(path):
    path.unlink()
    path.mkdir()


def dangling(path):
    path.unlink()
    path.symlink_to("/nowhere/at/all")


FAULTS = {
    "truncated": (truncate, "damaged", "it ends within a record"),
    "empty": (empty, "damaged", "the file is empty"),
    "corrupt": (corrupt, None, ""),
    "garbage": (garbage, "damaged", "not a waveform format"),
    "pickle": (pickled, "damaged", "pickled Streams are unsafe"),
    "swapped station": (another_station, "foreign", r"holds XX.BBB.00.HHZ; XX.AAA..HHZ is expected"),
    "swapped day": (another_day, "misplaced", "samples are not of 2020-01-04"),
    "another rate": (another_rate, "unusable", "50"),
    "infinity": (infinite, "unusable", "infinity"),
    "dangling link": (dangling, "unreadable", "FileNotFoundError"),
}


@pytest.fixture
def station(small_archive, tmp_path):
    """Return a copy of one of the two stations."""
    root = shutil.copytree(small_archive, tmp_path / "sds", ignore=shutil.ignore_patterns("BBB"))
    shutil.copy(small_archive / OTHER, root / "other.mseed")
    return root


@pytest.fixture(scope="session")
def expected(undisturbed):
    return [row for row in undisturbed if row[1] == "AAA"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_file(name, station, small_archive, tmp_path, expected):
    fault, kind, message = FAULTS[name]
    fault(station / BAD)
    output = tmp_path / "out"
    summary = run_here(station, output, shard_days=2)
    assert summary.failures == {}
    assert len(manifests(output)) == 2  # done, both of them
    found = rows(output)
    last = [row for row in expected if row[4] > datetime.datetime(2020, 1, 5, 12)]
    assert [row for row in found if row[4] > datetime.datetime(2020, 1, 5, 12)] == last != []
    of_the_day = [error for error in errors(output) if error["day"] == "2020-01-04"]
    if kind is not None:
        assert {error["kind"] for error in of_the_day} == {kind}
        assert all(message in error["message"] for error in of_the_day)
        assert all(str(tmp_path) not in error["message"] for error in of_the_day)
    else:  # obspy reads what it can and warns of the rest
        assert found != expected
    html = (output / "report.html").read_text()
    assert kind is None or kind in html

    (station / BAD).unlink()
    shutil.copy2(small_archive / BAD, station / BAD)
    again = run_here(station, output, shard_days=2)
    assert {manifest["shard"] for manifest in again.manifests} == {
        "XX.AAA.--.HH.2020-01-03",
        "XX.AAA.--.HH.2020-01-05",  # reads the file as context
    }
    assert rows(output) == expected
    assert errors(output) == []


def test_a_folder_where_a_file_is_expected(station, tmp_path):
    """It is no file, so it is not in the plan; the two other components are picked."""
    folder(station / BAD)
    summary = run_here(station, tmp_path / "out", shard_days=2)
    assert summary.failures == {}
    assert str(BAD) in summary.plan.examples
    days = manifests(tmp_path / "out")["XX.AAA.--.HH.2020-01-03"]["days"]
    assert days[1]["notes"] == ["no component Z"] or days[1]["picks"]


@contextlib.contextmanager
def somebody_else():
    """Root reads everything: without its rights for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are Unix's")
def test_permission_denied(small_archive, undisturbed):
    with tempfile.TemporaryDirectory() as place:  # pytest's folders are for their owner alone
        Path(place).chmod(0o777)
        root = Path(shutil.copytree(small_archive, Path(place, "sds")))
        root.chmod(0o755)
        output = Path(place, "out")
        (root / BAD).chmod(0)
        closed = root / "2020/XX/BBB/HHZ.D"
        closed.chmod(0)
        try:
            with somebody_else():
                summary = run_here(root, output, shard_days=2)
        finally:
            closed.chmod(0o755)
            (root / BAD).chmod(0o644)
        assert summary.failures == {}
        assert {(error["path"], error["kind"]) for error in errors(output)} == {(str(BAD), "unreadable")}
        assert "PermissionError" in errors(output)[0]["message"]
        assert summary.plan.problems == [
            "2020/XX/BBB/HHZ.D: cannot be listed ([Errno 13] Permission denied: " + f"'{closed}')"
        ]
        assert rows(output) != undisturbed
        with somebody_else():  # neither size nor time have changed, but what could not be read is tried again
            again = run_here(root, output, shard_days=2)
        assert len(again.manifests) == 4
        assert rows(output) == undisturbed


def test_a_duplicate_changes_nothing(station, tmp_path, expected):
    """Records twice in one file, as a recovered stream leaves them."""
    path = station / BAD
    content = path.read_bytes()
    path.write_bytes(content + content[512:2048])
    run_here(station, tmp_path / "out", shard_days=2)
    assert rows(tmp_path / "out") == expected


def test_two_files_of_one_day_change_nothing(station, tmp_path, expected):
    from lppn_np.archive.layouts import LAYOUTS, Layout
    from lppn_np.archive.outcome import Here
    from lppn_np.archive.running import run_archive

    from .conftest import job_for

    shutil.copy(station / BAD, station / f"{BAD}.copy")
    job = job_for(station, tmp_path / "out")
    run_archive(job, Layout(LAYOUTS["sds"] + "*"), Here(), shard_days=2)
    inputs = manifests(tmp_path / "out")["XX.AAA.--.HH.2020-01-03"]["inputs"]
    assert f"{BAD}.copy" in [entry["path"] for entry in inputs]
    assert rows(tmp_path / "out") == expected


def test_swapped_days_are_told(station, tmp_path, expected):
    """Two days under each other's name: neither is picked with the other's data, and both are remarked."""
    one, other = station / BAD, station / NEXT

    def swap():
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)

    swap()
    run_here(station, tmp_path / "out", shard_days=2)
    assert {error["kind"] for error in errors(tmp_path / "out")} == {"misplaced"}
    assert {error["path"] for error in errors(tmp_path / "out")} == {str(BAD), str(NEXT)}
    swap()
    run_here(station, tmp_path / "out", shard_days=2)
    assert rows(tmp_path / "out") == expected


@pytest.mark.parametrize("seconds", [-3.0, 0.5, 7.123, 86_400.0, 3e8])
def test_a_clock_that_jumps(seconds, station, tmp_path, expected):
    """One component's clock is wrong for some records: the day is picked, and so is everything else."""
    path = station / BAD
    stream = obspy.read(str(path))
    path.unlink()
    for trace in stream:
        middle = trace.stats.starttime + 40
        for part, shift in (
            (trace.slice(endtime=middle), 0),
            (trace.slice(starttime=middle + 0.01), seconds),
        ):
            write_day(path, "XX.AAA..HHZ", part.stats.starttime + shift, part.data)
    output = tmp_path / "out"
    summary = run_here(station, output, shard_days=2)
    assert summary.failures == {}
    assert [error for error in errors(output) if error["kind"] == "unusable"] == []
    found = rows(output)
    assert len({row[:6] for row in found}) == len(found)
    assert len(found) > 0.6 * len(expected)
    last = [row for row in expected if row[4] > datetime.datetime(2020, 1, 5, 12)]
    assert [row for row in found if row[4] > datetime.datetime(2020, 1, 5, 12)] == last


def test_a_file_that_changes_while_it_is_read(archive, tmp_path, monkeypatch):
    from lppn_np.archive import fetching
    from lppn_np.archive.layouts import Layout
    from lppn_np.archive.planning import make_plan

    from .conftest import job_for

    source = LocalSource(archive)
    shard = make_plan(job_for(archive, tmp_path / "out"), source, Layout("sds")).shards[0]
    whole = fetching.unpack_stream

    def and_more_comes(path, content):
        stream = whole(path, content)
        with Path(path).open("ab") as file:
            file.write(b"\0" * 512)
        return stream

    monkeypatch.setattr(fetching, "unpack_stream", and_more_comes)
    fetched = fetch(source, shard, shard.inputs[0], Grid.of(100.0, 3072, 1024))
    assert [kind for kind, _ in fetched.errors] == ["changed"]
    assert (fetched.sha256, fetched.traces) == ("", [])

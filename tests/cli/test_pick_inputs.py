"""What the files, folders and patterns of a command line mean, without picking anything."""

import argparse
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lppn_np.cli.pick_inputs import STDIN, connected, gather, standard_input
from lppn_np.cli.pick_span import Span, moment
from lppn_np.errors import InputError


def headers(path):
    """Take the station for the name of the file: ``A.mseed``, ``A-B.mseed``."""
    if "bad" in path.name:
        raise InputError(f"cannot read {path}: bad")
    return [SimpleNamespace(id=f"{name}..HHZ") for name in path.stem.split("-")]


def inputs(*files, sds=None, stations="*", span=None):
    options = argparse.Namespace(files=[Path(f) for f in files], sds=sds, stations=stations)
    return gather(options, span or Span(), headers)


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def names(found):
    return [[path.name for path in group] for group in found.groups]


def test_folders_are_searched(tmp_path):
    make(tmp_path, "b/A.mseed", "a/B.mseed", "a/C.sac", "picks.csv", "README.md", ".hidden", ".git/x")
    found = inputs(tmp_path)
    assert sorted(names(found)) == [["A.mseed"], ["B.mseed"], ["C.sac"]]
    assert (found.skipped, found.n_files) == ([], 3)


def test_patterns(tmp_path):
    make(tmp_path, "a/A.mseed", "a/b/B.mseed", "a/C.sac")
    assert names(inputs(tmp_path / "a" / "*.mseed")) == [["A.mseed"]]
    assert sorted(names(inputs(tmp_path / "**" / "*.mseed"))) == [["A.mseed"], ["B.mseed"]]
    assert inputs(tmp_path / "*.seed").skipped == [f"{tmp_path}/*.seed: no file matches"]


def test_a_file_whose_name_looks_like_a_pattern(tmp_path):
    make(tmp_path, "A[1].mseed", "A1.mseed")
    assert names(inputs(tmp_path / "A[1].mseed")) == [["A[1].mseed"]]


def test_a_file_named_twice_is_read_once(tmp_path):
    make(tmp_path, "A.mseed")
    assert names(inputs(tmp_path, tmp_path / "A.mseed")) == [["A.mseed"]]


def test_bad_files_are_left_out(tmp_path):
    make(tmp_path, "A.mseed", "bad.mseed")
    found = inputs(tmp_path)
    assert names(found) == [["A.mseed"]]
    assert found.skipped == [f"cannot read {tmp_path}/bad.mseed: bad"]


def test_files_of_a_station_are_read_together(tmp_path):
    make(tmp_path, "1/A.mseed", "2/B.mseed", "3/A.mseed", "4/C-B.mseed", "5/D.mseed")
    assert sorted(names(inputs(tmp_path))) == [["A.mseed", "A.mseed"], ["B.mseed", "C-B.mseed"], ["D.mseed"]]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_connected(order):
    files = [("ab", "AB"), ("bc", "BC"), ("cd", "CD"), ("x", "X")]
    stations = {Path(files[i][0]): frozenset(files[i][1]) for i in order}
    groups = sorted(sorted(map(str, group)) for group in connected(stations))
    assert groups == [["ab", "bc", "cd"], ["x"]]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"abc")))
    with standard_input([Path("x"), STDIN]) as file_of:
        assert file_of(Path("x")) == Path("x")
        copy = file_of(STDIN)
        assert copy.read_bytes() == b"abc"
    assert not copy.exists()


# ---------------------------------------------------------------- archives


@pytest.fixture
def sds(tmp_path):
    days = ("2019.184", "2019.185", "2019.186", "2020.001")
    for station in ("CLC", "JRC2"):
        for day in days:
            for channel in ("HHE", "HHZ"):
                folder = f"{day[:4]}/CI/{station}/{channel}.D"
                make(tmp_path, f"{folder}/CI.{station}..{channel}.D.{day}")
    others = [f"2019/CI/CLC/{c}.D/CI.CLC..{c}.D.2019.185" for c in ("LHZ", "LOG", "VMU", "HHF")]
    # No day, no such day, a day of another year and of another station than its folder's.
    names = ("notes.txt", "CI.CLC..HHZ.D.2019.999", "CI.CLC..HHZ.D.2018.185", "CI.JRC2..HHZ.D.2019.185")
    wrong = [f"2019/CI/CLC/HHZ.D/{name}" for name in names]
    return make(tmp_path, *others, *wrong)


def span(first=None, last=None):
    return Span.of(first and moment(first), last and moment(last))


def days(found):
    return sorted({path.name[-8:] for group in found.groups for path in group})


def test_sds(sds):
    found = inputs(sds=sds)
    assert len(found.groups) == 2
    assert found.n_files == 16
    assert days(found) == ["2019.184", "2019.185", "2019.186", "2020.001"]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2019-07-04", "2019-07-04", ["2019.184", "2019.185", "2019.186"]),  # the days around are context
        ("2020-01-01", None, ["2020.001"]),
        (None, "2019-07-02", ["2019.184"]),
        ("2019-07-03T10:00", "2019-07-03T11:00", ["2019.184", "2019.185"]),
    ],
)
def test_days_of_an_archive(first, last, expected, sds):
    assert days(inputs(sds=sds, span=span(first, last))) == expected


@pytest.mark.parametrize("day", ["0001.001", "9999.365"])
def test_days_at_the_ends_of_the_calendar(day, sds):
    make(sds, f"{day[:4]}/CI/CLC/HHZ.D/CI.CLC..HHZ.D.{day}")
    assert day in days(inputs(sds=sds))
    assert day not in days(inputs(sds=sds, span=span("2019-07-04", "2019-07-04")))


def test_stations_of_an_archive(sds):
    found = inputs(sds=sds, stations="CI.J*")
    assert {path.name[:8] for group in found.groups for path in group} == {"CI.JRC2."}


@pytest.mark.parametrize("options", [{"stations": "XX.*"}, {"span": span("2024-01-01")}])
def test_nothing_in_an_archive(options, sds):
    with pytest.raises(InputError, match="no files of these days and stations"):
        inputs(sds=sds, **options)


def test_no_archive(tmp_path):
    with pytest.raises(InputError, match="there is no such folder"):
        inputs(sds=tmp_path / "x")


# ---------------------------------------------------------------- spans


def test_a_last_day_is_included_and_a_last_moment_is_not():
    assert span(None, "2019-07-04").stop == moment("2019-07-05")[0]
    assert span(None, "2019-07-04T00:00").stop == moment("2019-07-04")[0]
    assert moment("2019-07-04T02:00:00+02:00")[0] == moment("2019-07-04")[0]
    with pytest.raises(argparse.ArgumentTypeError, match="is no date"):
        moment("July")

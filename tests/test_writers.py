"""Pick files: what is read back, and that they are written whole or not at all."""

import csv
import datetime as dt
import json
import os
import stat

import numpy as np
import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import InputError
from lppn_np.exporters.plain import COLUMNS

UTC = dt.datetime(2019, 7, 4, 17, 33, 49, 40000, tzinfo=dt.UTC)
PICKS = PickList(
    [
        Pick("CI.JRC2.", 1.0, 1.48, 1.23456789, 0.9123456789, "P"),
        Pick("CI.JRC2.", 4.0, 4.32, 4.00004, 0.5, "S"),
        Pick('IV,X.A "B.10', 6.0, 6.16, 6.1, 0.7, "Pg"),
    ]
)


def read_back(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)) if path.suffix == ".csv" else json.load(file)


def as_pick(row):
    times = {name: float(row[name]) for name in ("start_time", "end_time", "peak_time")}
    return Pick(row["trace_id"], **times, peak_value=float(row["peak_value"]), phase=row["phase"])


@pytest.mark.parametrize("suffix", [".csv", ".json", ".CSV"])
def test_round_trip(suffix, tmp_path):
    path = tmp_path / f"picks{suffix}"
    PICKS.write(path)
    rows = read_back(path.rename(path.with_suffix(suffix.lower())))
    assert list(rows[0]) == list(COLUMNS)
    for got, pick in zip(map(as_pick, rows), PICKS, strict=True):
        assert (got.trace_id, got.phase) == (pick.trace_id, pick.phase)
        assert got.peak_time == pytest.approx(pick.peak_time, abs=5.1e-5)
        assert got.peak_value == pytest.approx(pick.peak_value, abs=5.1e-7)
        assert (got.start_time, got.end_time) == (pick.start_time, pick.end_time)
    assert [p.name for p in tmp_path.iterdir()] == [f"picks{suffix.lower()}"]


@pytest.mark.parametrize("name", ["csv", "json"])
def test_a_format_by_name_wins_over_the_suffix(name, tmp_path):
    PICKS.write(tmp_path / "picks.txt", format=name)
    PICKS.write(str(tmp_path / f"picks.{name}"))
    assert (tmp_path / "picks.txt").read_bytes() == (tmp_path / f"picks.{name}").read_bytes()


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (UTC, "2019-07-04T17:33:49.040000+00:00"),
        (np.datetime64("2019-07-04T17:33:49.04", "ns"), "2019-07-04T17:33:49.040000000"),
        (1562261629.04, "1562261629.0400"),
        (np.float64(0.5), "0.5000"),
    ],
)
def test_times_as_text(time, text, tmp_path):
    PickList([Pick("A", time, time, time, 0.5, "P")]).write(tmp_path / "picks.csv")
    assert [row["peak_time"] for row in read_back(tmp_path / "picks.csv")] == [text]


def test_picks_without_a_probability_or_an_end(tmp_path):
    for suffix, nothing in (("csv", ""), ("json", None)):
        PickList([Pick("A", 1.0)]).write(tmp_path / f"p.{suffix}")
        (row,) = read_back(tmp_path / f"p.{suffix}")
        assert (row["start_time"], row["peak_time"], row["peak_value"]) == ("1.0000", nothing, nothing)


def test_no_picks_are_a_file_too(tmp_path):
    PickList().write(tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text() == "trace_id,start_time,end_time,peak_time,peak_value,phase\n"
    PickList().write(tmp_path / "none.json")
    assert read_back(tmp_path / "none.json") == []


@pytest.mark.parametrize(("name", "format_name"), [("picks.txt", None), ("picks", None), ("p.csv", "xml")])
def test_unknown_formats(name, format_name, tmp_path):
    with pytest.raises(InputError, match=r"no pick format '(txt||xml)'; known are csv, json"):
        PICKS.write(tmp_path / name, format_name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced(tmp_path):
    path = tmp_path / "picks.csv"
    path.write_text("what stood there before " * 100)
    PICKS.write(path)
    assert len(read_back(path)) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()


def test_through_a_link(tmp_path):
    (tmp_path / "target.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    PICKS.write(tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert len(read_back(tmp_path / "target.csv")) == 3


@pytest.mark.parametrize(
    "place", ["file/picks.csv", "missing/picks.csv", "folder.csv", "pipe.csv", "nul\0.csv"]
)
def test_places_that_cannot_be_written(place, tmp_path):
    (tmp_path / "file").write_text("a file is no folder")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(InputError, match="cannot be written"):
        PICKS.write(tmp_path / place)
    assert sorted(p.name for p in tmp_path.rglob("*")) == before
    assert (tmp_path / "pipe.csv").is_fifo()


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_what_was_there_survives_a_failure(error, tmp_path, monkeypatch):
    path = tmp_path / "picks.csv"
    path.write_text("before")

    def fail(handle):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((InputError, KeyboardInterrupt)) as caught:
        PICKS.write(path)
    if isinstance(error, OSError):
        assert str(caught.value) == f"{path}: cannot be written (No space left)"
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask

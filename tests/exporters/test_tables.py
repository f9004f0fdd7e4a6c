"""The CSV formats: PhaseNet, GaMMA, PyOcto; columns to the letter, times that agree with themselves."""

import csv
import datetime as dt

import numpy as np
import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import InputError

UTC = dt.UTC


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def seconds(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_phasenet(picks, tmp_path):
    picks.write(tmp_path / "picks.csv", "phasenet")
    columns, rows = rows_of(tmp_path / "picks.csv")
    assert columns == ["station_id", "begin_time", "phase_index", "phase_time", "phase_score", "phase_type"]
    assert [row["station_id"] for row in rows] == [pick.trace_id for pick in picks]
    assert [row["phase_type"] for row in rows] == list("PSPSP")
    assert rows[0]["phase_time"] == "2019-07-04T17:33:49.040"
    assert rows[0]["phase_score"] == "0.912"
    assert rows[3]["phase_time"] == "2019-07-05T00:00:00.000"
    for row, pick in zip(rows, picks, strict=True):
        assert seconds(row["phase_time"]) == pytest.approx(pick.peak_time.timestamp(), abs=0.5001e-3)
        again = seconds(row["begin_time"]) + int(row["phase_index"]) / 100
        assert again == pytest.approx(seconds(row["phase_time"]), abs=5.001e-3)
        assert 0 <= int(row["phase_index"]) <= 8_640_000


def test_gamma(picks, tmp_path):
    picks.write(tmp_path / "picks.csv", "gamma")
    columns, rows = rows_of(tmp_path / "picks.csv")
    assert columns == ["id", "timestamp", "prob", "type"]
    assert [row["type"] for row in rows] == list("pspsp")
    for row, pick in zip(rows, picks, strict=True):
        assert row["id"] == pick.trace_id
        assert seconds(row["timestamp"]) == pytest.approx(pick.peak_time.timestamp(), abs=0.5001e-3)
        assert float(row["prob"]) == pytest.approx(pick.peak_value, abs=5.01e-4)


def test_pyocto(picks, tmp_path):
    picks.write(tmp_path / "picks.csv", "pyocto")
    columns, rows = rows_of(tmp_path / "picks.csv")
    assert columns == ["station", "phase", "time"]
    assert [row["phase"] for row in rows] == list("PSPSP")
    for row, pick in zip(rows, picks, strict=True):
        assert row["station"] == pick.trace_id
        assert float(row["time"]) == pytest.approx(pick.peak_time.timestamp(), abs=1e-6)


def test_pyocto_takes_numbers_as_they_are(tmp_path):
    PickList([Pick("A", 1.0, 1.2, 1.1234567, 0.5, "P")]).write(tmp_path / "p.csv", "pyocto")
    assert rows_of(tmp_path / "p.csv")[1] == [{"station": "A", "phase": "P", "time": "1.123457"}]


@pytest.mark.parametrize("name", ["phasenet", "gamma", "real", "hypoinverse"])
@pytest.mark.parametrize("time", [1.5, np.float64(1.5), None, "yesterday", np.datetime64("NaT")])
def test_formats_that_need_dates(name, time, tmp_path):
    with pytest.raises(InputError, match=rf"the format '{name}' needs dates, .*starttime"):
        PickList([Pick("CI.A.", time, time, time, 0.5, "P")]).write(tmp_path / "p", name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "time",
    [
        dt.datetime(2019, 7, 4, 17, 33, 49, 40000),  # naive: UTC
        dt.datetime(2019, 7, 4, 10, 33, 49, 40000, tzinfo=dt.timezone(dt.timedelta(hours=-7))),
        np.datetime64("2019-07-04T17:33:49.040", "ms"),
        np.datetime64("2019-07-04T17:33:49.0396", "ns"),
    ],
)
def test_every_kind_of_date(time, tmp_path):
    PickList([Pick("CI.A.", time, time, time, 0.5, "P")]).write(tmp_path / "p.csv", "gamma")
    assert rows_of(tmp_path / "p.csv")[1][0]["timestamp"] == "2019-07-04T17:33:49.040"


def test_dates_of_obspy(tmp_path):
    obspy = pytest.importorskip("obspy")
    time = obspy.UTCDateTime("2019-07-04T17:33:49.0399996")
    PickList([Pick("CI.A.", time, time, time, 0.5, "P")]).write(tmp_path / "p.csv", "pyocto")
    assert rows_of(tmp_path / "p.csv")[1][0]["time"] == "1562261629.040000"


@pytest.mark.parametrize("name", ["phasenet", "gamma", "pyocto"])
def test_no_picks(name, tmp_path):
    PickList().write(tmp_path / "p.csv", name)
    columns, rows = rows_of(tmp_path / "p.csv")
    assert columns
    assert rows == []


def test_a_pick_without_a_probability_counts_fully_for_gamma(tmp_path):
    time = dt.datetime(2019, 7, 4, tzinfo=UTC)
    PickList([Pick("CI.A.", time, None, time, None, "P")]).write(tmp_path / "p.csv", "gamma")
    assert float(rows_of(tmp_path / "p.csv")[1][0]["prob"]) == 1.0

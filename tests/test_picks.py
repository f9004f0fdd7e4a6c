"""Lists of picks: selected, merged, printed, tabulated."""

import dataclasses
import datetime as dt
import sys

import numpy as np
import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import InputError, MissingDependencyError
from lppn_np.picks import merge_lists

UTC = dt.datetime(2019, 7, 4, 17, 33, 49, 40000, tzinfo=dt.UTC)
PICKS = PickList(
    [
        Pick("CI.JRC2.", 1.0, 1.48, 1.23456789, 0.9123456789, "P"),
        Pick("CI.JRC2.", 4.0, 4.32, 4.00004, 0.5, "S"),
        Pick("CI.JRC", 5.0, 5.16, 5.05, 0.31, "P"),
        Pick("IV,X.A B.10", 6.0, 6.16, 6.1, 0.7, "Pg"),
    ]
)
SEISBENCH = [
    *("station", "time", "start_time", "end_time"),
    *("probability", "phase", "polarity", "polarity_probability"),
]


# ---------------------------------------------------------------- selecting


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"trace_id": r"CI\.JRC2\."}, [0, 1]),
        ({"trace_id": "CI.JRC"}, [2]),
        ({"trace_id": "JRC2"}, []),
        ({"trace_id": ""}, []),
        ({"trace_id": r".*10|.*JRC"}, [2, 3]),
        ({"min_confidence": 0.5}, [0, 1, 3]),
        ({"min_confidence": 0.51}, [0, 3]),
        ({"min_confidence": 0}, [0, 1, 2, 3]),
        ({"phase": "P"}, [0, 2]),
        ({"phase": "p"}, []),
        ({"phase": "P", "min_confidence": 0.5, "trace_id": "CI.*"}, [0]),
    ],
)
def test_select(conditions, expected):
    found = PICKS.select(**conditions)
    assert type(found) is PickList
    assert found == [PICKS[i] for i in expected]
    assert len(PICKS) == 4


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999}", 5])
def test_a_bad_pattern(pattern):
    with pytest.raises(InputError, match="not a regular expression"):
        PICKS.select(trace_id=pattern)


def test_picks_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PICKS[0].phase = "S"


def test_lists_are_merged_in_order_of_time():
    merged = merge_lists([PICKS[2:], PICKS[:2], []])
    assert type(merged) is PickList
    assert merged == PICKS


def test_printed():
    lines = str(PICKS).splitlines()
    assert lines[0] == "4 picks"
    assert lines[1].split() == ["CI.JRC2.", "P", "1.2346", "0.912"]
    assert str(PickList()) == "0 picks"
    assert str(Pick("", 1.0)).split() == ["-", "-", "None", "-"]
    assert str(Pick("A", UTC, UTC, UTC, 1.0, "S")).split()[2] == "2019-07-04T17:33:49.040000+00:00"


# ---------------------------------------------------------------- data frames


def test_dataframe():
    pandas = pytest.importorskip("pandas")
    frame = PICKS.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns[:8]) == SEISBENCH
    names = [field.name for field in dataclasses.fields(Pick) if field.name != "provenance"]  # it is text
    assert [Pick(**row) for row in frame[names].to_dict("records")] == PICKS
    assert frame.peak_value.dtype == np.float64
    assert (frame.time == frame.peak_time).all()
    empty = PickList().to_dataframe()
    assert (len(empty), list(empty.columns)) == (0, list(frame.columns))


def test_dates_in_a_dataframe():
    pytest.importorskip("pandas")
    frame = PickList([Pick("A", UTC, None, UTC, 0.5, "P", 12.5)]).to_dataframe()
    assert frame.time.dtype == "datetime64[ns]"
    assert frame.time[0] == UTC.replace(tzinfo=None)
    assert (frame.end_time[0], frame.peak_time[0], frame.snr[0]) == (None, UTC, 12.5)


def test_sorted_as_seisbenchs():
    shuffled = [PICKS[i] for i in (2, 0, 3, 1)]
    assert sorted(shuffled) == PICKS
    assert sorted([Pick("B", 1.0, 2.0), Pick("A", 1.0, 2.0)])[0].trace_id == "A"
    assert (PICKS[0].polarity, PICKS[0].polarity_value) == (None, None)


def test_dataframe_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r"pip install \"lppn-np\[dataframe\]\""):
        PICKS.to_dataframe()

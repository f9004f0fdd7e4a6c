"""Times come back as what the start time was given as."""

import datetime as dt
import re

import numpy as np
import pytest

import lppn_np
from lppn_np.errors import InputError
from lppn_np.picking.times import clock

TEXT = "2009-08-24T00:20:03.120000"
UTC = dt.datetime(2009, 8, 24, 0, 20, 3, 120000, tzinfo=dt.UTC)
NAIVE = UTC.replace(tzinfo=None)
CEST = UTC.astimezone(dt.timezone(dt.timedelta(hours=2)))
EPOCH = UTC.timestamp()

KINDS = [
    (0.0, float, 0.0),
    (17, float, 17.0),
    (EPOCH, float, EPOCH),
    (np.float64(EPOCH), float, EPOCH),
    (np.float32(2.0**20), float, 2.0**20),
    (np.int64(5), float, 5.0),
    (TEXT, dt.datetime, UTC),
    (TEXT + "Z", dt.datetime, UTC),
    (CEST.isoformat(), dt.datetime, CEST),
    (NAIVE, dt.datetime, NAIVE),
    (CEST, dt.datetime, CEST),
    (np.datetime64(TEXT), np.datetime64, np.datetime64(TEXT, "ns")),
    (np.datetime64("2009-08-24"), np.datetime64, np.datetime64("2009-08-24", "ns")),
]


def seconds(difference):
    if isinstance(difference, dt.timedelta):
        return difference.total_seconds()
    if isinstance(difference, np.timedelta64):
        return difference / np.timedelta64(1, "ns") * 1e-9
    return difference


@pytest.mark.parametrize(("starttime", "kind", "origin"), KINDS)
def test_the_kind_of_the_start_time(starttime, kind, origin, paper, example):
    plain = lppn_np.pick(example, model=paper())
    found = lppn_np.pick(example, model=paper(), starttime=starttime)
    assert len(found) == len(plain) == 2
    for p, q in zip(found, plain, strict=True):
        for name in ("start_time", "peak_time", "end_time"):
            time = getattr(p, name)
            assert type(time) is kind
            assert seconds(time - origin) == pytest.approx(getattr(q, name), abs=1e-6)
        assert (p.peak_value, p.phase) == (q.peak_value, q.phase)


def test_a_utcdatetime(paper, example, example_stream):
    start = example_stream[0].stats.starttime
    plain = lppn_np.pick(example, model=paper())
    found = lppn_np.pick(example, model=paper(), starttime=start, trace_id="BW.RJOB.")
    assert found == lppn_np.pick(example_stream, model=paper())
    for p, q in zip(found, plain, strict=True):
        assert type(p.peak_time) is type(start)
        assert p.peak_time - start == pytest.approx(q.peak_time, abs=1e-6)


def test_zones_are_kept():
    assert clock(TEXT)(0.5).utcoffset() == dt.timedelta(0)
    assert clock(CEST)(0.5).utcoffset() == dt.timedelta(hours=2)
    assert clock(NAIVE)(0.5).tzinfo is None


def test_a_sample_is_told_after_a_month():
    late = 30 * 86400 + 0.1234
    assert clock(None)(late) == late
    assert clock(np.float32(1))(late) == late + 1
    assert seconds(clock(NAIVE)(late) - NAIVE) == pytest.approx(late, abs=1e-6)
    assert seconds(clock(np.datetime64(TEXT))(late) - np.datetime64(TEXT)) == pytest.approx(late, abs=1e-6)


@pytest.mark.parametrize(
    "starttime",
    [
        True,
        "yesterday",
        "",
        "2009-13-01",
        float("nan"),
        np.inf,
        np.datetime64("NaT"),
        1j,
        [1.0],
        np.array([1.0, 2.0]),
        dt.date(2009, 8, 24),
        dt.timedelta(1),
        {},
    ],
)
def test_no_time(starttime):
    with pytest.raises(InputError, match=re.escape(repr(starttime)[:20])):
        clock(starttime)

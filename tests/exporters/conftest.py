"""Picks that the tests of formats write, and obspy imported once (its import warns on Python 3.11)."""

import contextlib
import datetime as dt
import warnings

import pytest

from lppn_np import Pick, PickList

with warnings.catch_warnings(), contextlib.suppress(ImportError):
    warnings.filterwarnings("ignore", message="SelectableGroups", category=DeprecationWarning)
    import obspy  # noqa: F401

MIDNIGHT = dt.datetime(2019, 7, 4, tzinfo=dt.UTC)


def pick_at(trace_id, seconds, probability, phase):
    """Make a pick so many seconds after midnight."""
    start, peak, end = (MIDNIGHT + dt.timedelta(seconds=seconds + d) for d in (-0.1, 0, 0.2))
    return Pick(trace_id, start, end, peak, probability, phase)


@pytest.fixture
def picks():
    """Three stations, two days, a second that rounds up to the next minute, and a phase of seven classes."""
    return PickList(
        [
            pick_at("CI.JRC2.", 63229.0400, 0.9123456, "P"),
            pick_at("CI.JRC2.", 63233.1256, 0.5, "S"),
            pick_at("CI.CLC.10", 63239.9996, 0.31, "Pg"),
            pick_at("NC.MPM.", 86399.9999, 0.7, "Sn"),
            pick_at("NC.MPM.", 86400.0, 0.25, "P"),
        ]
    )

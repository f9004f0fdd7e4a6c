"""Days picked one by one give what the unbroken record gives: nothing is lost or doubled at midnight."""

import datetime
import itertools

import numpy as np
import pytest

import lppn_np
from lppn_np.archive.cutting import cut_trace
from lppn_np.archive.grid import Grid
from lppn_np.archive.station_day import Bounds, pick_day
from lppn_np.picking.pipeline import Settings

from .conftest import DAY, RATE, made_up, midnight, obspy

MODEL = lppn_np.LPPN.from_pretrained("default")
#: Many picks, so that a window on another grid would show.
THRESHOLDS = {"P_threshold": 0.05, "S_threshold": 0.05}
SETTINGS = Settings(**THRESHOLDS).resolve(MODEL)
GRID = Grid.of(MODEL.sampling_rate, MODEL.in_samples, MODEL.config.overlap)
NEXT = DAY + datetime.timedelta(days=1)
MIDNIGHT = midnight(NEXT)
START_MS = -600_000  # of the records before midnight, about


def on_grid(about):
    """The beginning of a window near a time; there the unbroken record's windows are the archive's."""
    return obspy.UTCDateTime(ns=GRID.nanoseconds(GRID.floor(GRID.index(about.ns))))


@pytest.fixture(scope="module")
def data():
    """Return twenty minutes with an event every six seconds."""
    return made_up(120_000, seed=5, spacing=600)


def traces_of(data, start, gaps=(), rate=RATE):
    """Traces, cut at gaps (first, last second after midnight) and at midnight, as files are."""
    cuts = sorted({0, data.shape[1], round((MIDNIGHT - start) * rate), *_bounds(gaps, start, rate)})
    traces = []
    for first, stop in itertools.pairwise(cuts):
        middle = start + (first + stop) / 2 / rate - MIDNIGHT
        if any(low <= middle < high for low, high in gaps):
            continue
        for row, component in zip(data, "ENZ", strict=True):
            header = {"network": "XX", "station": "AAA", "channel": f"HH{component}", "sampling_rate": rate}
            traces.append(obspy.Trace(row[first:stop], header=header | {"starttime": start + first / rate}))
    return traces


def _bounds(gaps, start, rate):
    return [round((MIDNIGHT + second - start) * rate) for gap in gaps for second in gap]


def by_days(traces):
    """Picks of both days, each from what its own files and its neighbours' ends hold."""
    parts = []
    for day, bounds in ((DAY, Bounds(DAY, True, False)), (NEXT, Bounds(NEXT, False, True))):
        own = [cut for trace in traces if (cut := cut_trace(GRID, trace, *GRID.piece(day))) is not None]
        parts.append(pick_day(MODEL, SETTINGS, own, bounds))
    return [
        (str(phase), int(peak), float(probability), int(begin), int(end))
        for part in parts
        for phase, peak, probability, begin, end in zip(
            part.phase, part.peak, part.probability, part.start, part.end, strict=True
        )
    ]


def unbroken(traces):
    picks = lppn_np.pick(obspy.Stream(traces), model=MODEL, **THRESHOLDS)
    return [(p.phase, p.peak_time.ns, p.peak_value, p.start_time.ns, p.end_time.ns) for p in picks]


def _time_and_phase(pick):
    return pick[1], pick[0]


def same(found, expected):
    assert len(found) == len(expected) > 30
    for one, other in zip(
        sorted(found, key=_time_and_phase), sorted(expected, key=_time_and_phase), strict=True
    ):
        assert one[0] == other[0]
        assert one[2] == pytest.approx(other[2], abs=1e-6)
        for i in (1, 3, 4):
            assert abs(one[i] - other[i]) <= 1000  # ns


@pytest.mark.parametrize(
    "gaps",
    [
        [],
        [(-0.3, 0.4)],
        [(0.0, 5.0)],
        [(-20.0, -1.0)],
        [(1.0, 3.0), (25.0, 300.0)],
        [(-300.0, -29.5), (31.0, 32.0)],
        [(-500.0, -10.0), (10.0, 500.0)],
    ],
)
def test_the_union_of_the_days_is_the_unbroken_record(data, gaps):
    traces = traces_of(data, on_grid(MIDNIGHT - 600), gaps)
    same(by_days(traces), unbroken(traces))


def test_samples_between_the_points_of_the_grid(data):
    start = on_grid(MIDNIGHT - 600) + 0.004
    traces = traces_of(data, start)
    found = by_days(traces)
    same(found, unbroken(traces))
    moved = by_days(traces_of(data, start - 0.004))
    assert [p[1] - q[1] for p, q in zip(found, moved, strict=True)] == [4_000_000] * len(found)


@pytest.mark.parametrize("seconds", [2.0, 15.0, 29.0, 45.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_record_that_ends_or_begins_near_midnight(data, seconds, side):
    """Both days see it end, and must see the same: at midnight nothing may depend on whose data it is."""
    start = on_grid(MIDNIGHT - 600)
    at = round((MIDNIGHT - start + side * seconds) * RATE)
    traces = traces_of(data[:, :at], start) if side > 0 else traces_of(data[:, at:], start + at / RATE)
    found = sorted(by_days(traces), key=_time_and_phase)
    # What the days are promised to give together: the record on the grid, its ends like the edges of gaps.
    part = data[:, :at] if side > 0 else data[:, at:]
    first = GRID.index(start.ns) + (0 if side > 0 else at)
    before = first - GRID.floor(first - GRID.length)
    after = GRID.length + -(before + part.shape[1]) % GRID.step
    padded = np.pad(part.astype(float), ((0, 0), (before, after)), constant_values=np.nan)
    origin = (first - before) / RATE - MIDNIGHT.ns / 1e9
    expected = [(p.phase, origin + p.peak_time) for p in lppn_np.pick(padded, model=MODEL, **THRESHOLDS)]
    near = min(25, seconds)
    wanted = sorted((time, phase) for phase, time in expected if abs(time) < near)
    got = sorted(((p[1] - MIDNIGHT.ns) / 1e9, p[0]) for p in found if abs(p[1] - MIDNIGHT.ns) < near * 1e9)
    assert [phase for _, phase in got] == [phase for _, phase in wanted]
    assert np.abs(np.subtract([t for t, _ in got], [t for t, _ in wanted])).max(initial=0) < 1e-5


@pytest.mark.parametrize("tenths", range(0, 31, 3))
def test_an_arrival_across_midnight_is_picked_once(data, tenths):
    """Wherever midnight falls within three seconds around a pick, one of the two days has it."""
    start = on_grid(MIDNIGHT - 600)
    pick = next(
        p for p in lppn_np.pick(data, model=MODEL, **THRESHOLDS) if p.peak_time > 595 and p.peak_value > 0.3
    )
    shift = round((600 - pick.peak_time - 1.5 + tenths / 10) * RATE)
    moved = np.roll(data, shift, axis=1)
    traces = traces_of(moved, start)
    same(by_days(traces), unbroken(traces))


def test_without_a_file_for_the_next_day_the_last_record_is_picked_to_its_end(data):
    """The last record of a day file reaches beyond midnight; somebody must pick that."""
    start = on_grid(MIDNIGHT - 600)
    stop = round((MIDNIGHT - start) * RATE) + 3000
    traces = [trace.copy() for trace in traces_of(data[:, :stop], start)]
    part = pick_day(MODEL, SETTINGS, traces, Bounds(DAY, True, True))
    picks = lppn_np.pick(obspy.Stream(traces), model=MODEL, **THRESHOLDS)
    assert len(part.peak) == len(picks)
    assert part.peak.max() > MIDNIGHT.ns
    both = pick_day(MODEL, SETTINGS, traces, Bounds(DAY, True, False))
    assert 0 < len(both.peak) < len(part.peak)
    assert both.peak.max() < MIDNIGHT.ns


@pytest.mark.parametrize("overlap", [0, 1024, 1536, 2047])
@pytest.mark.parametrize("rate", [100.0, 40.0, 31.25])
def test_pieces_of_neighbouring_days_share_their_windows(overlap, rate):
    grid = Grid.of(rate, 3072, overlap)
    for number in range(5):
        day = DAY + datetime.timedelta(days=number)
        first, stop = grid.piece(day)
        low, high = grid.midnight(day), grid.midnight(day + datetime.timedelta(days=1))
        assert first % grid.step == 0
        assert (stop - 3072) % grid.step == 0
        assert low - first >= 3072 + 10 * rate > low - first - grid.step - 1
        assert stop - high >= 3072 + 10 * rate > stop - high - grid.step - 1


def test_the_grid_counts_in_whole_numbers():
    grid = Grid.of(100.0, 3072, 1024)
    for index in (0, 1, 152_000_000_000, 157_788_000_001):
        assert grid.nanoseconds(index) == index * 10**7
        for off in (-4_999_999, 0, 4_999_999):
            assert grid.index(index * 10**7 + off) == index
        assert grid.index(index * 10**7 + 5_000_000) == index + 1

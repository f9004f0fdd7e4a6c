"""Gaps, late and repeated data, clocks that jump, and what is refused."""

import datetime
import warnings
from itertools import pairwise

import numpy as np
import pytest

import lppn_np
from lppn_np import StreamingPicker, StreamingPickers
from lppn_np.errors import InputError

from .conftest import LOW, fed, pieces_of, same, traces


def with_starts(data, bounds, origin=0.0):
    return [(data[:, a:b], origin + a / 100) for a, b in pairwise(bounds)]


def fed_at(picker, chunks):
    picks = [pick for chunk, start in chunks for pick in picker.feed(chunk, start)]
    picks += picker.close()
    return sorted(picks, key=lambda p: (p.peak_time, -p.peak_value))


def test_a_chunk_that_never_comes_is_a_gap(ten_minutes, model):
    chunks = with_starts(ten_minutes, list(range(0, 60_001, 500)))
    del chunks[20:23], chunks[60]
    holes = ten_minutes.astype(np.float64)
    holes[:, 10_000:11_500] = holes[:, 31_500:32_000] = np.nan
    picker = StreamingPicker(model, **LOW)
    assert fed_at(picker, chunks) == lppn_np.pick(holes, model=model, **LOW)
    assert picker.counts.late == 0


def test_chunks_in_disorder_and_twice(gappy, model):
    chunks = with_starts(gappy, list(range(0, 60_001, 300)), origin=1e9)
    rng = np.random.default_rng(0)
    chunks += [chunks[i] for i in rng.integers(0, len(chunks), 30)]
    chunks.sort(key=lambda chunk: chunk[1] + rng.uniform(0, 24))
    picker = StreamingPicker(model, **LOW)
    assert fed_at(picker, chunks) == lppn_np.pick(gappy, model=model, starttime=1e9, **LOW)
    assert picker.counts.late == 0
    assert picker.counts.repeated == 30 * 3 * 300


def test_a_chunk_that_is_too_late_is_left_out(ten_minutes, model):
    chunks = with_starts(ten_minutes, list(range(0, 60_001, 500)))
    late = chunks.pop(40)
    chunks.insert(70, late)
    holes = ten_minutes.astype(np.float64)
    holes[:, 20_000:20_500] = np.nan
    picker = StreamingPicker(model, **LOW)
    assert fed_at(picker, chunks) == lppn_np.pick(holes, model=model, **LOW)
    assert picker.counts.late == 3 * 500


def test_two_values_for_a_sample_are_none(ten_minutes, model):
    chunks = with_starts(ten_minutes, list(range(0, 60_001, 500)))
    wrong = chunks[50][0].copy()
    wrong[:, 100:200] += 1
    for order in ((wrong, chunks[50][0]), (chunks[50][0], wrong), (wrong, wrong - 1, wrong)):
        sent = chunks[:50] + [(values, 250.0) for values in order] + chunks[51:]
        holes = ten_minutes.astype(np.float64)
        holes[:, 25_100:25_200] = np.nan
        if len(order) == 3:
            holes[:, 25_000:25_500] = np.nan
        picker = StreamingPicker(model, **LOW)
        assert fed_at(picker, sent) == lppn_np.pick(holes, model=model, **LOW)
        assert picker.counts.disputed >= 300


def test_a_chunk_before_the_first_one(ten_minutes, model):
    """The record begins with the earliest that comes in time."""
    chunks = with_starts(ten_minutes, [0, 900, 1400, *range(2000, 60_001, 2000)])
    chunks[:3] = [chunks[2], chunks[0], chunks[1]]
    assert fed_at(StreamingPicker(model, **LOW), chunks) == lppn_np.pick(ten_minutes, model=model, **LOW)


def test_years_between_two_chunks_take_no_time_and_no_memory(ten_minutes, model):
    picker = StreamingPicker(model, **LOW)
    first = picker.feed(ten_minutes[:, :9000], "1970-01-02")
    first += picker.feed(ten_minutes[:, 9000:18_000], "2069-12-31")
    assert picker.nbytes < 1e6
    picks = first + picker.close()
    assert {pick.peak_time.year for pick in picks} == {1970, 2069}
    expected = lppn_np.pick(ten_minutes[:, :9000], model=model, **LOW)
    own = [p for p in picks if p.peak_time.year == 1970]
    before = [p for p in expected if p.peak_time < 60]
    epoch = datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)
    seconds = [(p.peak_time - epoch).total_seconds() for p in own]
    np.testing.assert_allclose(seconds[: len(before)], [p.peak_time for p in before], atol=1e-5)


def test_a_component_that_is_not_there(gappy, model):
    data = gappy.copy()
    data[1:] = np.nan
    sent = traces(data, bounds=[list(range(0, 60_001, 400))] * 3)
    assert {trace.stats.channel for trace in sent} == {"HHE"}
    import obspy

    expected = lppn_np.pick(obspy.Stream(sent), model=model, **LOW)
    latencies = {}
    for components in ("ENZ", "E"):
        found = []
        picker = StreamingPicker(model, **LOW, components=components)
        for trace in sent:
            found += picker.feed(trace)
        latencies[components] = max(p.latency for p in found)
        same(found + picker.close(), expected, least=10)
    assert latencies["ENZ"] > latencies["E"] + 20


def test_advance_tells_what_waits_for_data_that_do_not_come(ten_minutes, model):
    import obspy

    sent = traces(ten_minutes[:, :9000], bounds=[list(range(0, 9001, 450))] * 3)
    expected = lppn_np.pick(obspy.Stream(sent), model=model, **LOW)
    picker = StreamingPicker(model, **LOW)
    found = [pick for trace in sent for pick in picker.feed(trace)]
    end = max(trace.stats.endtime for trace in sent)
    assert picker.advance(end + 600) == []
    told = picker.advance(end + 640)
    assert len(told) > 0
    assert picker.close() == picker.advance(end + 900) == []
    # A record with a long gap behind it ends half a second later, so that its last window is another one.
    sure = end - 31
    same([p for p in found if p.peak_time < sure], [p for p in expected if p.peak_time < sure], least=5)
    late = [p for p in found + told if p.peak_time >= sure]
    assert len(late) == pytest.approx(len([p for p in expected if p.peak_time >= sure]), abs=2)


def test_counts_and_latency_are_honest(ten_minutes, model):
    picker = StreamingPicker(model, **LOW)
    newest, latencies = 0.0, []
    for chunk in pieces_of(ten_minutes, list(range(0, 60_001, 100))):
        newest += 1
        for pick in picker.feed(chunk):
            assert pick.latency == pytest.approx(newest - pick.peak_time)
            latencies.append(pick.latency)
    assert np.percentile(latencies, 90) <= picker.latency + 1.01  # the others had more probable neighbours
    assert max(latencies) <= picker.latency + 4


def test_equal_to_picks(ten_minutes, model):
    (pick, *_), _ = fed(StreamingPicker(model, **LOW), [ten_minutes])
    plain = lppn_np.Pick(*(getattr(pick, name) for name in lppn_np.Pick.__dataclass_fields__))
    assert pick == plain
    assert plain == pick
    assert hash(pick) == hash(plain)
    assert pick != lppn_np.Pick("x", 0.0)
    assert pick != "x"


# ---------------------------------------------------------------- stations


def test_instruments_of_one_station(ten_minutes, model):
    """The better one takes over, as in a whole record only one is picked."""
    import obspy

    sent = traces(ten_minutes, station="XX.AAA..EH", bounds=[list(range(0, 60_001, 700))] * 3)
    better = traces(ten_minutes[:, 500:], station="XX.AAA..HH", bounds=[list(range(0, 59_501, 800))] * 3)
    worse = traces(ten_minutes, station="XX.AAA..HN", bounds=[list(range(0, 60_001, 900))] * 3)
    told = []
    pickers = StreamingPickers(model, on_problem=told.append, **LOW)
    order = sorted(sent + better + worse, key=lambda trace: trace.stats.endtime)
    found = [pick for trace in order for pick in pickers.feed(trace)] + pickers.close()
    assert list(pickers) == [("XX.AAA.", "HH")]
    same(found, lppn_np.pick(obspy.Stream(better), model=model, **LOW))
    assert any("HH is preferred" in text for text in told)


def test_one_bad_station_does_no_harm(ten_minutes, model):
    import obspy

    good = traces(ten_minutes, station="XX.AAA..HH")
    slow, infinite, log = (good[0].copy() for _ in range(3))
    slow.stats.station, slow.stats.sampling_rate = "BBB", 40.0
    infinite.stats.station, infinite.data = "CCC", np.full(100, np.inf)
    log.stats.station, log.stats.channel = "DDD", "LOG"
    told = []
    pickers = StreamingPickers(model, on_problem=told.append, **LOW)
    for _ in range(2):
        assert pickers.feed([slow, infinite, log]) == []
    assert len(told) == 2
    assert "XX.BBB..HHE: sampling_rate is 40 Hz, a stream takes 100 Hz" in told[0]
    assert "infinity" in told[1]
    assert len(pickers) == 0
    same(
        pickers.feed(obspy.Stream(good)) + pickers.close(),
        lppn_np.pick(obspy.Stream(good), model=model, **LOW),
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        StreamingPickers(model).feed(slow)
    assert "40 Hz" in str(caught[0].message)


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_latency": -1}, "max_latency"),
        ({"max_latency": 600}, "max_latency"),
        ({"max_latency": "x"}, "max_latency"),
        ({"components": ""}, "components"),
        ({"components": "X"}, "components"),
        ({"component_order": "ENN"}, "component_order"),
        ({"min_distance": 31.0}, "cannot wait for ever"),
        ({"sampling_rate": 50.0}, "50 Hz"),
        ({"P_threshold": 0}, "P_threshold"),
    ],
)
def test_settings_that_cannot_work(arguments, message, model):
    for kind in (StreamingPicker, StreamingPickers):
        with pytest.raises(InputError, match=message):
            kind(model, **arguments)


def test_unknown_settings(model):
    for kind in (StreamingPicker, StreamingPickers):
        with pytest.raises(TypeError):
            kind(model, treshold=0.5)


def test_data_that_cannot_be_used(ten_minutes, model):
    picker = StreamingPicker(model, **LOW)
    good = ten_minutes[:, :4000].astype(np.float64)
    found = picker.feed(good)
    bad = good[:, :100].copy()
    bad[1, 5] = np.inf
    for data, start, message in (
        (bad, None, "infinity"),
        (good.T, None, "shape"),
        (good, "2020-01-01", "one cannot be counted"),
        (good, "tomorrow", "ISO 8601"),
        (traces(good)[0], None, "one cannot be counted"),
        (traces(good)[0], 0.0, "know their starttime"),
    ):
        with pytest.raises(InputError, match=message):
            picker.feed(data, start)
    found += picker.feed(ten_minutes[:, 4000:9000]) + picker.close()
    assert found == lppn_np.pick(ten_minutes[:, :9000], model=model, **LOW)


def test_an_empty_chunk_is_nothing(model):
    picker = StreamingPicker(model)
    assert picker.feed(np.empty((3, 0))) == []
    assert picker.close() == []


def test_traces_of_two_stations(ten_minutes, model):
    picker = StreamingPicker(model)
    picker.feed(traces(ten_minutes[:, :100])[0])
    with pytest.raises(InputError, match="several instruments"):
        picker.feed(traces(ten_minutes[:, :100], station="XX.BBB..HH")[0])

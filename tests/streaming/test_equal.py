"""The picks of a stream are those of the whole record, however it is cut."""

import numpy as np
import pytest

import lppn_np
from lppn_np import StreamingPicker

from .conftest import LOW, cuts, fed, pieces_of, same, traces


@pytest.fixture(scope="module")
def expected(gappy, model):
    return lppn_np.pick(gappy, model=model, **LOW)


@pytest.mark.parametrize("seed", range(10))
def test_random_chunks(seed, gappy, model, expected):
    rng = np.random.default_rng(seed)
    picker = StreamingPicker(model, **LOW)
    found, before = fed(picker, pieces_of(gappy, cuts(rng, gappy.shape[1])))
    same(found, expected)
    assert found == expected  # to the last bit, which is more than is promised
    assert len(expected) - 8 < before
    assert picker.counts.received == gappy.size
    assert picker.counts.late == picker.counts.repeated == picker.counts.disputed == 0


@pytest.mark.parametrize("n_samples", [1, 40, 700, 3071, 3072, 3073, 5119, 5120, 5121, 6000, 7169])
def test_records_of_any_length(n_samples, ten_minutes, model):
    """Around a window's length, and a step more: the last window is another one each time."""
    data = ten_minutes[:, 1000 : 1000 + n_samples]
    picks = lppn_np.pick(data, model=model, **LOW)
    for size in (1500, 3072, n_samples):
        chunks = pieces_of(data, [*range(0, n_samples, size), n_samples])
        assert fed(StreamingPicker(model, **LOW), chunks)[0] == picks


def test_sample_by_sample(ten_minutes, model):
    data = ten_minutes[:, :7000].astype(np.float32)
    picker = StreamingPicker(model, **LOW)
    found, before = fed(picker, [data[:, i : i + 1] for i in range(data.shape[1])])
    assert found == lppn_np.pick(data, model=model, **LOW)
    assert before > 2


@pytest.mark.parametrize(
    "settings",
    [
        {"overlap": 0, "blinding": 0},
        {"overlap": 2560, "blinding": 1280},
        {"overlap": 1000, "blinding": 77},
        {"min_distance": 0.0},
        {"min_distance": 20.0},
        {"P_threshold": 0.01, "S_threshold": 0.01, "min_distance": 0.3},
    ],
)
def test_settings(settings, gappy, model):
    settings = LOW | settings
    rng = np.random.default_rng(5)
    found, before = fed(StreamingPicker(model, **settings), pieces_of(gappy, cuts(rng, gappy.shape[1], 2000)))
    assert found == lppn_np.pick(gappy, model=model, **settings)
    assert before > 10


@pytest.mark.parametrize(
    "config",
    [
        {"stride": 8, "features": 2},
        {"stride": 64, "features": 2, "neighbours": 2, "P_weight": 3.0, "S_weight": 2.0},
    ],
)
def test_other_networks(config, ten_minutes):
    """Drawn anew: their offsets point anywhere, and nearly all segments are candidates."""
    network = lppn_np.LPPN(lppn_np.LPPNConfig(**config))
    settings = {"P_threshold": 0.36, "S_threshold": 0.36, "min_distance": 0.4}
    expected = lppn_np.pick(ten_minutes, model=network, **settings)
    chunks = pieces_of(ten_minutes, cuts(np.random.default_rng(1), ten_minutes.shape[1], 3000))
    found, _ = fed(StreamingPicker(network, **settings), chunks)
    assert len(expected) > 100
    assert found == expected


def test_early_is_the_same_until_the_last_window(gappy, model, expected):
    on_time, early = StreamingPicker(model, **LOW), StreamingPicker(model, **LOW, early=True)
    chunks = pieces_of(gappy, [*range(0, gappy.shape[1], 250), gappy.shape[1]])
    found = fed(early, chunks)[0]
    limit = gappy.shape[1] / 100 - 31
    assert [p for p in found if p.peak_time < limit] == [p for p in expected if p.peak_time < limit]
    late = fed(on_time, chunks)[0]
    told = [p for p in zip(found, late, strict=False) if p[0].peak_time < 100]
    assert max(p.latency for p in late if p.peak_time < 540) <= on_time.latency + 2.5 + 0.02
    assert np.mean([b.latency - a.latency for a, b in told]) > 5


# ---------------------------------------------------------------- packets


@pytest.fixture(scope="module")
def packets(gappy):
    rng = np.random.default_rng(2)
    return traces(gappy, bounds=[cuts(rng, gappy.shape[1], 1500) for _ in range(3)])


@pytest.fixture(scope="module")
def of_packets(packets, model):
    import obspy

    return lppn_np.pick(obspy.Stream(packets), model=model, **LOW)


def test_packets_one_by_one(packets, of_packets, model):
    picker = StreamingPicker(model, **LOW)
    same(fed(picker, packets)[0], of_packets)
    assert picker.trace_id == "XX.AAA."
    assert picker.counts.late == 0


def test_all_packets_at_once(packets, of_packets, model):
    import obspy

    same(fed(StreamingPicker(model, **LOW), [obspy.Stream(packets)])[0], of_packets)


@pytest.mark.parametrize("seed", range(3))
def test_packets_in_disorder(seed, packets, of_packets, model):
    """Up to 25 s late, some sent twice."""
    rng = np.random.default_rng(seed)
    sent = [*packets, *(packets[i] for i in rng.integers(0, len(packets), 20))]
    sent.sort(key=lambda trace: trace.stats.endtime.timestamp + rng.uniform(0, 12))
    picker = StreamingPicker(model, **LOW)
    same(fed(picker, sent)[0], of_packets)
    assert picker.counts.late == 0
    assert picker.counts.repeated == picker.counts.received - sum(len(trace.data) for trace in packets) > 0


def test_components_off_each_others_grid(ten_minutes, model):
    """Packets of a component half a sample off would be rounded now up, now down, one by one."""
    import obspy

    sent = []
    for row, (component, offset) in enumerate([("E", 0.0), ("N", 0.00499), ("Z", 0.002)]):
        rng = np.random.default_rng(row)
        own = traces(ten_minutes[row : row + 1], components=component, bounds=[cuts(rng, 60_000, 900)])
        for trace in own:
            # 20 microseconds of jitter, as of times that are rounded to a tenth of a millisecond
            trace.stats.starttime += offset + rng.uniform(-2e-5, 2e-5) * (trace is not own[0])
        sent += own
    whole = obspy.Stream([trace.copy() for trace in sent]).merge(method=1)
    assert len(whole) == 3
    sent.sort(key=lambda trace: trace.stats.endtime)
    same(fed(StreamingPicker(model, **LOW), sent)[0], lppn_np.pick(whole, model=model, **LOW))


def test_records_with_more_than_ten_minutes_between_them(ten_minutes, model):
    import obspy

    parts, start = [], obspy.UTCDateTime("2020-01-01")
    for first, gap in ((0, 0), (9000, 500), (21_000, 700), (30_000, 86_400 * 400)):
        start += gap + 120
        bounds = [cuts(np.random.default_rng(first + row), 9000, 800) for row in range(3)]
        parts += traces(ten_minutes[:, first : first + 9000], start, bounds=bounds)
    expected = lppn_np.pick(obspy.Stream(parts), model=model, **LOW)
    picker = StreamingPicker(model, **LOW)
    same(fed(picker, parts)[0], expected)
    assert picker.nbytes < 1e6
    same(fed(StreamingPicker(model, **LOW), [obspy.Stream(parts)])[0], expected)

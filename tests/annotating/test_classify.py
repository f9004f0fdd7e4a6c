"""``classify``: a Stream gives the picks of its array, however it is cut, ordered and named."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lppn_np

obspy = pytest.importorskip("obspy")

P_ARRIVAL, S_ARRIVAL = 4.69, 5.65  # of obspy's example, read off the record
LOW = {"P_threshold": 0.2, "S_threshold": 0.2}  # for a model that has learnt nothing


def array_of(stream):
    return np.array([stream.select(component=c)[0].data for c in "ENZ"])


def assert_example(picks, start, tolerance=0.12):
    assert [p.phase for p in picks] == ["P", "S"]
    for pick, arrival in zip(picks, (P_ARRIVAL, S_ARRIVAL), strict=True):
        assert abs(pick.peak_time - start - arrival) < tolerance
        assert pick.start_time <= pick.peak_time <= pick.end_time


def test_a_gapless_station_is_its_array(model, example):
    start = example[0].stats.starttime
    output = model.classify(example)
    assert output.creator == model.name == "LPPN"
    assert_example(output.picks, start)
    expected = lppn_np.pick(array_of(example), model=model)
    assert [p.peak_value for p in output.picks] == [p.peak_value for p in expected]
    for name in ("start_time", "end_time", "peak_time"):
        got = [getattr(p, name) - start for p in output.picks]
        np.testing.assert_allclose(got, [getattr(p, name) for p in expected], rtol=0, atol=1e-6)
    assert lppn_np.pick(example, model=model) == output.picks


def test_a_start_between_two_microseconds(model, example):
    expected = [p.peak_time.ns for p in model.classify(example).picks]
    for trace in example:
        trace.stats.starttime = obspy.UTCDateTime(ns=trace.stats.starttime.ns + 1_234_567)
    found = [p.peak_time.ns - 1_234_567 for p in model.classify(example).picks]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2)


@settings(max_examples=12)
@given(cuts=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 11_999)), max_size=8), seed=st.randoms())
def test_cut_and_shuffled(cuts, seed, eager, long_stream, told):
    whole = long_stream()
    expected = told(eager.classify(whole, **LOW).picks)
    assert len(expected) > 4
    pieces = []
    for number, trace in enumerate(whole):
        ends = [0, *sorted({at for row, at in cuts if row == number}), 12_000]
        # Neighbours share a few samples, as files of a day often do.
        overlapping = itertools.pairwise(ends)
        pieces += [piece(trace, max(a - 3, 0), b) for a, b in overlapping]
    seed.shuffle(pieces)
    found = told(eager.classify(obspy.Stream(pieces), **LOW).picks)
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    np.testing.assert_allclose([r[2] for r in found], [r[2] for r in expected], rtol=0, atol=1000)
    assert [row[3] for row in found] == [row[3] for row in expected]


def piece(trace, a, b):
    header = {**trace.stats, "starttime": trace.stats.starttime + a / 100}
    return obspy.Trace(
        trace.data[a:b].copy(), {k: v for k, v in header.items() if k not in ("endtime", "npts")}
    )


def test_another_station_changes_nothing(model, example, long_stream, told):
    alone = told(model.classify(example).picks)
    others = long_stream("XX.A..HH") + long_stream("BW.RJOB.10.EH", seed=1)
    together = model.classify(others + example).picks
    assert told(together.select(trace_id=r"BW\.RJOB\.")) == alone
    assert [p.peak_time for p in together] == sorted(p.peak_time for p in together)


def test_the_stream_is_left_alone(model, example):
    for copy in (True, False):
        before = example.copy()
        model.classify(example, copy=copy)
        model.annotate(example, copy)
        assert example == before
        assert all((a.data == b.data).all() for a, b in zip(example, before, strict=True))


# ---------------------------------------------------------------- components and instruments


@pytest.mark.parametrize("channels", ["EHZ EH1 EH2", "ehz ehn ehe", "Z N E", "EHE EHN EHZ"])
def test_names_of_components(channels, model, example, told):
    expected = told(model.classify(example).picks)
    of = {"Z": "Z", "N": "N", "E": "E", "1": "N", "2": "E"}
    traces = []
    for channel in channels.split():
        trace = example.select(component=of[channel[-1].upper()])[0].copy()
        trace.stats.channel = channel
        traces.append(trace)
    assert told(model.classify(obspy.Stream(traces)).picks) == expected


@pytest.mark.parametrize("kind", ["int32", "float32", ">f4", "masked"])
def test_types(kind, model, example):
    for trace in example:
        counts = np.round(trace.data)
        trace.data = np.ma.masked_array(counts, counts > 1e9) if kind == "masked" else counts.astype(kind)
    assert_example(model.classify(example).picks, example[0].stats.starttime)


def test_a_missing_component_is_zeros(model, example):
    two = obspy.Stream(trace for trace in example if trace.stats.channel != "EHE")
    output = model.classify(two, explain=True, P_threshold=0.1)
    assert abs(output.picks[0].peak_time - two[0].stats.starttime - P_ARRIVAL) < 0.2
    assert "no component E: zeros" in output.reports["BW.RJOB."].filled
    strict = model.classify(two, strict=True, explain=True)
    assert strict.picks == []
    assert strict.reports["BW.RJOB."].dropped == ("EH: no component E (strict)",)


def test_without_flexible_horizontals(model, example):
    for trace in example:
        trace.stats.channel = trace.stats.channel.replace("EHN", "EH1").replace("EHE", "EH2")
    report = model.classify(example, flexible_horizontal_components=False, explain=True).reports["BW.RJOB."]
    assert report.filled[:2] == ("no component E: zeros", "no component N: zeros")


@pytest.mark.parametrize(
    ("codes", "chosen"),
    [
        (["HN", "EH", "BH", "HH"], "HH"),
        (["HN", "EH", "BH"], "BH"),
        (["HN", "EH"], "EH"),
        (["HN", "SH"], "HN"),
        (["SH", "CN"], "CN"),
    ],
)
def test_preferred_instruments(codes, chosen, eager, long_stream, told):
    streams = {code: long_stream(f"XX.STA..{code}", seed=i) for i, code in enumerate(codes)}
    together = sum(streams.values(), obspy.Stream())
    output = eager.classify(together, explain=True, **LOW)
    assert told(output.picks) == told(eager.classify(streams[chosen], **LOW).picks)
    report = output.reports["XX.STA."]
    assert report.instrument == chosen
    others = sorted(set(codes) - {chosen})
    assert report.dropped == tuple(f"{code}: {chosen} is preferred" for code in others)


def test_an_instrument_without_data_is_not_preferred(eager, long_stream):
    dead = long_stream("XX.STA..HH")
    for trace in dead:
        trace.data = np.ma.masked_all(trace.data.shape)
    output = eager.classify(dead + long_stream("XX.STA..HN"), explain=True)
    assert output.reports["XX.STA."].instrument == "HN"


# ---------------------------------------------------------------- keywords


@pytest.mark.parametrize("name", ["parallelism", "threshold", "p_threshold", "stride", "chunk", "amplitudes"])
def test_unknown_keywords(name, model, example):
    for call in (model.classify, model.annotate):
        with pytest.raises(TypeError, match=name):
            call(example, **{name: 1})


@pytest.mark.parametrize(
    "arguments",
    [{"overlap": 0.5}, {"overlap": 0}, {"overlap": 1500.0}, {"overlap": 0.6, "blinding": (250, 250)}],
)
def test_seisbenchs_overlap_and_blinding(arguments, model, example):
    assert_example(model.classify(example, **arguments).picks, example[0].stats.starttime)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"stacking": "median"}, "stacking is 'median'"),
        ({"overlap": 3072}, "overlap is 3072"),
        ({"overlap": float("nan")}, "overlap is nan"),
        ({"overlap": True}, "overlap is True"),
        ({"blinding": (1, 2, 3)}, "blinding is"),
        ({"blinding": 600}, "blinding is 600"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"P_threshold": 2}, "P_threshold is 2"),
        ({"engine": "torch"}, "engine is 'torch'"),
    ],
)
def test_bad_arguments(arguments, match, model, example):
    with pytest.raises(lppn_np.LPPNError, match=match):
        model.classify(example, **arguments)


def test_thresholds_and_min_distance(model, example):
    assert [p.phase for p in model.classify(example, S_threshold=1.0).picks] == ["P"]
    assert [p.phase for p in model.classify(example, P_threshold=1.0).picks] == ["S"]


def test_bad_streams(model, example):
    for stream, match in [
        (obspy.Stream(), "empty"),
        (np.zeros((3, 10)), "expected an obspy Stream"),
        (None, "expected"),
    ]:
        with pytest.raises(lppn_np.InputError, match=match):
            model.classify(stream)
    example[0].data[7] = np.inf
    with pytest.raises(lppn_np.InputError, match=r"BW\.RJOB\.EH: .*infinity"):
        model.classify(example)
    example.decimate(2, no_filter=True)
    example[0].data[7] = np.inf
    with pytest.raises(lppn_np.InputError, match=r"BW\.RJOB\.EH: .*infinity"):
        model.classify(example)


# ---------------------------------------------------------------- SNR and amplitude


def test_snr_and_amplitude(model, example):
    plain, measured = (model.classify(example, amplitude=amplitude).picks for amplitude in (False, True))
    assert plain == measured
    assert [p.amplitude for p in plain] == [None, None]
    p, s = measured
    assert 5 < p.snr < 30
    onset, end = (round((pick.peak_time - example[0].stats.starttime) * 100) for pick in (p, s))
    data = array_of(example)
    noise = data[:, max(onset - 450, 0) : onset - 50].mean(axis=1, keepdims=True)
    assert p.amplitude == pytest.approx(np.abs(data - noise)[:, onset:end].max(), rel=0.02)
    for trace in example:
        trace.data *= 1e-9
    small = model.classify(example, amplitude=True).picks
    np.testing.assert_allclose(
        [q.amplitude for q in small], [q.amplitude * 1e-9 for q in measured], rtol=1e-3
    )
    np.testing.assert_allclose([q.snr for q in small], [q.snr for q in measured], rtol=1e-3)

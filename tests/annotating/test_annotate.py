"""``annotate``: probability traces that stand where the picks of ``classify`` stand."""

import numpy as np
import pytest

import lppn_np

obspy = pytest.importorskip("obspy")


def within(trace, time):
    """Whether a pick lies in one of a trace's segments."""
    half = trace.stats.delta / 2
    return trace.stats.starttime - half <= time <= trace.stats.endtime + half


def test_names_and_times(model, example):
    annotations = model.annotate(example)
    assert isinstance(annotations, obspy.Stream)
    assert [trace.id for trace in annotations] == [f"BW.RJOB..LPPN_{label}" for label in "NPS"]
    stride, start = model.config.stride, example[0].stats.starttime
    for trace in annotations:
        assert trace.stats.sampling_rate == 100 / stride
        assert trace.stats.npts == -(-3000 // stride)
        assert abs(trace.stats.starttime - start - (stride - 1) / 200) < 1e-6
        assert trace.data.dtype == np.float32
    np.testing.assert_allclose(np.sum([trace.data for trace in annotations], axis=0), 1, atol=1e-5)


def test_peaks_are_the_picks(model, example):
    annotations = model.annotate(example)
    for pick in model.classify(example).picks:
        (trace,) = annotations.select(channel=f"LPPN_{pick.phase}")
        peak = int(trace.data.argmax())
        assert trace.data[peak] == pytest.approx(pick.peak_value, abs=1e-5)
        assert abs(trace.stats.starttime + peak * trace.stats.delta - pick.peak_time) < 0.25


@pytest.mark.parametrize("stacking", ["max", "avg"])
def test_stacking(stacking, eager, long_stream):
    """The mean of two windows is below the larger one where they overlap, the same where there is one."""
    low = {"P_threshold": 0.2, "S_threshold": 0.2}
    annotations = eager.annotate(long_stream(), stacking=stacking)
    largest = eager.annotate(long_stream(), stacking="max")
    data, most = (np.array([trace.data for trace in each]) for each in (annotations, largest))
    assert data.shape == most.shape
    assert (data <= most + 1e-6).all()
    if stacking == "avg":
        assert (data < most - 1e-4).any()
        np.testing.assert_allclose(data.sum(axis=0), 1, atol=1e-5)
        averaged = eager.classify(long_stream(), stacking="avg", min_distance=0, **low).picks
        assert averaged
        assert all(0.2 <= pick.peak_value <= 1 for pick in averaged)


@pytest.mark.parametrize("weights", [{}, {"P_weight": 3.0, "S_weight": 0.5}])
def test_the_mean_of_two_windows_is_a_picks_probability(long_stream, weights):
    """Every pick's probability is a value of the curve, in a segment within reach of its time."""
    model = lppn_np.LPPN(
        lppn_np.LPPNConfig(
            stride=16, features=1, in_samples=512, overlap=200, blinding=32, neighbours=1, **weights
        )
    )
    curves = model.annotate(long_stream(), stacking="avg")
    picks = model.classify(long_stream(), stacking="avg", P_threshold=0.5, S_threshold=0.5).picks
    assert picks
    for pick in picks:
        (trace,) = curves.select(channel=f"LPPN_{pick.phase}")
        at = round((pick.peak_time - trace.stats.starttime) / trace.stats.delta)
        assert np.abs(trace.data[max(at - 3, 0) : at + 4] - pick.peak_value).min() < 1e-5


def test_gaps_split_the_traces(eager, long_stream):
    stream = long_stream()
    begin = stream[0].stats.starttime
    with_gap = stream.copy().cutout(begin + 40, begin + 50)
    annotations = eager.annotate(with_gap)
    assert [trace.stats.channel for trace in annotations] == ["LPPN_N", "LPPN_P", "LPPN_S"] * 2
    before, after = annotations[0], annotations[3]
    delta = before.stats.delta
    assert begin + 39 < before.stats.endtime + delta / 2 < begin + 40
    assert begin + 50 < after.stats.starttime - delta / 2 + delta < begin + 51
    picks = eager.classify(with_gap, P_threshold=0.2, S_threshold=0.2, min_distance=0).picks
    assert len(picks) > 20
    assert all(within(before, pick.peak_time) or within(after, pick.peak_time) for pick in picks)


def test_a_dead_record_is_certainly_nothing(eager, make_trace):
    annotations = eager.annotate(obspy.Stream([make_trace(np.zeros(4000))]))
    assert [float(trace.data.mean()) for trace in annotations] == [1, 0, 0]


def test_a_clock_that_is_a_little_off(eager, make_trace):
    rng = np.random.default_rng(0)
    # 100.008 Hz are taken for 100, and 20 minutes of them are 0.1 s shorter.
    stream = obspy.Stream([make_trace(rng.normal(size=120_000), rate=100.008)])
    trace = eager.annotate(stream)[0]
    assert trace.stats.sampling_rate == pytest.approx(100.008 / 16, rel=1e-6)
    assert abs(trace.stats.endtime - stream[0].stats.endtime) < 0.2
    picks = eager.classify(stream, P_threshold=0.2, S_threshold=0.2, min_distance=0).picks
    assert max(pick.peak_time for pick in picks) <= stream[0].stats.endtime
    assert stream[0].stats.endtime - max(pick.peak_time for pick in picks) < 0.3


def test_reports_come_along(eager, long_stream):
    annotations, reports = eager.annotate(long_stream(), explain=True)
    assert len(annotations) == 3
    assert list(reports) == ["XX.STA."]
    assert reports["XX.STA."].n_picks is None


def test_seven_classes(long_stream):
    model = lppn_np.LPPN(lppn_np.LPPNConfig(variant="medium"))
    channels = [trace.stats.channel for trace in model.annotate(long_stream(seconds=40), engine="numpy")]
    assert channels == ["LPPN_N", "LPPN_Pg", "LPPN_Sg", "LPPN_Pn", "LPPN_Sn", "LPPN_P", "LPPN_S"]

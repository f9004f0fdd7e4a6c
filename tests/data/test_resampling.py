"""Records at other rates: the samples and the labels arrive at the same place."""

from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from lppn_np.data import open_dataset
from lppn_np.data.rates import label_scale, resample, resampling_ratio
from lppn_np.errors import InputError, MissingDependencyError


def wavelet(n_samples, rate, time):
    """A pulse of 5 Hz with its peak at some time, in three strengths, on top of an offset."""
    seconds = np.arange(n_samples) / rate - time
    pulse = np.exp(-((seconds * 10) ** 2)) * np.cos(2 * np.pi * 5 * seconds)
    return 1000 + np.outer([1, 2, 3], pulse)


@pytest.mark.parametrize(
    ("rate", "ratio"),
    [
        (100.0, 1),
        (100.005, 1),
        (250.0, Fraction(2, 5)),
        (40.0, Fraction(5, 2)),
        (128.0, Fraction(25, 32)),
        (33.3333, 3),
        (62.5, Fraction(8, 5)),
        (1000.0, Fraction(1, 10)),
    ],
)
def test_ratios(rate, ratio):
    assert resampling_ratio(rate, 100.0) == ratio


@pytest.mark.parametrize("rate", [40.96, 0.0, -100.0, np.nan, np.inf, 1e-300, 1e9])
def test_no_ratio(rate):
    with pytest.raises(InputError, match="no small fraction leads to 100 Hz"):
        resampling_ratio(rate, 100.0)


@given(st.floats(1, 1000), st.sampled_from([50.0, 100.0, 200.0]))
def test_a_ratio_is_small_and_leads_to_the_target(rate, target):
    try:
        ratio = resampling_ratio(rate, target)
    except InputError:
        return
    assert 1 <= ratio.numerator <= 64 and 1 <= ratio.denominator <= 64
    assert float(ratio) * rate == pytest.approx(target, rel=1.01e-4)
    assert label_scale(rate, target) == float(ratio)


@pytest.mark.parametrize("rate", [50.0, 80.0, 125.0, 200.0, 250.0])
def test_a_pulse_stays_on_its_label(make, rate):
    n_samples, time = int(30 * rate), 12.3
    made = make.seisbench(
        [("a", {"p": f"{time * rate}", "trace_sampling_rate_hz": f"{rate}"})],
        {"a": wavelet(n_samples, rate, time)},
    )
    record = open_dataset(made).read(0)
    assert record.entry.p_sample == pytest.approx(time * 100)
    assert record.data.shape == (3, 3000)
    expected = wavelet(3000, 100.0, time)
    # The offset of 1000 must neither ring at the ends nor ripple: an error of 1e-4 of it would be too much.
    np.testing.assert_allclose(record.data, expected, atol=0.01)
    assert record.data[2].argmax() == round(record.entry.p_sample)


@pytest.mark.parametrize(
    ("others", "sampling_rate", "expected"),
    [
        ({"trace_sampling_rate_hz": "50"}, 100.0, 20.0),  # the record's own word counts more
        ({"trace_sampling_rate_hz": "", "trace_dt_s": "0.01"}, None, 10.0),
        ({"trace_dt_s": "0.02"}, None, 20.0),
        ({"trace_sampling_rate_hz": "nan"}, 200.0, 5.0),
    ],
)
def test_where_the_rate_is_stated(make, others, sampling_rate, expected):
    dataset = open_dataset(make.seisbench([("a", {"p": "10", **others})], sampling_rate=sampling_rate))
    assert dataset.entries[0].p_sample == expected


def test_stead_is_at_100_hz(make):
    dataset = open_dataset(make.stead([("a", {"p": "10", "s": "21"})]), sampling_rate=50.0)
    record = dataset.read(0)
    assert (record.entry.p_sample, record.entry.s_sample, record.data.shape) == (5.0, 10.5, (3, 150))


def test_a_label_near_the_end_stays_inside(make):
    made = make.seisbench([("a", {"p": "299", "trace_sampling_rate_hz": "250"})])
    record = open_dataset(made).read(0)
    assert record.entry.p_sample == pytest.approx(119.6)
    assert record.data.shape == (3, 120)


def test_a_missing_component_is_missing_at_any_rate(make):
    others = {"trace_component_order": "Z", "trace_sampling_rate_hz": "50"}
    data = open_dataset(make.seisbench([("a", others)], {"a": np.ones((1, 300))})).read(0).data
    assert data.shape == (3, 600)
    assert np.isnan(data[:2]).all() and np.isfinite(data[2]).all()


def test_nan_is_found_before_the_filter_spreads_it(make):
    samples = np.ones((3, 300))
    samples[1, 7] = np.nan
    dataset = open_dataset(make.seisbench([("a", {"trace_sampling_rate_hz": "50"})], {"a": samples}))
    assert list(dataset) == []
    assert dataset.skipped == {"a": "1 of its 900 samples are NaN or infinite"}


def test_records_whose_rate_leads_nowhere_are_skipped(make):
    rows = [("a", {"trace_sampling_rate_hz": "40.96"}), ("b", {})]
    dataset = open_dataset(make.seisbench(rows))
    assert [entry.name for entry in dataset.entries] == ["b"]
    assert dataset.skipped == {
        "a": "from its sampling rate of 40.96 Hz no small fraction leads to 100 Hz",
    }


def test_scipy_is_asked_for_when_the_data_set_is_opened(make, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.signal", None)
    assert len(open_dataset(make.seisbench([("a", {})]))) == 1  # and only if it is needed
    made = make.seisbench([("a", {"trace_sampling_rate_hz": "50"})])
    with pytest.raises(MissingDependencyError, match=r"scipy, needed to read data sets and train.*\[train\]"):
        open_dataset(made)


def test_resampling_keeps_float64():
    data = np.full((2, 100), 1e7) + np.arange(100)
    result = resample(data, Fraction(1, 2))
    assert (result.dtype, result.shape) == (np.float64, (2, 50))
    np.testing.assert_allclose(result, data[:, ::2], rtol=1e-9)

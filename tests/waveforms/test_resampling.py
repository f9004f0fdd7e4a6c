"""Resampling: a signal at other times, its own stretch alone, nothing felt too early."""

import numpy as np
import pytest

from lppn_np.waveforms.resampling import make_resampler, resample_row, stretches

RATES = [20.0, 40.0, 50.0, 62.5, 99.5, 120.0, 128.0, 200.0, 250.0, 500.0]


def signal(seconds):
    """5 Hz and 3 Hz, far from any filter's edge, on an offset."""
    return np.sin(2 * np.pi * 5 * seconds) + 0.5 * np.cos(2 * np.pi * 3 * seconds) + 1000


@pytest.mark.parametrize("rate", RATES)
def test_a_signal_at_other_times(rate):
    resampler = make_resampler(rate, 100.0)
    row = signal(np.arange(round(20 * rate)) / rate)
    out = resample_row(row, resampler)
    assert len(out) == resampler.length(len(row))
    seconds = np.arange(len(out)) / float(resampler.ratio) / rate
    inner = slice(150, -150)
    np.testing.assert_allclose(out[inner], signal(seconds)[inner], rtol=0, atol=0.01)
    assert np.abs(out - signal(seconds)).max() < 1.0  # at the ends the filter sees one side only


@pytest.mark.parametrize("rate", [20.0, 128.0, 250.0])
@pytest.mark.parametrize("first", [1, 7, 133])
def test_a_stretch_lies_where_it_lies_in_the_whole(rate, first):
    row = signal(np.arange(round(20 * rate)) / rate)
    resampler = make_resampler(rate, 100.0)
    whole = resample_row(row, resampler)
    cut = row.copy()
    cut[:first] = np.nan
    out = resample_row(cut, resampler)
    begin = int(np.flatnonzero(~np.isnan(out))[0])
    assert begin == np.ceil(first * 100 / rate)
    np.testing.assert_allclose(out[begin + 150 : -150], whole[begin + 150 : -150], rtol=0, atol=0.01)


def test_gaps_stay_and_nothing_crosses_them():
    rate = 250.0
    row = np.zeros(5000)
    row[2000:2100] = np.nan
    row[2100:] = 500.0
    out = resample_row(row, make_resampler(rate, 100.0))
    assert np.isnan(out[800:840]).all()
    assert (out[:800] == 0).all()
    np.testing.assert_allclose(out[840:], 500.0, rtol=1e-12)
    assert np.isnan(out).sum() == 40


@pytest.mark.parametrize("rate", [40.0, 250.0, 500.0])
def test_causal_and_zero_phase(rate):
    row = np.zeros(round(20 * rate))
    row[round(10 * rate) :] = np.exp(-np.arange(len(row) - round(10 * rate)) / rate)
    causal, zero = (resample_row(row, make_resampler(rate, 100.0, phase)) for phase in (False, True))
    assert np.abs(causal[:999]).max() < 1e-3
    assert np.abs(zero[950:1000]).max() > 1e-2
    # The same amplitudes, and the delay is small.
    spectra = [np.abs(np.fft.rfft(out))[5:150] for out in (causal, zero)]
    np.testing.assert_allclose(spectra[0], spectra[1], rtol=0.02)
    assert np.argmax(causal > 0.5) - np.argmax(zero > 0.5) <= 5 * max(1, 100 / rate)


def test_a_rate_that_needs_no_filter():
    resampler = make_resampler(100.02, 100.0)
    assert resampler.ratio == 1
    row = np.array([1.0, np.nan, 3.0, 4.0])
    np.testing.assert_array_equal(resample_row(row, resampler), row)


@pytest.mark.parametrize("n_samples", [1, 2, 3, 5])
@pytest.mark.parametrize("rate", [20.0, 250.0, 333.3])
def test_very_short_stretches(rate, n_samples):
    for phase in (True, False):
        out = resample_row(np.full(n_samples, 7.0, np.float32), make_resampler(rate, 100.0, phase))
        assert out.dtype == np.float32
        np.testing.assert_allclose(out, 7.0, rtol=1e-6)


def test_stretches():
    flags = np.array([1, 1, 0, 1, 0, 0, 1], bool)
    assert stretches(flags).tolist() == [[0, 2], [3, 4], [6, 7]]
    assert stretches(np.zeros(3, bool)).tolist() == []

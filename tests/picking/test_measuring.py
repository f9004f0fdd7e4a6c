"""SNR and amplitude against their definitions."""

import numpy as np
import pytest

from lppn_np.picking.measuring import measure
from lppn_np.picking.samples import survey

RATE = 100.0


def record(n_samples=3000):
    offsets = np.array([[5.0], [-300.0], [0.0]])
    return np.random.default_rng(0).normal(size=(3, n_samples)) + offsets


def test_definitions():
    data = record()
    data[:, 1000:] *= 10
    found = measure(survey(data), np.array([1000.4]), RATE, amplitude=True)
    noise, signal = data[:, 550:950], data[:, 1000:1200]
    level = noise.mean(axis=1, keepdims=True)
    expected = 10 * np.log10(np.mean((signal - level) ** 2) / np.mean((noise - level) ** 2))
    assert found.snr[0] == pytest.approx(expected)
    assert found.amplitude[0] == pytest.approx(np.abs(data[:, 1000:1500] - level).max())


def test_the_next_arrival_ends_the_amplitude():
    data = record()
    data[1, 1100] = 1e6
    found = measure(survey(data), np.array([1000.0, 1090.0, 1090.5]), RATE, amplitude=True)
    assert found.amplitude[0] < 1e3
    assert found.amplitude[2] > 9e5
    assert np.isfinite(found.amplitude).all()


def test_what_is_missing():
    data = record()
    data[0] = np.nan
    data[:, 700:1000] = np.nan
    at = np.array([10.0, 690.0, 1000.0, 2999.0])
    found = measure(survey(data), at, RATE, amplitude=True)
    assert np.isnan(found.snr).tolist() == [True, True, False, True]
    assert np.isfinite(found.amplitude).all()
    assert np.isnan(measure(survey(data), at, RATE, amplitude=False).amplitude).all()
    none = measure(survey(data), np.empty(0), RATE, amplitude=True)
    assert (len(none.snr), len(none.amplitude)) == (0, 0)


@pytest.mark.parametrize("factor", [1e-14, 1e6])
def test_the_unit(factor):
    data = record()
    one, other = (measure(survey(x), np.array([1500.0]), RATE, True) for x in (data, data * factor))
    assert other.snr[0] == pytest.approx(one.snr[0])
    assert other.amplitude[0] == pytest.approx(one.amplitude[0] * factor)


def test_no_noise_at_all():
    data = np.zeros((3, 3000))
    data[:, 1000:] = record(2000)
    assert np.isnan(measure(survey(data), np.array([1000.0]), RATE, False).snr[0])

"""Synthetic records: arrivals where they should be, nothing before them, the right spectrum."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lppn_np.data import synthetic
from lppn_np.data import synthetic_signals as signals
from lppn_np.data.synthetic import synthetic_noise, synthetic_record
from lppn_np.data.synthetic_source import draw_source
from lppn_np.errors import InputError

SEEDS = st.integers(0, 2**32 - 1)


def make(seed, *args, **kwargs):
    return synthetic_record(np.random.default_rng(seed), *args, **kwargs)


def test_the_same_seed_makes_the_same_record():
    first, again, other = make(3), make(3), make(4)
    assert np.array_equal(first.data, again.data)
    assert (first.p_sample, first.s_sample, first.source) == (again.p_sample, again.s_sample, again.source)
    assert not np.array_equal(first.data, other.data)


@settings(max_examples=25)
@given(seed=SEEDS, n_samples=st.integers(200, 9000), rate=st.sampled_from([50.0, 100.0, 200.0]))
def test_shape_type_and_both_arrivals_inside(seed, n_samples, rate):
    n_samples = max(n_samples, int(2 * rate))
    record = make(seed, n_samples, rate)
    assert record.data.shape == (3, n_samples)
    assert record.data.dtype == np.float32
    assert np.isfinite(record.data).all()
    assert 0 <= record.p_sample < record.s_sample < n_samples


@settings(max_examples=25)
@given(seed=SEEDS)
def test_without_noise_nothing_moves_up_to_the_arrival_and_then_it_does(seed):
    record = make(seed, snr_db=math.inf)
    first = math.floor(record.p_sample) + 1
    assert not record.data[:, :first].any()
    assert record.data[:, first].any()


@settings(max_examples=25)
@given(seed=SEEDS, distance=st.floats(2.0, 90.0))
def test_s_comes_after_p_by_distance_over_the_two_speeds(seed, distance):
    record = make(seed, distance_km=distance)
    speed = record.source.vp_km_s
    seconds = distance / (speed / record.source.vp_vs) - distance / speed
    assert record.s_sample - record.p_sample == pytest.approx(100 * seconds)


@pytest.mark.parametrize("phase", ["P", "S"])
def test_neither_wave_train_begins_before_its_onset(phase):
    source = draw_source(np.random.default_rng(1), 60.0, 30.0, 2.0)
    wave = synthetic._wave_train(np.random.default_rng(2), source, phase, 1234.5, 6000, 100.0)
    assert not wave[:, :1235].any()
    assert np.abs(wave[:, 1235:1335]).max() > 0.1 * np.abs(wave).max()
    # Nothing was cut off to get there: the sample after the onset is small, the wave grows from zero.
    assert np.abs(wave[:, 1235]).max() < 0.4 * np.abs(wave).max()


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("corner", [1.0, 5.0, 15.0])
def test_a_fraction_of_a_sample_delays_the_pulse_by_just_that(fraction, corner):
    """Seen at 5 Hz; what is left comes from either side of the sampling rate, folded down."""
    time = np.arange(4096) / 100.0
    pulses = [signals.brune_velocity(time - onset / 100, corner, 0.01) for onset in (20.0, 20.0 + fraction)]
    bin_5_hz = round(5 * 40.96)
    early, late = (np.fft.rfft(pulse)[bin_5_hz] for pulse in pulses)
    delay = -np.angle(late / early) / (2 * np.pi * bin_5_hz / 40.96)
    assert 100 * delay == pytest.approx(fraction, abs=0.01)


def test_the_first_sample_to_move_shows_the_fraction():
    source = draw_source(np.random.default_rng(1), 60.0, 30.0, 2.0)
    first = [
        np.abs(synthetic._wave_train(np.random.default_rng(2), source, "P", onset, 3000, 100.0)[2, 1235])
        for onset in (1234.1, 1234.3, 1234.5, 1234.7, 1234.9)
    ]
    assert (np.diff(first) < 0).all()


@pytest.mark.parametrize("t_star", [0.01, 0.05, 0.2])
def test_attenuation_is_causal_and_has_the_textbook_amplitude(t_star):
    n_fft = 8192
    spectrum = signals.attenuation(n_fft, 100.0, t_star)
    frequency = np.fft.rfftfreq(n_fft, 0.01)
    np.testing.assert_allclose(np.abs(spectrum), np.exp(-np.pi * frequency * t_star), rtol=1e-9)
    response = np.fft.irfft(spectrum, n_fft)
    # The cepstrum's own folding leaves a little at negative times.
    assert np.abs(response[n_fft // 2 :]).max() < 1e-4 * np.abs(response).max()


@pytest.mark.parametrize("corner", [1.0, 3.0, 8.0])
def test_the_pulse_has_the_omega_square_spectrum(corner):
    rate = 1000.0
    pulse = signals.brune_velocity(np.arange(2**15) / rate, corner, 1 / rate)
    frequency = np.fft.rfftfreq(2**15, 1 / rate)
    displacement = np.abs(np.fft.rfft(pulse))[1:] / rate / (2 * np.pi * frequency[1:])
    band = frequency[1:] < 50
    expected = 1 / (1 + (frequency[1:][band] / corner) ** 2)
    np.testing.assert_allclose(displacement[band], expected, rtol=0.01)


@pytest.mark.parametrize("magnitude", [2.5, 3.5, 4.5])
def test_a_records_spectrum_falls_above_the_corner(magnitude):
    """Displacement is flat below the corner, and falls at least as fast as f^-2 above."""
    ratios = []
    for seed in range(10):
        record = make(seed, magnitude=magnitude, distance_km=20.0, snr_db=math.inf)
        corner = record.source.corner("S")
        start = math.ceil(record.s_sample)
        frequency = np.fft.rfftfreq(4096, 0.01)[1:]
        spectrum = np.abs(np.fft.rfft(record.data[:, start : start + 3000], 4096)[:, 1:]) / frequency
        mean = [
            spectrum[:, (frequency > k * corner) & (frequency < 2 * k * corner)].mean() for k in (0.25, 2)
        ]
        ratios.append(mean[1] / mean[0])
    assert np.median(ratios) < 0.2


def test_larger_events_have_lower_corners_and_more_motion():
    rng = np.random.default_rng(0)
    small = draw_source(rng, 60.0, 20.0, 1.0)
    large = dataclasses.replace(small, magnitude=4.0)
    assert large.corner("S") < small.corner("S") < small.f_max
    assert large.amplitude("S") == pytest.approx(10**4.5 * small.amplitude("S"))


@settings(max_examples=25)
@given(seed=SEEDS)
def test_p_moves_along_the_ray_and_s_across_it(seed):
    source = draw_source(np.random.default_rng(seed), 60.0, None, None)
    p, s = source.polarisation("P"), source.polarisation("S")
    assert p @ s == pytest.approx(0.0, abs=1e-12)
    assert np.linalg.norm(p) == pytest.approx(abs(source.radiation_p))
    assert np.linalg.norm(s) == pytest.approx(abs(source.radiation_s))
    away = -np.array([math.sin(source.back_azimuth), math.cos(source.back_azimuth)])
    # Upwards and away from the event, or downwards and towards it.
    assert p[2] * (p[:2] @ away) > 0


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 30.0])
def test_the_ratio_of_p_to_noise_is_the_given_one(snr_db):
    noisy, clean = make(8, snr_db=snr_db), make(8, snr_db=math.inf)
    noise = (noisy.data - clean.data).astype(np.float64)
    first = math.ceil(clean.p_sample)
    signal = clean.data[:, first : first + 100].astype(np.float64)
    ratio = (signal**2).sum(axis=0).mean() / (noise**2).sum(axis=0).mean()
    assert 10 * math.log10(ratio) == pytest.approx(snr_db, abs=0.02)


def test_component_order_orders_the_rows():
    east_first, up_first = make(2), make(2, component_order="ZNE")
    assert np.array_equal(east_first.data, up_first.data[::-1])


def test_noise_has_the_given_rms_and_a_microseism_peak():
    noise = np.array([synthetic_noise(np.random.default_rng(k), 12000, rms=50.0) for k in range(10)])
    assert np.sqrt((noise.astype(float) ** 2).sum(axis=1).mean(axis=1)) == pytest.approx(50.0)
    power = (np.abs(np.fft.rfft(noise, axis=2)) ** 2).mean(axis=(0, 1))
    frequency = np.fft.rfftfreq(12000, 0.01)
    assert 0.1 < frequency[1:][power[1:].argmax()] < 0.4
    assert power[frequency > 40].mean() == pytest.approx(
        power[(frequency > 5) & (frequency < 40)].mean(), rel=0.1
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples"),
        ({"n_samples": 100}, "too short"),
        ({"n_samples": 60.5}, "n_samples"),
        ({"sampling_rate": 0.0}, "sampling_rate"),
        ({"component_order": "ZNN"}, "component_order"),
        ({"distance_km": 2000.0}, "S misses a record of 60 s"),
        ({"distance_km": math.nan}, "distance_km"),
        ({"magnitude": 400.0}, "magnitude"),
        ({"snr_db": math.nan}, "snr_db"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        make(0, **arguments)

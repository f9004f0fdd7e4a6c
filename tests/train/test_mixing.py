"""Noise and second events: amplitudes, places, and labels that the mixture hides."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.config import LPPNConfig
from lppn_np.train import mixing
from lppn_np.train.augment import AugmentConfig
from lppn_np.train.window import take_window

CONFIG = LPPNConfig(stride=16)
SEEDS = st.integers(0, 2**32 - 1)


def event(white, seed, p=3000.0, s=3400.0, n=8000, loud=20.0):
    record = white(seed, n, p, s)
    for sample in (p, s):
        if sample is not None:
            record.data[:, math.ceil(sample) :] *= loud
    return record


def power(x, first, stop):
    return (x[:, int(first) : int(stop)].astype(float) ** 2).sum(axis=0).mean()


@given(
    seed=SEEDS,
    snr_db=st.floats(-10, 40),
    n_noise=st.integers(200, 5000),
    unit=st.sampled_from([1e-12, 1.0, 1e6]),
)
def test_noise_comes_at_the_drawn_ratio(seed, snr_db, n_noise, unit, white):
    window = take_window(event(white, 1), 1500, 3072, 1, 30.0)
    before = window.x.copy()
    noise = white(2, n_noise, scale=unit).data + np.float32(3 * unit)
    mixing.mix_noise(np.random.default_rng(seed), window, noise, snr_db, 100)
    added = window.x.astype(float) - before
    weakest = min(power(before, a, a + 100) for a in window.arrivals())
    assert 10 * math.log10(weakest / power(added, 0, 3072)) == pytest.approx(snr_db, abs=0.02)


def test_noise_without_arrivals_goes_by_the_whole_window(white):
    window = take_window(white(1, 8000, is_noise=True), 0, 3072, 1, 30.0)
    before = window.x.copy()
    mixing.mix_noise(np.random.default_rng(0), window, white(2, 4000).data, 6.0, 100)
    ratio = power(before, 0, 3072) / power(window.x - before, 0, 3072)
    assert 10 * math.log10(ratio) == pytest.approx(6.0, abs=0.01)


def test_noise_leaves_dead_components_dead_and_silence_changes_nothing(white):
    record = event(white, 1)
    record.data[1] = 0.25
    window = take_window(record, 1500, 3072, 1, 30.0)
    mixing.mix_noise(np.random.default_rng(0), window, white(2, 4000).data, 6.0, 100)
    assert not window.x[1].any()
    before = window.x.copy()
    mixing.mix_noise(np.random.default_rng(0), window, np.full((3, 9), np.nan, np.float32), 6.0, 100)
    assert np.array_equal(window.x, before)


def test_short_noise_goes_on_with_its_mirror_image(white):
    noise = white(1, 100).data
    piece = mixing._noise_piece(np.random.default_rng(0), noise, 350)
    expected = np.pad(piece[:, :100], ((0, 0), (0, 250)), mode="symmetric")
    assert np.array_equal(piece, expected)


@given(seed=SEEDS, ratio_db=st.floats(0, 20))
def test_the_later_event_stands_above_the_earlier(seed, ratio_db, white):
    record, second = event(white, 1), event(white, 2)
    window = take_window(record, 1500, 3072, 1, 30.0)
    before = window.x.copy()
    augment = AugmentConfig.off(second_db=(ratio_db, ratio_db))
    mixing.mix_second(np.random.default_rng(seed), window, second, CONFIG, augment)
    added = window.x.astype(float) - before
    ours, theirs = 1500.0, np.random.default_rng(seed)
    theirs.random()
    place = int(theirs.integers(3072))
    earlier, later, first = (before, added, place) if ours <= place else (added, before, int(ours))
    background = power(earlier, max(0, first - 100), first)
    ratio = 10 * math.log10(power(later, first, min(first + 100, 3072)) / background)
    # The sum is kept in float32, and is larger than what was added.
    assert ratio == pytest.approx(ratio_db, abs=0.1)


@pytest.mark.parametrize("seed", range(20))
def test_both_events_labels_are_there_unless_drowned(seed, white):
    window = take_window(event(white, 1), 1500, 3072, 1, 30.0)
    second = event(white, 2, p=2000.5, s=2600.25)
    mixing.mix_second(np.random.default_rng(seed), window, second, CONFIG, AugmentConfig())
    assert len(window.p) + len(window.s) + len(window.unknown) == 4
    new = [p for p in window.p if p != 1500.0]
    if new and len(window.s) == 2:
        assert new[0] % 1 == 0.5
        assert new[0] + 599.75 in window.s


def test_an_arrival_below_half_of_the_other_event_is_forgotten(white):
    one, other = (take_window(event(white, k), 1500, 3072, 1, 30.0) for k in (1, 2))
    other.x *= 0.3
    mixing._forget_drowned(one, other, 100)
    assert (one.p, one.s) == ([1500.0], [1900.0])
    assert (other.p, other.s) == ([], [])
    assert one.unknown == [(1470.0, 1530.0), (1870.0, 1930.0)]


def test_a_second_event_leaves_dead_components_dead(white):
    record = event(white, 1)
    record.data[1] = 0.25
    window = take_window(record, 1500, 3072, 1, 30.0)
    before = window.x.copy()
    mixing.mix_second(np.random.default_rng(0), window, event(white, 2), CONFIG, AugmentConfig())
    assert not window.x[1].any()
    assert not np.array_equal(window.x, before)


def test_records_without_a_labelled_arrival_are_not_added(white):
    for second in (white(2, 8000), white(2, 8000, is_noise=True), white(2, 8000, 9000.0)):
        window = take_window(event(white, 1), 1500, 3072, 1, 30.0)
        before = window.x.copy()
        mixing.mix_second(np.random.default_rng(0), window, second, CONFIG, AugmentConfig())
        assert np.array_equal(window.x, before)
        assert (window.p, window.s, window.unknown) == ([1500.0], [1900.0], [])


@pytest.mark.parametrize("opening", [True, False])
@pytest.mark.parametrize("edge", [-50, 0, 30, 100, 150])
def test_a_record_s_end_is_tapered_where_it_lies_in_the_window(edge, opening):
    x = np.ones((3, 100), np.float32)
    mixing._taper(x, edge, 40, opening)
    inside = np.arange(100)
    distance = (inside - edge if opening else edge - 1 - inside) + 0.5
    expected = np.where((distance > 0) & (distance < 40), np.sin(np.pi * distance / 80) ** 2, 1)
    np.testing.assert_allclose(x, np.broadcast_to(expected, (3, 100)), atol=1e-6)


def test_microseism_is_slow_and_each_component_has_its_own():
    x = mixing.microseism(np.random.default_rng(0), 20_000, 100.0)
    assert (x.shape, x.dtype) == ((3, 20_000), np.float32)
    power = np.abs(np.fft.rfft(x * np.hanning(20_000), axis=1)) ** 2
    hertz = np.fft.rfftfreq(20_000, 0.01)
    assert power[:, hertz > 0.9].sum() < 1e-3 * power.sum()
    assert np.abs(np.corrcoef(x)[np.triu_indices(3, 1)]).max() < 0.9
    assert not np.array_equal(x, mixing.microseism(np.random.default_rng(1), 20_000, 100.0))

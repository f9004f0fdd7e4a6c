"""Each change to a window on its own."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.config import LPPNConfig
from lppn_np.picking.preprocess import network_input
from lppn_np.train import filters, transforms
from lppn_np.train.augment import ArrayRecord, AugmentConfig, build_window
from lppn_np.train.window import Window, cut, take_window

SEEDS = st.integers(0, 2**32 - 1)
CONFIG = LPPNConfig(stride=16)


@pytest.fixture
def window(white):
    return take_window(white(1, 4000, 1500.0, 1800.0), 200, 3072, 1, 30.0)


@given(angle=st.floats(0, 2 * math.pi), order=st.sampled_from(["ENZ", "ZNE", "NZE"]))
def test_rotation_keeps_the_horizontals_energy_and_the_vertical(angle, order, white):
    window = take_window(white(1, 4000, 1500.0), 200, 3072, 1, 30.0)
    before = window.x.astype(float)
    transforms.rotate(window, angle, order)
    e, n, z = (order.index(c) for c in "ENZ")
    energy = [(x[[e, n]].astype(float) ** 2).sum(axis=0) for x in (before, window.x)]
    np.testing.assert_allclose(energy[1], energy[0], rtol=1e-5, atol=1e-7)
    assert np.array_equal(window.x[z], before[z].astype(np.float32))
    turned = math.cos(angle) * before[e] - math.sin(angle) * before[n]
    np.testing.assert_allclose(window.x[e], turned, atol=1e-6)


def test_a_dead_horizontal_stays_dead(window):
    window.x[0] = 0
    before = window.x.copy()
    transforms.rotate(window, 1.0, "ENZ")
    assert np.array_equal(window.x, before)


def test_rotation_takes_data_from_both_where_one_has_none(window):
    window.mask()[0, 100:200] = True
    transforms.rotate(window, 1.0, "ENZ")
    assert window.missing[:2, 100:200].all()
    assert not window.missing[2].any()


@pytest.mark.parametrize("order", ["ENZ", "ZNE"])
@pytest.mark.parametrize("variant", ["paper", "medium"])
def test_a_dropped_component_is_zero_in_the_input_and_never_all_are(order, variant, white):
    config = LPPNConfig(variant=variant, component_order=order)
    left = set()
    for seed in range(60):
        x, _, _ = build_window(
            np.random.default_rng(seed), white(1, 8000, 4000.0), config, AugmentConfig.off(drop=1.0)
        )
        left.add("".join(sorted(letter for letter, row in zip(order, x, strict=True) if row.any())))
    assert left == {"EN", "EZ", "NZ", "Z"}


def test_the_last_live_component_is_not_dropped(window):
    window.x[:2] = 0
    for seed in range(20):
        transforms.drop(np.random.default_rng(seed), window, "ENZ")
        assert window.missing is None or not window.missing[2].any()


@given(seed=SEEDS, p=st.floats(0, 3071), s=st.floats(0, 3071), margin=st.floats(0, 2))
def test_gaps_stay_away_from_arrivals(seed, p, s, margin):
    window = Window(np.ones((3, 3072), np.float32), None, [p], [s], [])
    transforms.cut_gaps(np.random.default_rng(seed), window, (0.1, 3.0), margin, 100.0)
    gone = np.flatnonzero(window.mask()[0])
    assert (window.missing == window.missing[0]).all()
    if len(gone):
        assert np.abs(gone[:, None] - np.array([p, s])).min() >= 100 * margin - 1
        assert 10 <= len(gone) <= 900


def test_a_gap_is_zero_in_the_input(white):
    x, _, _ = build_window(
        np.random.default_rng(3), white(1, 8000, 4000.0), CONFIG, AugmentConfig.off(gaps=1.0)
    )
    assert (x == 0).all(axis=0).sum() >= 10


def test_clipping_cuts_each_component_at_a_share_of_its_maximum(window):
    before = window.x.copy()
    transforms.clip(window, 0.5)
    level = 0.5 * np.abs(before).max(axis=1, keepdims=True)
    np.testing.assert_allclose(window.x, np.clip(before, -level, level))


def test_gains_are_decibels(window):
    before = window.x.copy()
    transforms.scale_components(window, np.array([20.0, 0.0, -20.0]))
    np.testing.assert_allclose(window.x, before * [[10], [1], [0.1]], rtol=1e-6)


@given(factor=st.floats(0.9, 1.1), start=st.integers(-50, 900), p=st.floats(1000, 1900))
def test_stretching_moves_labels_exactly_and_the_wave_with_them(factor, start, p, white):
    """A smooth wave about P, in the stretched window, is the same wave about the label, made longer."""
    white_record = white(1, 4000, p, p + 500.25)
    time = np.arange(4000) - p
    white_record.data[:] = np.cos(2 * np.pi * time / 40) * np.exp(-((time / 60) ** 2))
    window = take_window(white_record, start, 3072, factor, 30.0)
    assert window.p == [(p - start) * factor]
    assert window.s == [(p + 500.25 - start) * factor]
    only_p = take_window(ArrayRecord(white_record.data, p), start, 3072, factor, 30.0)
    assert only_p.unknown == [((p + 30.0 - start) * factor, (4000 - start) * factor)]
    longer = (np.arange(3072) - window.p[0]) / factor
    expected = np.cos(2 * np.pi * longer / 40) * np.exp(-((longer / 60) ** 2))
    np.testing.assert_allclose(window.x[0] / window.x[0].max(), expected / expected.max(), atol=0.01)


@given(start=st.integers(-4000, 3000), length=st.integers(1, 3072))
def test_a_cut_has_no_mean_no_unit_and_says_where_data_are_missing(start, length, white):
    data = 50 + white(1, 1000).data
    data[1, 300:350] = np.nan
    x, missing = cut(data, start, length)
    padded = np.pad(data, ((0, 0), (4000, 7000)), constant_values=np.nan)[:, start + 4000 :][:, :length]
    assert np.array_equal(np.isnan(padded), np.zeros(x.shape, bool) if missing is None else missing)
    assert not x[np.isnan(padded)].any()
    assert np.abs(x).max() <= 1
    assert np.abs(x.mean(axis=1, dtype=float)).max() < 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_filters_move_nothing_before_the_onset(seed):
    pytest.importorskip("scipy")
    rng = np.random.default_rng(seed)
    chosen = filters.draw_filter(rng, AugmentConfig(), 100.0)
    quiet = np.full((3, 3072), 5.0, np.float32)
    event = quiet.copy()
    event[:, 1500:] += rng.normal(size=(3, 1572)).astype(np.float32)
    before, after = filters.apply_filter(quiet, chosen), filters.apply_filter(event, chosen)
    assert np.array_equal(before[:, :1500], after[:, :1500])
    assert not np.allclose(before[:, 1500:1510], after[:, 1500:1510])
    # As if the first value had always been there: no transient at the window's start.
    assert np.ptp(before) < 1e-5


def test_a_band_pass_starts_as_scipy_says():
    signal = pytest.importorskip("scipy.signal")
    chosen = filters.design(1.0, 20.0, 100.0)
    np.testing.assert_allclose(chosen.steady[:, 0], signal.sosfilt_zi(chosen.sections), atol=1e-9)


@pytest.mark.parametrize(("highpass", "lowpass"), [(1.0, None), (None, 10.0), (1.0, 10.0), (None, 49.0)])
def test_a_filter_passes_its_band_alone(highpass, lowpass):
    signal = pytest.importorskip("scipy.signal")
    sections = filters.design(highpass, lowpass, 100.0).sections
    gain = np.abs(signal.sosfreqz(sections, [0.05, 3.0, 44.0], fs=100.0)[1])
    assert (gain[0] < 0.01) == (highpass is not None)
    assert gain[1] > 0.9
    assert (gain[2] < 0.1) == (lowpass == 10.0)


def test_the_input_of_a_filtered_window_is_the_filtered_window_s(white):
    pytest.importorskip("scipy")
    record = white(1, 8000, 4000.0)
    plain, filtered = (
        build_window(np.random.default_rng(1), record, CONFIG, AugmentConfig.off(filter=k))[0] for k in (0, 1)
    )
    found = [
        network_input(filters.apply_filter(plain, filters.design(h, low, 100.0))[None], CONFIG)[0]
        for h in (None, *(0.5 * 6 ** (k / 15) for k in range(16)))
        for low in (None, *(10 * 4 ** (k / 15) for k in range(16)))
        if h or low
    ]
    assert min(np.abs(f - filtered).max() for f in found) < 1e-4

"""Whole windows: labels stay on their arrivals whatever happens, and what is unknown stays unknown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lppn_np.config import LPPNConfig
from lppn_np.picking.preprocess import network_input, phase_code
from lppn_np.train.augment import AugmentConfig, build_window
from lppn_np.train.augment_config import WINDOW_SWITCHES

CONFIG = LPPNConfig(stride=16)
SEEDS = st.integers(0, 2**32 - 1)
#: Those behind which an impulse is still an impulse.
SWITCHES = st.sets(st.sampled_from(sorted({*WINDOW_SWITCHES} - {"filter", "microseism", "tilt"})))


def labelled(classes, offsets, stride):
    """Arrivals in samples."""
    segments = np.flatnonzero(classes > 0)
    return segments * stride + offsets[segments].astype(float)


@settings(max_examples=200)
@given(
    seed=SEEDS,
    on=SWITCHES,
    stride=st.sampled_from([8, 16, 64, 128]),
    n_samples=st.integers(300, 8000),
    p=st.floats(0.05, 0.7),
    lag=st.integers(101, 600),
    around_s=st.booleans(),
    beyond=st.booleans(),
)
def test_labels_land_on_the_impulses(seed, on, stride, n_samples, p, lag, around_s, beyond, impulses):
    p_sample = float(int(p * n_samples))
    s_sample = p_sample + lag if p_sample + lag < n_samples else None
    augment = AugmentConfig.off(
        **dict.fromkeys(on, 1.0), around_s=around_s, beyond=beyond, noise_db=(30, 40), second_db=(10, 12)
    )
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(3, 2000)).astype(np.float32)
    x, classes, offsets = build_window(
        rng,
        impulses(n_samples, p_sample, s_sample),
        LPPNConfig(stride=stride),
        augment,
        noise,
        impulses(4000, 1500.0, 1900.0),
    )
    power = (x.astype(float) ** 2).sum(axis=0)
    arrivals = labelled(classes, offsets, stride)
    assert len(arrivals)
    width = 2 if "stretch" in on else 1
    for arrival in arrivals:
        # One sample at either end where the impulse has been interpolated.
        first = max(0, round(arrival) - width + 1)
        peak = power[first : round(arrival) + width].max()
        at_the_edge = arrival < 2 or arrival > x.shape[1] - 2
        assert peak > 20 * np.median(power) or at_the_edge
        assert peak > 0 or at_the_edge


@pytest.mark.parametrize("seed", range(20))
def test_without_augmentation_the_window_is_the_cut_record(seed, white):
    record = white(seed, 5000, 2000.75, 2400.5)
    x, classes, offsets = build_window(np.random.default_rng(seed), record, CONFIG, AugmentConfig.off())
    p = labelled(classes, offsets, 16)[0]
    start = 2000.75 - p
    assert start == int(start)
    expected = network_input(record.data[None, :, int(start) : int(start) + 3072], CONFIG)[0]
    np.testing.assert_allclose(x, expected, atol=1e-6)
    assert x.dtype == np.float32


@pytest.mark.parametrize("switch", [None, *WINDOW_SWITCHES, "noise_only", "beyond", "around_s"])
def test_the_same_seed_makes_the_same_window_and_a_switch_changes_it(switch, white):
    record, second = white(1, 8000, 3000.25, 3600.0), white(2, 8000, 3000.0, 3300.0)
    noise = white(3, 3000).data
    augment = AugmentConfig.off(**({} if switch is None else {switch: 1.0}))

    def build(chosen, seed=5):
        return build_window(np.random.default_rng(seed), record, CONFIG, chosen, noise, second)

    first, again, plain = build(augment), build(augment), build(AugmentConfig.off())
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], build(augment, seed=6)[0])
    # The paper's input does not know gains, which rounding alone makes visible.
    changed = not np.allclose(first[0], plain[0], atol=1e-5)
    assert changed == (switch not in (None, "gain", "component_gain"))


def test_component_gains_show_where_the_input_keeps_them(white):
    record, config = white(1, 8000, 3000.25), LPPNConfig(variant="medium")
    x = [
        build_window(np.random.default_rng(5), record, config, AugmentConfig.off(**on))[0]
        for on in ({}, {"component_gain": 1.0}, {"gain": 1.0})
    ]
    assert not np.allclose(x[0], x[1], atol=1e-3)
    np.testing.assert_allclose(x[0], x[2], atol=1e-5)


@settings(max_examples=30)
@given(seed=SEEDS, scale=st.sampled_from([1e-14, 1e-9, 1e6]))
def test_a_record_s_unit_does_not_matter(seed, scale, white):
    augment = AugmentConfig(noise=1.0, second=1.0, gaps=0.5)
    noise, second = white(3, 3000).data, white(2, 8000, 3000.0, 3300.0)
    first, scaled = (
        build_window(
            np.random.default_rng(seed), white(1, 8000, 3000.5, scale=k), CONFIG, augment, noise, second
        )
        for k in (1.0, scale)
    )
    np.testing.assert_allclose(first[0], scaled[0], atol=2e-5)
    assert np.array_equal(first[1], scaled[1])
    assert np.array_equal(first[2], scaled[2])


def test_the_arrival_s_place_in_the_window_is_uniform(impulses):
    rng = np.random.default_rng(0)
    record = impulses(10000, 5000.5)
    places = [
        labelled(*build_window(rng, record, CONFIG, AugmentConfig.off())[1:], 16)[0] for _ in range(1000)
    ]
    counts, _ = np.histogram(places, bins=8, range=(0, 3072))
    assert counts.min() > 85
    assert counts.max() < 165


def test_medium_has_its_own_class_numbers_and_the_phase_code_is_added(white):
    record = white(1, 8000, 3000.0, 3100.0)
    medium = LPPNConfig(variant="medium")
    classes = build_window(np.random.default_rng(0), record, medium, AugmentConfig.off(beyond=0.0))[1]
    assert set(classes) <= {0, 5, 6}
    assert 5 in classes
    with_code = LPPNConfig(stride=16, phase_code=True)
    x = [
        build_window(np.random.default_rng(0), record, c, AugmentConfig.off())[0] for c in (CONFIG, with_code)
    ]
    np.testing.assert_allclose(x[1] - x[0], phase_code(3072), atol=1e-6)

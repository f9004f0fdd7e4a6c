"""Windows of records with gaps in their labels or data: what nobody knows is not taught."""

import dataclasses

import numpy as np
import pytest

from lppn_np.config import LPPNConfig
from lppn_np.train.augment import AugmentConfig, build_window

CONFIG = LPPNConfig(stride=16)


@pytest.mark.parametrize("stride", [16, 64])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_unknown_is_unlabelled(seed, stride, white):
    """P alone, S alone, nothing: in a record shorter than the window, and zeros around it."""
    config = LPPNConfig(stride=stride)
    for p, s in [(500.0, None), (None, 900.0), (None, None)]:
        x, classes, offsets = build_window(
            np.random.default_rng(seed), white(seed, 2000, p, s), config, AugmentConfig.off()
        )
        data = np.flatnonzero(x.any(axis=0))
        start, stop = data[0], data[-1] + 1
        known = np.zeros(3072, bool)
        known[:start] = known[stop:] = True
        if p is not None:
            known[: start + 530] = True
        if s is not None:
            known[start + 900 :] = True
        all_known = known.reshape(-1, stride).all(axis=1)
        arrivals = classes > 0
        assert arrivals.sum() == (p is not None) + (s is not None)
        assert np.array_equal(classes == -1, ~all_known & ~arrivals)
        assert not offsets[~arrivals].any()


@pytest.mark.parametrize("seed", range(10))
def test_a_noise_window_ends_before_p(seed, impulses):
    record = impulses(8000, 3000.0, 3600.0)
    record.data[:, 2951:] = 7.0
    record.data[:, :2950:7] = 1.0
    x, classes, _ = build_window(
        np.random.default_rng(seed), record, CONFIG, AugmentConfig.off(noise_only=1.0)
    )
    assert not classes.any()
    assert len(np.unique(x.round(3))) == 3  # the two values of the noise, and nothing


def test_noise_is_known_to_hold_nothing_and_too_little_of_it_makes_no_noise_window(white):
    always = AugmentConfig.off(noise_only=1.0)
    assert not build_window(np.random.default_rng(1), white(1, 8000, is_noise=True), CONFIG, always)[1].any()
    for record in (white(1, 8000, 400.0, 500.0), white(1, 8000, None, 4000.0)):
        assert build_window(np.random.default_rng(1), record, CONFIG, always)[1].any()


def test_an_arrival_in_a_gap_cannot_be_learnt(white):
    record = white(1, 3072, 1600.0, 2000.0)
    record.data[:, 1590:1700] = np.nan
    record = dataclasses.replace(record)  # looks for NaN again
    _, classes, _ = build_window(np.random.default_rng(0), record, CONFIG, AugmentConfig.off(around_s=1.0))
    assert (classes == 1).sum() == 0
    assert (classes == 2).sum() == 1
    assert 1 <= (classes == -1).sum() <= 2
    record.data[2, 1590:1700] = 1.0
    assert (build_window(np.random.default_rng(0), record, CONFIG, AugmentConfig.off())[1] == 1).sum() == 1


@pytest.mark.parametrize("seed", range(10))
def test_of_two_events_the_unknown_of_both_is_unlabelled(seed, white):
    """The second's S is not labelled: after its P the window is unknown, but for the first's arrivals."""
    record, second = white(1, 20000, 9000.0, 9100.0), white(2, 20000, 9000.0)
    record.data[:, 9000:] *= 30
    second.data[:, 9000:] *= 30
    augment = AugmentConfig.off(second=1.0)
    plain = build_window(np.random.default_rng(seed), record, CONFIG, AugmentConfig.off())[1]
    classes, offsets = build_window(np.random.default_rng(seed), record, CONFIG, augment, None, second)[1:]
    (new,) = set(np.flatnonzero(classes == 1)) - set(np.flatnonzero(plain == 1))
    after = int(new * 16 + offsets[new] + 30) // 16
    assert (classes[after:] != 0).all()
    kept = plain[after:] > 0
    assert np.isin(classes[after:][kept], [*np.unique(plain[plain > 0]), -1]).all()
    first = min(new, *np.flatnonzero(plain))
    assert not (classes[:first] > 0).any()
    before = classes[
        : first - 2
    ]  # the 0.3 s in front of an arrival that the other event drowns are unlabelled
    assert not before.any()

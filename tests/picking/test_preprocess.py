"""From a window in any unit to what the network sees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.config import LPPNConfig
from lppn_np.picking.preprocess import network_input, normalise, phase_code

PAPER = LPPNConfig(phase_code=True)
TINY = LPPNConfig(variant="tiny")
SCALES = np.array([[[1.0], [0.3], [0.002]]])
both = pytest.mark.parametrize("config", [PAPER, TINY], ids=["paper", "tiny"])


def noise(n_windows=2, n_samples=512, seed=1):
    """Components of very different strength, each off zero."""
    rng = np.random.default_rng(seed)
    offsets = np.array([[[0.1], [-0.2], [0.3]]])
    return SCALES * (offsets + rng.normal(size=(n_windows, 3, n_samples)))


def expected(x, config):
    """What normalisation is, sample by sample in float64, for windows without dead components."""
    out = np.zeros(x.shape)
    for window, target in zip(x, out, strict=True):
        live = [row[~np.isnan(row)] for row in window]
        centred = [values - values.mean() for values in live]
        largest = [np.abs(values).max() for values in centred]
        for c in range(3):
            divisor = largest[c] if config.variant == "paper" else max(largest)
            target[c, ~np.isnan(window[c])] = centred[c] / divisor
    return out


# ---------------------------------------------------------------- phase code


@pytest.mark.parametrize("n_samples", [1, 128, 3072, 6144])
def test_phase_code_is_the_authors(n_samples):
    torch = pytest.importorskip("torch", reason="the authors' formula is in PyTorch's float32")
    t = torch.arange(n_samples) * 2 * 3.141592658 / 4
    theirs = torch.stack([torch.sin(t), torch.sin(2 * t), torch.sin(4 * t)], dim=0).numpy()
    ours = phase_code(n_samples)
    assert (ours.shape, ours.dtype) == ((3, n_samples), np.float32)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def test_the_phase_code_is_added_where_the_model_has_one():
    x = noise()
    plain = network_input(x, LPPNConfig(phase_code=False))
    coded = network_input(x, PAPER)
    np.testing.assert_array_equal(plain, normalise(x, PAPER), strict=True)
    np.testing.assert_array_equal(coded, plain + phase_code(x.shape[2]), strict=True)
    assert np.abs(coded - plain).max() > 0.9


# ---------------------------------------------------------------- divisor and unit


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divided_by_the_maximum(config, dtype):
    x = noise().astype(dtype)
    before = x.copy()
    got = normalise(x, config)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected(x.astype(np.float64), config), rtol=0, atol=1e-6)
    largest = np.abs(got).max(axis=2)
    if config.variant == "paper":
        np.testing.assert_allclose(largest, 1, rtol=1e-6)
    else:
        np.testing.assert_allclose(largest.max(axis=1), 1, rtol=1e-6)
        assert (largest[:, 2] < 0.01).all()
    np.testing.assert_array_equal(x, before)


@both
@pytest.mark.parametrize("factor", [1e-12, 1e6, 1e-20])
def test_the_unit_does_not_matter(config, factor):
    x = noise()
    np.testing.assert_allclose(network_input(x * factor, config), network_input(x, config), rtol=0, atol=1e-6)


@both
def test_units_of_1e_14(config):
    # One real test set comes so. With 1e-6 in the divisor all of it would be zero.
    x = noise()
    x *= 1e-14 / np.abs(x).max()
    got = normalise(x.astype(np.float32), config)
    np.testing.assert_allclose(got, expected(x, config), rtol=0, atol=1e-6)
    assert np.abs(got).max() == 1


@given(exponent=st.floats(-30, 30), seed=st.integers(0, 99))
def test_any_unit(exponent, seed):
    x = noise(1, 128, seed)
    got = normalise(x * 10.0**exponent, TINY)
    np.testing.assert_allclose(got, normalise(x, TINY), rtol=0, atol=1e-6)


# ---------------------------------------------------------------- dead and weak components


@both
@pytest.mark.parametrize("unit", [1e-14, 1.0, 1e6])
def test_a_dead_component_is_zero_and_a_weak_one_is_not(config, unit):
    x = noise()
    x -= x.mean(axis=2, keepdims=True)
    x /= np.abs(x).max(axis=2, keepdims=True)
    x *= unit * np.array([[[1.0], [1e-6], [0.9e-7]]])
    got = normalise(x, config)
    weak = 1 if config.variant == "paper" else 1e-6
    np.testing.assert_allclose(np.abs(got).max(axis=2), [[1, weak, 0]] * 2, rtol=1e-5)


@both
@pytest.mark.parametrize("level", [0.0, 7.0, 0.1, 123456.789, 1e-9])
def test_a_constant_component_is_dead(config, level):
    x = noise()
    x[:, 1] = level
    got = normalise(x, config)
    assert not got[:, 1].any()
    assert np.abs(got[:, 0]).max() == 1


@both
def test_an_empty_or_zero_window_is_zero_beside_a_live_one(config):
    x = np.concatenate([noise(1), np.zeros((1, 3, 512)), np.full((1, 3, 512), np.nan)])
    got = normalise(x, config)
    assert not got[1:].any()
    np.testing.assert_array_equal(got[:1], normalise(x[:1], config))


# ---------------------------------------------------------------- offsets


@both
@pytest.mark.parametrize(("dtype", "offset"), [(np.float64, 1e6), (np.float64, -3e4), (np.float32, 20.0)])
def test_an_offset_does_not_matter(config, dtype, offset):
    x = noise()
    shifted = (x + offset * SCALES).astype(dtype)
    np.testing.assert_allclose(network_input(shifted, config), network_input(x, config), rtol=0, atol=1e-5)


@both
def test_counts_on_a_huge_offset(config):
    counts = np.round(noise() * 1e5)
    got = normalise(counts + 1e8, config)
    np.testing.assert_allclose(got, normalise(counts, config), rtol=0, atol=1e-6)


# ---------------------------------------------------------------- gaps


@both
def test_gaps_become_zero_and_do_not_shift_the_mean(config):
    x = noise() + 50 * SCALES
    x[0, 0, 100:200] = np.nan
    x[1, 2, :300] = np.nan
    got = normalise(x, config)
    assert not got[np.isnan(x)].any()
    np.testing.assert_allclose(got, expected(x, config), rtol=0, atol=1e-6)
    assert np.abs(got[1, 0]).max() > 0.3


@both
def test_a_missing_component_leaves_the_others_alone(config):
    x = noise()
    x[:, 2] = np.nan  # the weakest, so that the successors' common maximum stays
    got = normalise(x, config)
    assert not got[:, 2].any()
    np.testing.assert_allclose(got[:, :2], normalise(noise(), config)[:, :2], rtol=0, atol=1e-6)


@both
def test_a_single_sample_of_data_is_zero(config):
    x = np.full((1, 3, 64), np.nan)
    x[0, :, 10] = [3, 4, 5]
    np.testing.assert_array_equal(normalise(x, config), np.zeros((1, 3, 64)))

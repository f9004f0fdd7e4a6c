"""The spectrum tilted: by how much, without a delay, and without a step at the window's start."""

import numpy as np
import pytest

from lppn_np.config import LPPNConfig
from lppn_np.errors import ConfigError
from lppn_np.picking.preprocess import network_input
from lppn_np.train.augment import AugmentConfig, build_window
from lppn_np.train.tilting import CORNER, draw_order, response, tilt

pytest.importorskip("scipy")
RATE = 100.0


@pytest.mark.parametrize("order", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_an_octave_gains_two_to_the_order(order):
    gain = np.abs(np.fft.rfft(response(order, RATE), 2**14))
    at = [gain[round(f / RATE * 2**14)] for f in (3.0, 6.0, 12.0)]
    np.testing.assert_allclose([at[1] / at[0], at[2] / at[1]], 2.0**order, rtol=0.05)
    flat = gain[round(CORNER / 10 / RATE * 2**14)] / gain[0]
    assert flat == pytest.approx(1, abs=0.02)


def test_orders_add_up(white):
    x = white(1, 3072).data
    np.testing.assert_allclose(tilt(tilt(x, 0.5, RATE), 0.5, RATE), tilt(x, 1.0, RATE), atol=1e-4)
    np.testing.assert_allclose(tilt(tilt(x, 1.0, RATE), -1.0, RATE), x - x[:, :1], atol=1e-3)


@pytest.mark.parametrize("order", [-1.0, 0.3])
def test_nothing_moves_before_the_onset(order):
    quiet = np.full((3, 3072), 5.0, np.float32)
    event = quiet.copy()
    event[:, 1500:] += np.random.default_rng(1).normal(size=(3, 1572)).astype(np.float32)
    before, after = tilt(quiet, order, RATE), tilt(event, order, RATE)
    assert not before.any()  # as if the first value had always been there
    assert np.abs(after[:, :1500]).max() < 1e-12 * np.abs(after).max()
    np.testing.assert_allclose(after[:, 1500], event[:, 1500] - 5, rtol=1e-5)


def test_the_input_of_a_tilted_window_is_the_tilted_window_s(white):
    config, record = LPPNConfig(stride=16), white(1, 8000, 4000.0)
    plain, tilted = (
        build_window(np.random.default_rng(1), record, config, AugmentConfig.off(tilt=k))[0] for k in (0, 1)
    )
    assert not np.allclose(plain, tilted, atol=0.1)
    found = [network_input(tilt(plain, -1 + 2 * k / 31, RATE)[None], config)[0] for k in range(32)]
    assert min(np.abs(f - tilted).max() for f in found) < 1e-4


def test_orders_are_drawn_between_the_limits():
    rng = np.random.default_rng(1)
    orders = {draw_order(rng, (-0.5, 1.0)) for _ in range(500)}
    assert min(orders) == -0.5
    assert max(orders) == 1.0


@pytest.mark.parametrize("limits", [(-1.5, 0.0), (0.0, 1.2), (0.5, 0.1)])
def test_orders_out_of_range_are_refused(limits):
    with pytest.raises(ConfigError, match="tilt_order"):
        AugmentConfig(tilt_order=limits)

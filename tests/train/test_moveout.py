"""S earlier or later after P: what is moved, what stays, and where nothing is done."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.config import LPPNConfig
from lppn_np.train.augment import AugmentConfig, build_window
from lppn_np.train.moveout import move_s

SEEDS = st.integers(0, 2**32 - 1)
RATE = 100.0


def moved(record, factor, longest=2600.0, seed=0):
    return move_s(np.random.default_rng(seed), record, factor, longest, RATE)


@given(
    seed=SEEDS,
    factor=st.floats(0.1, 8),
    p=st.floats(100, 900),
    lag=st.floats(60, 900),
    data_seed=st.integers(0, 9),
)
def test_what_is_before_and_behind_stays_as_it_is(seed, factor, p, lag, data_seed, white):
    record = white(data_seed, 3000, p, p + lag)
    out = moved(record, factor, seed=seed)
    shift = round(out.s_sample - record.s_sample)
    assert out.s_sample == record.s_sample + shift
    assert out.p_sample == p
    assert out.n_samples == record.n_samples + shift
    early, late = int(p + lag / 3), int(np.floor(p + lag - 40))
    assert np.array_equal(out.data[:, :early], record.data[:, :early])
    assert np.array_equal(out.data[:, late + shift :], record.data[:, late:])
    assert np.isfinite(out.data).all()
    if lag >= 200:  # there is coda enough for what is asked
        least = lag - (late - early) + 20
        assert out.s_sample - p == pytest.approx(np.clip(factor * lag, least, max(2600, lag)), abs=2)


@pytest.mark.parametrize("factor", [0.5, 3.0, 8.0])
def test_the_power_of_the_coda_is_kept(factor, white):
    """Fades and pieces included: of white noise every second has the power it had, within its scatter."""
    record = white(1, 8000, 1000.0, 1500.0)
    out = moved(record, factor)
    part = out.data[:, 1000 : int(out.s_sample)]
    seconds = part[:, : part.shape[1] // 100 * 100].reshape(3, -1, 100)
    np.testing.assert_allclose(seconds.std(axis=2), record.data.std(), rtol=0.35)
    assert seconds.std() == pytest.approx(record.data.std(), rel=0.1)


def test_the_components_stay_together(white):
    record = white(1, 8000, 1000.0, 1500.0)
    record.data[1] = 2 * record.data[0]
    out = moved(record, 4.0)
    np.testing.assert_allclose(out.data[1], 2 * out.data[0], rtol=1e-6)


def test_no_farther_than_it_is_seen(white):
    record = white(1, 8000, 1000.0, 1500.0)
    assert moved(record, 9.0, longest=1200.0).s_sample == 2200.0
    assert moved(record, 9.0, longest=300.0).s_sample == 1500.0  # farther already: it is not brought back


def test_doubtful_arrivals_move_with_what_is_around_them(white):
    record = dataclasses.replace(white(1, 8000, 1000.0, 2000.0), doubtful=(500.0, 4000.0))
    assert moved(record, 1.5).doubtful == (500.0, 4500.0)


@pytest.mark.parametrize(
    "change",
    [
        {"p_sample": None},
        {"s_sample": None},
        {"s_sample": 1080.0},  # no coda between
        {"p_sample": -50.0},
        {"s_sample": 8500.0},
        {"doubtful": (1800.0,)},
        {"data": "with a gap"},
    ],
)
def test_where_it_cannot_be_nothing_is_done(change, white):
    record = white(1, 8000, 1000.0, 2000.0)
    if "data" in change:
        gap = record.data.copy()
        gap[:, 5000:5010] = np.nan
        change = {"data": gap}
    record = dataclasses.replace(record, **change)
    assert moved(record, 2.0) is record
    assert moved(record, 0.5) is record


def test_a_window_has_its_s_later(white):
    """The labels of a window go with it: P to S is 3 times 4 s."""
    config, augment = LPPNConfig(stride=16), AugmentConfig.off(moveout=1, moveout_factor=(3.0, 3.0))
    record = white(1, 8000, 3000.0, 3400.0)
    found = 0
    for seed in range(20):
        _, classes, offsets = build_window(np.random.default_rng(seed), record, config, augment)
        at = {c: 16 * np.flatnonzero(classes == c) + offsets[classes == c] for c in (1, 2)}
        if at[1].size and at[2].size:
            found += 1
            assert float(at[2][0] - at[1][0]) == pytest.approx(1200, abs=0.01)
    assert found > 5

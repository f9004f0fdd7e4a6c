"""The chain around a network whose output is written by hand."""

import numpy as np
import pytest

import lppn_np
from lppn_np.picking import pipeline

RECORD = np.random.default_rng(3).normal(size=(3, 1500))


class Scripted(lppn_np.LPPN):
    """A model that sees arrivals where it is told to: (sample, class, probability), in every window there."""

    def __init__(self, arrivals, n_samples, **config):
        super().__init__(lppn_np.LPPNConfig(in_samples=1024, overlap=512, blinding=128, **config))
        self.windows = pipeline.plan_windows(n_samples, 1024, 512, 128)
        self.arrivals = arrivals

    def forward(self, x, engine="numba", n_threads=1, *, batch_statistics=False):
        stride = self.config.stride
        assert x.shape == (len(self.windows), 3, 1024)
        probability = np.full((len(x), self.config.n_classes, 1024 // stride), 1e-9)
        probability[:, 0] = 1
        offsets = np.zeros((len(x), 1024 // stride), np.float32)
        for row, start in enumerate(self.windows.starts):
            for number, (sample, label, value) in enumerate(self.arrivals):
                if start <= sample < start + 1024:
                    segment, offset = divmod(sample - start, stride)
                    # Neighbouring windows never agree to the last digit.
                    probability[row, label, int(segment)] = value + 0.001 * row
                    probability[row, 0, int(segment)] = 1 - value - 0.001 * row
                    offsets[row, int(segment)] = offset + 0.1 * row + 0.01 * number
        return np.log(probability).astype(np.float32), offsets


def pick(arrivals, record=RECORD, config=None, **arguments):
    model = Scripted(arrivals, record.shape[1], **(config or {}))
    return lppn_np.pick(record, model=model, **arguments)


def test_an_arrival_that_two_windows_see_is_one_pick():
    assert Scripted([], 1500).windows.starts.tolist() == [0, 476]
    (found,) = pick([(800, 1, 0.8)])
    assert found.phase == "P"
    assert found.peak_value == pytest.approx(0.801, abs=1e-5)
    assert found.peak_time == pytest.approx((800 + 0.1) / 100, abs=1e-6)
    assert (found.start_time, found.end_time) == (7.96, 8.12)


def test_an_arrival_that_two_windows_see_is_one_pick_whatever_the_distance():
    for min_distance in (0, 0.01, 0.05):
        (found,) = pick([(800, 1, 0.8)], min_distance=min_distance)
        assert found.peak_value == pytest.approx(0.801, abs=1e-5)
    side_by_side = pick([(800, 1, 0.8), (823, 1, 0.7)], min_distance=0)
    assert [p.peak_value for p in side_by_side] == pytest.approx([0.801, 0.701], abs=1e-5)


def test_every_sample_can_be_picked_once():
    for sample in range(0, 1500, 7):
        (found,) = pick([(sample, 2, 0.8)])
        assert found.phase == "S"
        assert abs(found.peak_time - sample / 100) < 0.002


def test_p_and_s_stand_side_by_side_in_order_of_time():
    found = pick([(820, 2, 0.9), (300, 2, 0.5), (800, 1, 0.4)])
    assert [p.phase for p in found] == ["S", "P", "S"]
    assert found == sorted(found, key=lambda p: p.peak_time)


def test_seven_classes_have_two_kinds():
    # N, Pg, Sg, Pn, Sn, P, S
    arrivals = [(800, 1, 0.6), (840, 3, 0.9), (870, 5, 0.7), (811, 2, 0.5), (822, 4, 0.4), (1300, 6, 0.8)]
    medium = {"variant": "medium"}
    assert [p.phase for p in pick(arrivals, config=medium)] == ["Sg", "Pn", "S"]
    apart = pick(arrivals, config=medium, min_distance=0.05)
    assert [p.phase for p in apart] == ["Pg", "Sg", "Sn", "Pn", "P", "S"]


def test_s_classes_take_the_s_threshold():
    arrivals = [(300, 3, 0.6), (700, 4, 0.6)]
    found = pick(arrivals, config={"variant": "medium"}, P_threshold=0.5, S_threshold=0.7)
    assert [p.phase for p in found] == ["Pn"]
    found = pick(arrivals, config={"variant": "medium"}, P_threshold=0.7, S_threshold=0.5)
    assert [p.phase for p in found] == ["Sn"]


def test_the_models_own_defaults():
    arrivals = [(300, 1, 0.6), (500, 1, 0.7), (900, 2, 0.6)]
    config = {"P_threshold": 0.65, "S_threshold": 0.55}
    assert [p.phase for p in pick(arrivals, config=config)] == ["P", "S"]
    assert [p.phase for p in pick(arrivals, config=config, P_threshold=0.5)] == ["P", "P", "S"]
    assert [p.phase for p in pick(arrivals, config={"min_distance": 5.0})] == ["P", "S"]


@pytest.mark.parametrize("margin_is_needed", [True, False])
def test_near_a_gap(margin_is_needed, monkeypatch):
    record = RECORD.copy()
    record[:, 700:800] = np.nan
    arrivals = [(648, 1, 0.9), (660, 2, 0.9), (750, 1, 0.9), (840, 2, 0.9), (852, 1, 0.9)]
    if not margin_is_needed:
        monkeypatch.setattr(pipeline, "GAP_MARGIN", 0.0)
    times = [round(p.peak_time, 2) for p in pick(arrivals, record, min_distance=0.1)]
    assert times == ([6.48, 8.52] if margin_is_needed else [6.48, 6.6, 8.4, 8.52])


def test_probability_curves():
    model = Scripted([(800, 1, 0.8), (1490, 2, 0.5)], 1500)
    settings = pipeline.Settings().resolve(model)
    curves = pipeline.probability_curves(model, RECORD, settings)
    assert curves.shape == (3, 94)
    assert np.nanmax(curves[1]) == pytest.approx(0.801, abs=1e-5)
    assert np.flatnonzero(curves[1] > 0.5).tolist() == [50]
    # The last window begins at 476: its segments are shown at the nearest place of the record's.
    assert np.abs(np.flatnonzero(curves[2] > 0.3) * 16 - 1490).max() <= 16

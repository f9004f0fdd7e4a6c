"""Batches: which records they are drawn from, and that nothing but seed and step decides it."""

import numpy as np
import pytest

import lppn_np
from lppn_np.data import open_dataset
from lppn_np.train.augment_config import AugmentConfig
from lppn_np.train.batches import Sampler
from lppn_np.train.config import TrainConfig
from lppn_np.train.feeding import batches

pytest.importorskip("h5py")

MODEL = lppn_np.LPPNConfig(stride=16, features=1, in_samples=512, overlap=128, blinding=32)
CONFIG = TrainConfig(batch_size=3, seed=3)


@pytest.fixture
def dataset(dataset_folder):
    return open_dataset(dataset_folder).select(split="train")


@pytest.mark.parametrize(("noise_share", "quiet"), [(0.0, 0.1), (1.0, 0.8)])
def test_noise_is_drawn_as_often_as_asked_for(dataset, noise_share, quiet):
    """A tenth of the windows of events lie before P, and to a fifth of all windows an event is added."""
    config = TrainConfig(batch_size=200, noise_share=noise_share)
    batch = Sampler(dataset, MODEL, config).batch(0)
    assert np.mean((batch.classes <= 0).all(axis=1)) == pytest.approx(quiet, abs=0.08)


def test_a_batch_is_a_function_of_seed_and_step(dataset):
    forwards = list(batches(Sampler(dataset, MODEL, CONFIG), 0, 4, workers=0))
    sampler = Sampler(dataset, MODEL, CONFIG)
    backwards = [sampler.batch(step) for step in reversed(range(4))][::-1]
    for one, other in zip(forwards, backwards, strict=True):
        for what in ("x", "classes", "offsets"):
            np.testing.assert_array_equal(getattr(one, what), getattr(other, what))
    other_seed = Sampler(dataset, MODEL, TrainConfig(batch_size=3, seed=4)).batch(0)
    inputs = [batch.x.tobytes() for batch in (*forwards, other_seed)]
    assert len(set(inputs)) == 5


def test_where_no_record_can_be_used_the_draw_ends(make_dataset, tmp_path):
    folder = make_dataset(tmp_path / "data", ["train"] * 3, [f"train{i}" for i in range(3)], noise=False)
    sampler = Sampler(open_dataset(folder), MODEL, CONFIG)
    with pytest.raises(lppn_np.InputError, match="50 records in a row cannot be used"):
        sampler.batch(0)


def test_noise_of_another_station_only_where_it_is_asked_for(make_dataset, tmp_path, monkeypatch):
    """Which records noise is taken from, by the share of foreign noise."""
    dataset = open_dataset(make_dataset(tmp_path / "data", ["train"] * 6, n_samples=5000))
    shares = {}
    for foreign in (0.0, 0.6):
        config = TrainConfig(augment=AugmentConfig.off(noise=1.0, foreign_noise=foreign))
        sampler = Sampler(dataset, MODEL, config)
        station = [entry.station for entry in sampler._entries]
        assert len(sampler._stations) == 3
        index = int(sampler._events[0])
        read = []
        record = sampler._read(index)
        monkeypatch.setattr(sampler, "_read", lambda i, record=record, read=read: read.append(i) or record)
        rng = np.random.default_rng(0)
        for _ in range(400):
            sampler._quiet(rng, index)
        shares[foreign] = np.mean([station[i] != station[index] for i in read])
    assert shares[0.0] == 0
    assert 0.25 < shares[0.6] < 0.6  # a third of what is drawn from everywhere is of the station itself

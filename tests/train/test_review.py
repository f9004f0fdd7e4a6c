"""Arrivals without a label, found by the network: which they are, and that they are not taught as noise."""

import dataclasses
import json

import numpy as np
import pytest

import lppn_np
from lppn_np.data import open_dataset
from lppn_np.errors import ConfigError
from lppn_np.train import outputs
from lppn_np.train import review as review_module
from lppn_np.train import run as run_module
from lppn_np.train.augment import AugmentConfig, build_window
from lppn_np.train.batches import Sampler
from lppn_np.train.config import TrainConfig
from lppn_np.train.run import Files, train

pytest.importorskip("h5py")

MODEL = lppn_np.LPPNConfig(stride=16, features=1, in_samples=512, overlap=128, blinding=32)


def test_what_is_far_from_every_label_is_a_doubt(dataset_folder, monkeypatch):
    dataset = open_dataset(dataset_folder).select(split="train")
    observe = review_module.observe

    def with_picks(model, records, settings, length, seed):
        survey = observe(model, records, settings, length, seed)
        for o in survey.observations:
            p = o.labels["P"][0] if o.labels["P"] else 700.0
            o.picks["P"] = np.array([p - 300, p + 90]), np.array([0.9, 0.9])
            o.picks["S"] = np.empty(0), np.empty(0)
        return survey

    monkeypatch.setattr(review_module, "observe", with_picks)
    found = review_module.review(lppn_np.LPPN(MODEL), dataset, 0.4, 1)
    events = {i: e.p_sample for i, e in enumerate(dataset.entries) if not e.is_noise}
    assert found == {i: [p - 300] for i, p in events.items()}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise_only", [0.0, 1.0])
def test_a_doubtful_arrival_is_unlabelled(seed, noise_only, white):
    record = dataclasses.replace(white(seed, 9000, 6000.0, 6300.0), doubtful=(5000.0,))
    augment, config = AugmentConfig.off(noise_only=noise_only), lppn_np.LPPNConfig(stride=16)
    x, classes, _ = build_window(np.random.default_rng(seed), record, config, augment)
    shifts = [int(np.argmax(np.correlate(record.data[0], x[0], "valid")))] if x[0].all() else []
    unlabelled = np.flatnonzero(classes == -1)
    for start in shifts:
        inside = [k for k in range(192) if start + 16 * k + 16 > 4900 and start + 16 * k < 5500]
        assert unlabelled.tolist() == inside
    assert shifts or noise_only


def test_noise_with_a_doubtful_arrival_is_not_mixed_in(dataset_folder):
    dataset = open_dataset(dataset_folder).select(split="train", noise=False)
    sampler = Sampler(dataset, MODEL, TrainConfig())
    stations = sum(map(len, sampler._stations.values()))
    early = [i for i, e in enumerate(dataset.entries) if e.p_sample >= 550]
    assert stations == len(early)
    sampler.doubt({i: [10.0] for i in early[1:]})
    assert sum(map(len, sampler._stations.values())) == min(1, len(early))


def test_reviews_come_in_time_and_a_resumed_run_keeps_what_they_found(dataset_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "_try_plot", lambda files, title: None)
    calls = []

    def review(model, dataset, threshold, n_threads):
        calls.append(threshold)
        return {0: [100.0 * len(calls)]}

    monkeypatch.setattr(run_module, "review", review)
    config = TrainConfig(
        steps=10,
        batch_size=2,
        validate_every=10,
        seed=3,
        average=0.9,
        review_at=(0.3, 0.6),
        review_threshold=0.5,
    )

    def go(name, **options):
        files = Files(tmp_path / f"{name}.npz")
        model = lppn_np.LPPN(MODEL, seed=1)
        train(open_dataset(dataset_folder), model, config, files.weights, progress=False, **options)
        return files

    whole = go("whole")
    lines = [json.loads(line) for line in whole.metrics.read_text().splitlines()]
    assert [line["step"] for line in lines if line["kind"] == "review"] == [3, 6]
    assert calls == [0.5, 0.5]
    calls.clear()
    go("cut", stop_after_minutes=0.0)
    for _ in range(10):
        cut = go("cut", resume=True, stop_after_minutes=0.0)
    assert cut.weights.read_bytes() == whole.weights.read_bytes()
    assert calls == [0.5, 0.5]


@pytest.mark.parametrize("values", [{"review_at": [0.0]}, {"review_at": [1.0]}, {"review_threshold": 1.5}])
def test_reviews_that_cannot_be_are_refused(values):
    with pytest.raises(ConfigError, match="review"):
        TrainConfig.from_dict(values)

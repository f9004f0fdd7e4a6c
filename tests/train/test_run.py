"""A training run from a data set to a weights file: what it leaves, what it depends on, what it refuses."""

import json
import re
import shutil
import sys

import numpy as np
import pytest

import lppn_np
from lppn_np.data import open_dataset
from lppn_np.train import outputs
from lppn_np.train.config import TrainConfig
from lppn_np.train.run import Files, train
from lppn_np.train.state import State
from lppn_np.train.validation import Scores, Validator

pytest.importorskip("h5py")
pytest.importorskip("tqdm")

MODEL = lppn_np.LPPNConfig(stride=16, features=1, in_samples=512, overlap=128, blinding=32)
CONFIG = TrainConfig(steps=30, batch_size=3, warmup=4, validate_every=10, average=0.9, clip_norm=50.0, seed=3)
#: A constant in front of a normalisation has no gradient and never moves, nor do means that are made of such
#: ones alone. (Compiled units give exactly 0 for most of them, the textbook its rounding.)
IDLE = re.compile(
    r"receptive_field\.[345]\.conv\.bias"
    r"|(features\.[0-5]|receptive_field\.[01])\.project_norm\.bias"
    r"|(features\.[1-6]|receptive_field\.[12])\.expand_norm\.running_mean"
)


@pytest.fixture
def run(dataset_folder, tmp_path, monkeypatch):
    """``run("a", steps=5)`` trains to ``a.npz`` with changed settings; no picture, which takes longest."""
    monkeypatch.setattr(outputs, "_try_plot", lambda files, title: None)

    def call(name, *, folder=dataset_folder, model=None, options=None, **changed):
        config = TrainConfig.from_dict({**CONFIG.to_dict(), **changed})
        model = model or lppn_np.LPPN(MODEL, seed=1)
        train(open_dataset(folder), model, config, tmp_path / f"{name}.npz", progress=False, **options or {})
        return Files(tmp_path / f"{name}.npz")

    return call


def lines(files, *kinds):
    found = [json.loads(line) for line in files.metrics.read_text().splitlines()]
    return [line for line in found if line["kind"] in (kinds or (line["kind"],))]


def end_of(files):
    """Tensors of the last step, rather than the best ones."""
    meta = json.loads(str(np.load(files.state)["meta"]))
    return State.read(files.state, meta["identity"])


def test_weights_state_and_metrics(run):
    files = run("w")
    model, state = lppn_np.LPPN.load(files.weights), end_of(files)
    assert (model.config.stride, model.config.in_samples) == (16, 512)
    assert model.metadata["training"] == json.loads(json.dumps(CONFIG.to_dict()))
    checks = lines(files, "validation")
    assert [line["step"] for line in checks] == [10, 20, 30]
    best = max(checks, key=lambda line: line["score"])
    assert model.metadata["validation"] == {"score": best["score"], "step": best["step"]}
    found = {"P": model.config.P_threshold, "S": model.config.S_threshold}
    assert found == best["thresholds"]
    for name, tensor in model.tensors.items():
        np.testing.assert_array_equal(tensor, state.best[name])
    (trained,) = lines(files, "train")
    assert (trained["step"], trained["learning_rate"]) == (30, pytest.approx(2e-5, rel=0.5))
    assert (state.step, state.losses, len(state.history)) == (30, [], 3)


def test_the_average_trails_behind_the_weights(run):
    state = end_of(run("w", steps=12))
    for name, tensor in state.tensors.items():
        if not IDLE.fullmatch(name):
            assert (state.average[name] != tensor).any(), name


def test_the_best_weights_are_kept_as_they_were(run, monkeypatch):
    scores = iter([0.1, 0.3, 0.2, 0.9])

    def judge(*_):
        return Scores(1.0, dict.fromkeys("PS", next(scores)), {"P": 0.6, "S": 0.7})

    monkeypatch.setattr(Validator, "__call__", judge)
    files = run("w", schedule="constant")
    best = lppn_np.LPPN.load(files.weights)
    assert best.metadata["validation"] == {"score": 0.3, "step": 20}
    assert (best.config.P_threshold, best.config.S_threshold) == (0.6, 0.7)
    shorter = lppn_np.LPPN.load(run("shorter", schedule="constant", steps=20, validate_every=20).weights)
    for name, tensor in shorter.tensors.items():
        np.testing.assert_array_equal(best.tensors[name], tensor)


@pytest.mark.parametrize(("choose_by", "step"), [("f1", 10), ("loss", 30)])
def test_the_best_validation_is_chosen_by_score_or_by_loss(run, monkeypatch, choose_by, step):
    checks = iter([(0.9, 5.0), (0.8, 4.0), (0.8, 3.0)])

    def judge(*_):
        score, loss = next(checks)
        return Scores(loss, dict.fromkeys("PS", score), {"P": 0.6, "S": 0.7})

    monkeypatch.setattr(Validator, "__call__", judge)
    files = run("w", steps=30, validate_every=10, choose_by=choose_by)
    assert lppn_np.LPPN.load(files.weights).metadata["validation"]["step"] == step


@pytest.mark.parametrize("installed", [True, False])
def test_curves_are_drawn_where_matplotlib_is_installed(dataset_folder, tmp_path, monkeypatch, installed):
    pytest.importorskip("matplotlib")
    if not installed:
        for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
            monkeypatch.setitem(sys.modules, name, None)
    config = TrainConfig(steps=2, batch_size=2, validate_every=1)
    files = Files(tmp_path / "w.npz")
    train(open_dataset(dataset_folder), lppn_np.LPPN(MODEL), config, files.weights, progress=False)
    assert lppn_np.LPPN.load(files.weights).config.features == 1
    assert files.curves.exists() == installed
    if installed:
        assert files.curves.read_bytes().startswith(b"\x89PNG")


def test_a_run_depends_on_its_seed_and_on_no_thread(run):
    first = run("first")
    for name, options in (("again", {}), ("threads", {"n_threads": 2})):
        again = run(name, options=options)
        assert again.weights.read_bytes() == first.weights.read_bytes()
        assert again.metrics.read_bytes() == first.metrics.read_bytes()
        for kept, expected in zip(
            end_of(again).tensors.values(), end_of(first).tensors.values(), strict=True
        ):
            np.testing.assert_array_equal(kept, expected)
    other = run("other", seed=4)
    assert other.weights.read_bytes() != first.weights.read_bytes()


def test_a_run_without_progress_stops_early(run):
    """At a rate of 0 the first validation stays the best."""
    files = run("w", learning_rate=0.0, average=0.0, validate_every=4, patience=2, freeze=["receptive", "f"])
    assert [line["step"] for line in lines(files, "validation")] == [4, 8, 12]
    assert (end_of(files).step, end_of(files).since_best) == (12, 2)
    assert lppn_np.LPPN.load(files.weights).metadata["validation"]["step"] == 4


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_frozen_tensors_and_their_statistics_stay(run, optimiser):
    """Bit for bit, with momentum, weight decay and an average of the weights at work."""
    start = lppn_np.LPPN(MODEL, seed=4)
    frozen = ["features.0", "features.3.depthwise_norm", "receptive_field.4.conv.weight"]
    changed = {"optimiser": optimiser, "weight_decay": 0.1, "learning_rate": 1e-3}
    state = end_of(run("w", model=start, freeze=frozen, steps=10, **changed))
    for name, tensor in start.tensors.items():
        stays = any(name.startswith(prefix) for prefix in frozen)
        for kept in (state.tensors, state.average, state.best):
            if stays or not IDLE.fullmatch(name):
                assert np.array_equal(kept[name], tensor) == stays, name


def test_training_starts_from_the_weights_it_is_given(run):
    start = lppn_np.LPPN(MODEL, seed=9)
    state = end_of(run("w", model=start, learning_rate=0.0, steps=3))
    for name in start.network.trainable_names():
        np.testing.assert_array_equal(state.tensors[name], start.tensors[name])
    moved = [name for name in start.tensors if not np.array_equal(state.tensors[name], start.tensors[name])]
    assert {name.rpartition(".")[2] for name in moved} == {"running_mean", "running_var"}


def test_a_damaged_record_is_skipped_and_listed(run, make_dataset, tmp_path):
    folder = make_dataset(tmp_path / "damaged", damaged=("train2", "dev8"))
    files = run("w", folder=folder)
    skipped = lines(files, "skipped")
    assert {line["record"] for line in skipped} == {"train2"}
    assert all(line["reason"] and 1 <= line["step"] <= 30 for line in skipped)
    assert lines(files, "validation")[-1]["step"] == 30


@pytest.mark.parametrize(
    ("splits", "complaint"),
    [(["train"] * 3, "dev split"), (["dev"] * 3, "train split"), (["test"] * 3, "train split")],
)
def test_a_data_set_without_a_split_is_refused_before_anything_is_written(
    run, make_dataset, tmp_path, splits, complaint
):
    folder = make_dataset(tmp_path / "data", splits)
    with pytest.raises(lppn_np.InputError, match=complaint):
        run("w", folder=folder)
    shutil.rmtree(folder)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_used_is_refused_before_anything_is_written(dataset_folder, tmp_path):
    dataset, model = open_dataset(dataset_folder), lppn_np.LPPN(MODEL)
    with pytest.raises(lppn_np.InputError, match="no record with a labelled arrival"):
        train(dataset.select(noise=True), model, CONFIG, tmp_path / "w.npz", progress=False)
    with pytest.raises(lppn_np.InputError, match=r"ends in \.npz"):
        train(dataset, model, CONFIG, tmp_path / "w.pt", progress=False)
    with pytest.raises(lppn_np.InputError, match="cannot be written"):
        train(dataset, model, CONFIG, tmp_path / "nowhere" / "w.npz", progress=False)
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_may_name_sources_that_are_not_there(run):
    plain = run("plain", steps=2, validate_every=2)
    named = run(
        "named",
        steps=2,
        validate_every=2,
        unknown_phases=(("elsewhere", "S"),),
        source_weights=(("elsewhere", 3.0),),
    )
    one, other = (lppn_np.LPPN.load(files.weights).tensors for files in (plain, named))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_what_arrivals_count_is_in_the_weights_file(run):
    heavy = lppn_np.LPPN.load(run("heavy", steps=5, class_weights=[0.5, 1.5, 1.0]).weights)
    assert (heavy.config.P_weight, heavy.config.S_weight) == (3.0, 2.0)
    again = lppn_np.LPPN.load(run("plain", steps=5, model=heavy).weights)
    assert (again.config.P_weight, again.config.S_weight) == (1.0, 1.0)
    missing = lppn_np.LPPN.load(run("missing", steps=5, class_weights=[1.0, 2.0, 0.0]).weights)
    assert (missing.config.P_weight, missing.config.S_weight) == (2.0, 1.0)

"""``lppn-np train``: its options, its exit codes, and processes that are killed."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import lppn_np
from lppn_np.cli import main
from lppn_np.data import open_dataset
from lppn_np.train.config import TrainConfig
from lppn_np.train.run import Files, train
from lppn_np.train.widening import widen

pytest.importorskip("h5py")
pytest.importorskip("tqdm")

NETWORK = ["--stride", "16", "--features", "1", "--in-samples", "512"]
SHORT = ["--steps", "2", "--batch-size", "2", "--workers", "0", "--quiet"]
LONG = TrainConfig(steps=150, batch_size=2, validate_every=60, average=0.9)


@pytest.fixture
def command(dataset_folder, tmp_path, capsys):
    """``command(...)`` trains to ``w.npz`` with more options: status, what it said, and its files."""

    def call(*options, folder=dataset_folder):
        arguments = ["train", folder, "-o", tmp_path / "w.npz", *options]
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err, Files(tmp_path / "w.npz")

    return call


def test_a_run_says_what_came_out(command):
    status, said, files = command(*NETWORK, *SHORT)
    assert status == 0
    assert "records (train 9, dev 5)" in said
    assert "LPPN(paper, stride=16, features=1," in said
    assert f"{files.weights}: mean F1 on dev " in said
    model = lppn_np.LPPN.load(files.weights)
    assert model.config.in_samples == 512
    assert model.metadata["training"]["steps"] == 2


def test_settings_come_from_a_file_and_options_win(command, tmp_path):
    settings = {
        "steps": 90,
        "class_weights": [1, 2, 2],
        "source_weights": {"x": 2},
        "augment": {"flip": 0.25},
    }
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    options = ["--config", tmp_path / "settings.json", "--optimiser", "sgd", "--no-nesterov"]
    status, _, files = command(*NETWORK, *SHORT, *options, "--freeze", "features.0", "features.1")
    assert status == 0
    done = TrainConfig.from_dict(lppn_np.LPPN.load(files.weights).metadata["training"])
    assert (done.steps, done.optimiser, done.class_weights) == (2, "sgd", (1, 2, 2))
    assert (done.source_weights, done.augment.flip) == ((("x", 2.0),), 0.25)
    assert done.freeze == ("features.0", "features.1")


def test_a_run_starts_from_a_weights_file(command, tmp_path):
    config = lppn_np.LPPNConfig(stride=32, features=2, in_samples=768, overlap=100, blinding=20)
    start = lppn_np.LPPN(config, seed=8)
    start.save(tmp_path / "start.npz")
    status, _, files = command("--init", tmp_path / "start.npz", *SHORT, "--learning-rate", "0")
    assert status == 0
    end = lppn_np.LPPN.load(files.weights)
    assert (end.config.stride, end.config.overlap) == (32, 100)
    for name in start.network.trainable_names():
        np.testing.assert_array_equal(end.tensors[name], start.tensors[name])
    status, _, files = command("--init", tmp_path / "start.npz", "--widen", *SHORT, "--learning-rate", "0")
    assert status == 0
    end, twice = lppn_np.LPPN.load(files.weights), widen(start)
    assert end.config.features == 4
    for name in twice.network.trainable_names():
        np.testing.assert_array_equal(end.tensors[name], twice.tensors[name])


def test_an_offset_weight_of_zero_leaves_the_offset_head_alone(command, tmp_path):
    config = lppn_np.LPPNConfig(stride=32, features=2, in_samples=768, overlap=100, blinding=20)
    start = lppn_np.LPPN(config, seed=8)
    start.save(tmp_path / "start.npz")
    moved = {}
    for weight in (0, 0.1):
        (tmp_path / "settings.json").write_text(json.dumps({"offset_weight": weight}))
        options = ["--init", tmp_path / "start.npz", "--config", tmp_path / "settings.json"]
        status, _, files = command(*options, *SHORT)
        assert status == 0
        end = lppn_np.LPPN.load(files.weights)
        for head in ("offset_head.weight", "class_head.weight"):
            moved[weight, head] = np.abs(end.tensors[head] - start.tensors[head]).max() > 0
    assert moved == {
        (0, "offset_head.weight"): False,
        (0, "class_head.weight"): True,
        (0.1, "offset_head.weight"): True,
        (0.1, "class_head.weight"): True,
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"offset_weight": -1}', "offset_weight is -1"),
        ('{"learning_rat": 1}', r"unknown training keys ['learning_rat']"),
        ('{"augment": {"flop": 1}}', r"unknown augmentation keys ['flop']"),
        ('{"augment": 3}', "augment is 3"),
        ('{"freeze": "features"}', "freeze is 'features'"),
        ('{"source_weights": [1]}', "source_weights is [1]"),
        ('{"batch_size": 0}', "batch_size is 0"),
        ('{"batch_size": 2.5}', "batch_size is 2.5"),
        ('{"steps": true}', "steps is True"),
        ('{"learning_rate": -1}', "learning_rate is -1"),
        ('{"learning_rate": NaN}', "learning_rate is nan"),
        ('{"average": 1.5}', "average is 1.5"),
        ('{"optimiser": "lion"}', "optimiser is 'lion'"),
        ('{"schedule": "wavy"}', "schedule is 'wavy'"),
        ("[1, 2]", "a JSON object of training settings"),
        ("steps = 3", "no JSON file of training settings"),
        (None, "no JSON file of training settings"),
    ],
)
def test_settings_that_cannot_be_are_refused(command, tmp_path, text, complaint):
    path = tmp_path / "settings.json"
    if text is not None:
        path.write_text(text)
    status, said, _ = command(*NETWORK, "--config", path)
    assert (status, said.startswith("lppn-np train: ")) == (1, True)
    assert complaint in said
    assert {found.name for found in tmp_path.iterdir()} <= {"settings.json"}


@pytest.mark.parametrize(
    ("options", "status", "complaint"),
    [
        (["--init", "default", "--stride", "16"], 2, "leave out stride"),
        (["--widen"], 2, "--widen needs --init"),
        (["--stride", "7"], 2, "invalid choice"),
        (["--in-samples", "500"], 1, "500"),
        (["--resume"], 1, "w.state.npz"),
        (["--source", "nowhere"], 1, "no source nowhere"),
        (["--threads", "-1"], 1, "n_threads is -1"),
        (["--init", "nothing.npz"], 1, "nothing.npz"),
    ],
)
def test_wrong_usage_leaves_nothing_behind(command, tmp_path, options, status, complaint):
    found, said, _ = command(*options)
    assert (found, complaint in said) == (status, True), said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_data_is_refused(command, tmp_path):
    status, said, files = command(*NETWORK, folder=tmp_path)
    assert (status, str(tmp_path) in said, files.metrics.exists()) == (1, True, False)


class Process:
    """The command in a process of its own, with a worker; the state is saved after every step."""

    def __init__(self, folder, out, *more):
        self.state = Files(out).state
        with out.with_suffix(".log").open(
            "ab"
        ) as log:  # not a pipe: a worker outlives a killed parent by a second
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "lppn_np", "train", str(folder), "-o", str(out), "--quiet"),
                    *(*NETWORK, "--steps", "150", "--batch-size", "2", "--validate-every", "60"),
                    *("--average", "0.9", "--workers", "1", "--checkpoint-minutes", "0", *more),
                ],
                stdout=log,
                stderr=log,
            )

    def step(self):
        """Steps in the state that stands on disk."""
        if not self.state.exists():
            return 0
        with np.load(self.state) as members:
            return json.loads(str(members["meta"]))["state"]["step"]

    def end_at(self, step, seconds, number):
        """Send a signal some time after a step; the exit status."""
        while self.step() < step and self.process.poll() is None:
            time.sleep(0.002)
        time.sleep(seconds)
        self.process.send_signal(number)
        return self.process.wait()


def test_killed_at_random_moments_a_run_ends_with_the_same_bytes(dataset_folder, tmp_path):
    """Three times by kill -9, once by Ctrl-C; beside a run in one go, on one thread and without a worker."""
    rng, out = np.random.default_rng(20), tmp_path / "w.npz"
    for earliest, more in ((5, []), (50, ["--resume"]), (85, ["--resume", "--threads", "2"])):
        process = Process(dataset_folder, out, *more)
        moment = int(rng.integers(earliest, earliest + 20)), rng.uniform(0, 0.03)
        assert process.end_at(*moment, signal.SIGKILL) == -signal.SIGKILL
        assert earliest <= process.step() < 150
        assert not out.exists()
    process = Process(dataset_folder, out, "--resume")
    assert process.end_at(115, 0, signal.SIGINT) == 130
    assert 115 <= process.step() < 150
    assert "the same command with --resume goes on" in out.with_suffix(".log").read_text()
    assert Process(dataset_folder, out, "--resume").process.wait() == 0
    whole = Files(tmp_path / "whole.npz")
    network = lppn_np.LPPNConfig(stride=16, features=1, in_samples=512, overlap=170, blinding=42)
    train(open_dataset(dataset_folder), lppn_np.LPPN(network), LONG, whole.weights, progress=False)
    assert out.read_bytes() == whole.weights.read_bytes()
    assert Files(out).metrics.read_bytes() == whole.metrics.read_bytes()

"""A whole run on a small dataset: reproducible, resumable at any step, and careful with what it is given."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import lppn_np
from lppn_np.data import open_dataset
from lppn_np.data.synthetic import synthetic_noise, synthetic_record
from lppn_np.train.config import TrainConfig
from lppn_np.train.run import Files, train

h5py = pytest.importorskip("h5py")
pytest.importorskip("tqdm")

MODEL = lppn_np.LPPNConfig(stride=16, features=2, in_samples=512, overlap=128, blinding=64)
CONFIG = TrainConfig(steps=24, batch_size=4, warmup=4, validate_every=8, average=0.9, seed=3)


def write_dataset(folder, n_events=12, damaged=()):
    """A dataset in SeisBench's layout: synthetic events in train and dev, and noise."""
    rng = np.random.default_rng(0)
    rows = []
    with h5py.File(folder / "waveforms.hdf5", "w") as file:
        file["data_format/component_order"] = "ENZ"
        file["data_format/dimension_order"] = "CW"
        file["data_format/sampling_rate"] = 100.0
        for i in range(n_events + 4):
            noise = i >= n_events
            record = None if noise else synthetic_record(rng, 2000, distance_km=20.0)
            data = synthetic_noise(rng, 2000) if record is None else record.data
            name = f"r{i}"
            file[f"data/{name}"] = np.full((3, 2000), np.nan, np.float32) if name in damaged else data
            rows.append(
                {
                    "trace_name": name,
                    "split": "dev" if i % 4 == 3 else "train",
                    "trace_category": "noise" if noise else "earthquake_local",
                    "source_id": "" if noise else f"event{i}",
                    "station_network_code": "XX",
                    "station_code": f"S{i % 3}",
                    "trace_p_arrival_sample": "" if record is None else record.p_sample,
                    "trace_s_arrival_sample": "" if record is None else record.s_sample,
                }
            )
    with (folder / "metadata.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_dataset(tmp_path_factory.mktemp("dataset"))


def run(folder, out, config=CONFIG, model=None, **options):
    model = model or lppn_np.LPPN(MODEL, seed=1)
    return train(open_dataset(folder), model, config, out, progress=False, **options)


@pytest.fixture(scope="module")
def uninterrupted(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "w.npz"
    return run(folder, out), out


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_leaves_weights_state_metrics_and_curves(uninterrupted):
    best, out = uninterrupted
    files = Files(out)
    loaded = lppn_np.LPPN.load(out)
    assert loaded.config == best.config
    assert loaded.metadata["training"] == json.loads(json.dumps(CONFIG.to_dict()))
    found = lines(files.metrics)
    assert [line["step"] for line in found if line["kind"] == "validation"] == [8, 16, 24]
    assert all(np.isfinite(line["loss"]) for line in found if line["kind"] in ("train", "validation"))
    pytest.importorskip("matplotlib")
    assert files.curves.read_bytes().startswith(b"\x89PNG")


def test_training_changes_weights_and_lowers_the_loss(folder, tmp_path):
    config = TrainConfig(steps=60, batch_size=8, warmup=5, validate_every=60, learning_rate=5e-3)
    run(folder, tmp_path / "w.npz", config)
    losses = [line["loss"] for line in lines(tmp_path / "w.metrics.jsonl") if line["kind"] == "train"]
    fresh = TrainConfig(steps=1, batch_size=8, validate_every=1, learning_rate=0.0)
    run(folder, tmp_path / "f.npz", fresh)
    first = next(line["loss"] for line in lines(tmp_path / "f.metrics.jsonl") if line["kind"] == "train")
    assert losses[-1] < 0.7 * first


@pytest.mark.parametrize("threads", [2, 3])
def test_the_result_does_not_depend_on_threads(folder, uninterrupted, tmp_path, threads):
    run(folder, tmp_path / "w.npz", n_threads=threads)
    assert (tmp_path / "w.npz").read_bytes() == uninterrupted[1].read_bytes()


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
@pytest.mark.parametrize("cut", [1, 11, 16])
def test_a_resumed_run_ends_byte_for_byte_like_the_uninterrupted_one(
    folder, tmp_path, cut, optimiser, monkeypatch
):
    config = TrainConfig.from_dict({**CONFIG.to_dict(), "optimiser": optimiser, "learning_rate": 1e-3})
    run(folder, tmp_path / "whole.npz", config)
    from lppn_np.train import run as module

    taken = []

    def stop(*arguments):
        if len(taken) == cut:
            raise KeyboardInterrupt
        taken.append(1)
        return original(*arguments)

    original = module.take_step
    monkeypatch.setattr(module, "take_step", stop)
    with pytest.raises(KeyboardInterrupt):
        run(folder, tmp_path / "cut.npz", config)
    monkeypatch.undo()
    run(folder, tmp_path / "cut.npz", config, resume=True)
    assert (tmp_path / "cut.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    validations = [
        [line for line in lines(tmp_path / f"{name}.metrics.jsonl") if line["kind"] == "validation"]
        for name in ("whole", "cut")
    ]
    assert validations[0] == validations[1]


def test_resuming_with_other_settings_is_refused(folder, uninterrupted):
    other = TrainConfig.from_dict({**CONFIG.to_dict(), "learning_rate": 0.5})
    with pytest.raises(lppn_np.InputError, match=r"learning_rate: 0.002, now 0.5"):
        run(folder, uninterrupted[1], other, resume=True)


def test_frozen_tensors_stay(folder, tmp_path):
    start = lppn_np.LPPN(MODEL, seed=4)
    config = TrainConfig(steps=6, batch_size=4, validate_every=6, freeze=("features",))
    end = run(folder, tmp_path / "w.npz", config, start)
    same = {name for name, tensor in end.tensors.items() if np.array_equal(tensor, start.tensors[name])}
    assert {name for name in end.tensors if name.startswith("features")} <= same
    assert "class_head.weight" not in same


def test_a_damaged_record_is_skipped_and_listed(tmp_path):
    write_dataset(tmp_path, damaged=("r0",))
    run(tmp_path, tmp_path / "w.npz")
    skipped = [line for line in lines(tmp_path / "w.metrics.jsonl") if line["kind"] == "skipped"]
    assert {line["record"] for line in skipped} == {"r0"}


def test_nothing_to_train_on_is_an_error_before_anything_is_written(folder, tmp_path):
    only_noise = open_dataset(folder).select(noise=True)
    with pytest.raises(lppn_np.InputError, match="no record with a labelled arrival"):
        train(only_noise, lppn_np.LPPN(MODEL), CONFIG, tmp_path / "w.npz", progress=False)
    assert list(tmp_path.iterdir()) == []


def command(folder, out, *more):
    return [
        *(sys.executable, "-m", "lppn_np", "train", str(folder), "-o", str(out), "--quiet", "--workers", "1"),
        *("--stride", "16", "--features", "2", "--in-samples", "1152", "--steps", "40", "--batch-size", "2"),
        *("--validate-every", "20", "--checkpoint-minutes", "0.0005", *more),
    ]


def test_killed_three_times_and_resumed_the_weights_are_the_same_bytes(folder, tmp_path):
    whole, cut = tmp_path / "whole.npz", tmp_path / "cut.npz"
    subprocess.run(command(folder, whole), check=True, capture_output=True)
    state, resume = Files(cut).state, ()
    rng = np.random.default_rng(5)
    for _ in range(3):
        process = subprocess.Popen(command(folder, cut, *resume), stderr=subprocess.PIPE)
        before = state.stat().st_mtime_ns if state.exists() else 0
        while process.poll() is None and not (state.exists() and state.stat().st_mtime_ns > before):
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        resume = ("--resume",)
    subprocess.run(command(folder, cut, *resume), check=True, capture_output=True)
    assert cut.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_saves_and_exits_130(folder, tmp_path):
    out = tmp_path / "w.npz"
    long = command(folder, out, "--steps", "100000")
    process = subprocess.Popen(long, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not Files(out).state.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert "--resume goes on" in errors
    assert Files(out).state.exists()

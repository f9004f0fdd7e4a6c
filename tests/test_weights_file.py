"""Weights files: saved and loaded bit for bit."""

import json
import os
import zipfile

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.errors import WeightsError

CONFIGS = [
    LPPNConfig(),
    LPPNConfig(stride=128, features=1, in_samples=1024, overlap=0, blinding=0, phase_code=True),
    LPPNConfig(variant="tiny", component_order="ZNE", P_threshold=0.123456789, min_distance=2.5),
    LPPNConfig(variant="medium", sampling_rate=50.0, S_threshold=1.0),
    LPPNConfig(variant="large"),
]
METADATA = {
    "docstring": "für Tests, 試験",
    "source": {"file": "a.wave", "n": [1, 2.5, None]},
    "batches_seen": 7,
}


def assert_equal(a, b):
    assert a.config == b.config
    assert list(a.tensors) == list(b.tensors)
    for name, tensor in a.tensors.items():
        assert tensor.dtype == b.tensors[name].dtype == np.float32
        assert tensor.tobytes() == b.tensors[name].tobytes()
        assert tensor.shape == b.tensors[name].shape


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.variant)
def test_round_trip(config, tmp_path):
    model = LPPN(config, seed=3, metadata=METADATA)
    model.save(tmp_path / "w.npz")
    loaded = LPPN.load(str(tmp_path / "w.npz"))
    assert_equal(loaded, model)
    assert loaded.metadata == METADATA
    assert loaded.weights_docstring == METADATA["docstring"]
    assert [p.name for p in tmp_path.iterdir()] == ["w.npz"]


def test_every_bit_is_kept(tmp_path):
    tensors = LPPN(LPPNConfig(features=1)).tensors
    name = "features.0.expand.weight"
    special = np.array([-0.0, 1e-45, 3.4028235e38, 1 / 3], np.float32)
    tensors[name] = np.resize(special, tensors[name].shape)
    model = LPPN(LPPNConfig(features=1), tensors)
    model.save(tmp_path / "w.npz")
    assert_equal(LPPN.load(tmp_path / "w.npz"), model)


def test_loaded_tensors_are_read_only(tmp_path):
    LPPN(LPPNConfig(features=1)).save(tmp_path / "w.npz")
    for tensor in LPPN.load(tmp_path / "w.npz").tensors.values():
        with pytest.raises(ValueError, match="read-only"):
            tensor[...] = 0


def test_equal_content_gives_equal_bytes(tmp_path):
    config = LPPNConfig(features=2)
    model = LPPN(config, seed=5, metadata=METADATA)
    backwards = dict(reversed(model.tensors.items()))
    model.save(tmp_path / "a.npz")
    LPPN(config, backwards, metadata=METADATA).save(tmp_path / "b.npz")
    LPPN.load(tmp_path / "a.npz").save(tmp_path / "c.npz")
    contents = {p.read_bytes() for p in tmp_path.iterdir()}
    assert len(contents) == 1
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    LPPN(config, seed=6, metadata=METADATA).save(tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() not in contents


def test_numpy_reads_it_without_pickle(tmp_path):
    model = LPPN(LPPNConfig(features=2))
    model.save(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as file:
        meta = json.loads(str(file["meta"]))
        assert set(file.files) == {"meta", *(f"tensor/{name}" for name in model.tensors)}
        np.testing.assert_array_equal(file["tensor/class_head.bias"], model.tensors["class_head.bias"])
    assert meta["format_version"] == 1
    assert meta["config"] == model.config.to_dict()
    assert LPPNConfig.from_dict(meta["config"]) == model.config


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize(
    ("place", "match"),
    [
        ("w.txt", "ends in .npz"),
        ("w", "ends in .npz"),
        ("missing/w.npz", "cannot be written"),
        ("file/w.npz", "cannot be written"),
        ("folder.npz", "cannot be written"),
    ],
)
def test_places_that_cannot_be_written(place, match, tmp_path):
    (tmp_path / "file").write_text("a file is no folder")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(WeightsError, match=match):
        LPPN(LPPNConfig(features=1)).save(tmp_path / place)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder.npz"]


def test_what_was_there_survives_a_failure(tmp_path, monkeypatch):
    path = tmp_path / "w.npz"
    LPPN(LPPNConfig(features=1), seed=1).save(path)
    before = path.read_bytes()

    def fail(handle):
        raise OSError(28, "No space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WeightsError, match="No space left"):
        LPPN(LPPNConfig(features=1), seed=2).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("value", [np.float32(1), {1, 2}, object(), b"bytes"])
def test_metadata_that_are_not_json(value, tmp_path):
    model = LPPN(LPPNConfig(features=1), metadata={"remark": value})
    with pytest.raises(WeightsError, match="metadata cannot be written as JSON"):
        model.save(tmp_path / "w.npz")
    assert list(tmp_path.iterdir()) == []

"""Weights files that are damaged, foreign or hostile: one kind of error, and nothing in them is run."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lppn_np import LPPN, LPPNConfig, weights_file
from lppn_np.errors import WeightsError

MODEL = LPPN(LPPNConfig(stride=16, features=1), seed=4, metadata={"docstring": "small"})
TENSOR = "tensor/features.0.expand.weight.npy"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "w.npz"
    MODEL.save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def members(good):
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    path = tmp_path_factory.mktemp("bad") / "w.npz"

    def write_and_load(data):
        path.write_bytes(data if isinstance(data, bytes) else zipped(data))
        return LPPN.load(path)

    return write_and_load


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def changed_meta(members, **changes):
    """Change entries of the meta, or of the config inside it where they are not entries of the meta."""
    meta = json.loads(str(np.load(io.BytesIO(members["meta.npy"]))))
    for name, value in changes.items():
        (meta if name in meta else meta["config"])[name] = value
    return {**members, "meta.npy": npy(np.array(json.dumps(meta)))}


def same_tensors(model):
    return all(model.tensors[name].tobytes() == tensor.tobytes() for name, tensor in MODEL.tensors.items())


# ---------------------------------------------------------------- damage


def test_truncated(good, load):
    assert same_tensors(load(good))
    for length in (0, 1, len(good) - 1, *np.random.default_rng(0).integers(0, len(good), 30)):
        with pytest.raises(WeightsError):
            load(good[:length])


@given(st.data())
def test_a_flipped_byte_of_the_file(good, load, data):
    # Some bytes of a zip archive mean nothing here, such as its dates.
    place = data.draw(st.integers(0, len(good) - 1))
    damaged = bytearray(good)
    damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        model = load(bytes(damaged))
    except WeightsError:
        return
    assert model.config == MODEL.config
    assert model.metadata == MODEL.metadata
    assert same_tensors(model)


@given(st.data())
def test_a_flipped_byte_under_a_fresh_checksum(members, load, data):
    name = data.draw(st.sampled_from(sorted(members)))
    place = data.draw(st.integers(0, len(members[name]) - 1) | st.integers(0, 127))
    damaged = bytearray(members[name])
    damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        model = load({**members, name: bytes(damaged)})
    except WeightsError:
        return
    assert same_tensors(model)


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_member(members, load, data):
    for name in (TENSOR, "meta.npy"):
        for start in (b"", b"\x93NUMPY\x01\x00"):
            with pytest.raises(WeightsError):
                load({**members, name: start + data})


# ---------------------------------------------------------------- content


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"sha256": "0" * 64}, "do not match their sha256"),
        ({"sha256": None}, "lacks one of"),
        ({"format_version": 2}, "weights format 2; this version of lppn-np reads 1"),
        ({"format_version": "1"}, "lacks one of"),
        ({"config": []}, "lacks one of"),
        ({"metadata": "text"}, "lacks one of"),
        ({"bandwidth": 3}, "unknown configuration keys.*bandwidth"),
        ({"stride": 5}, "stride is 5"),
        ({"stride": {}}, "stride is {}"),
        ({"variant": ["paper"]}, "unknown variant"),
        ({"P_threshold": "a"}, "a number is expected"),
        ({"sampling_rate": 10**400}, "too large"),
        ({"features": 2}, "do not fit the network"),
        ({"features": 10**30}, "do not fit the network"),
        ({"variant": "tiny", "stride": 8, "features": 4}, "do not fit the network"),
    ],
)
def test_meta(changes, match, members, load):
    with pytest.raises(WeightsError, match=match):
        load(changed_meta(members, **changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1" * 5000, "[" * 100_000, '{"format_version": 1}'])
def test_meta_that_are_none(text, members, load):
    with pytest.raises(WeightsError, match="'meta'"):
        load({**members, "meta.npy": npy(np.array(text))})


def replaced(tensors, **changes):
    return {**tensors, **{name.replace("__", "."): value for name, value in changes.items()}}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda t: replaced(t, class_head__bias=np.zeros(4, "f4")),
            r"bias has shape \(4,\), expected \(3,\)",
        ),
        (lambda t: {k: v for k, v in t.items() if k != "class_head.bias"}, "class_head.bias is missing"),
        (lambda t: replaced(t, surplus=np.zeros(3, "f4")), "surplus is not part of this network"),
        (lambda t: replaced(t, class_head__bias=np.array([0, np.nan, 0], "f4")), "holds NaN or infinity"),
        (lambda t: replaced(t, class_head__bias=np.array([0, np.inf, 0], "f4")), "holds NaN or infinity"),
        (lambda t: replaced(t, class_head__bias=np.zeros(3)), "type float64; float32 tensors are expected"),
        (
            lambda t: replaced(t, class_head__bias=np.zeros(3, ">f4")),
            "type >f4; float32 tensors are expected",
        ),
        (lambda t: {}, "is missing"),
    ],
)
def test_tensors_under_a_right_digest(change, match, tmp_path):
    weights_file.write(tmp_path / "w.npz", MODEL.config, change(MODEL.tensors), {})
    with pytest.raises(WeightsError, match=match):
        LPPN.load(tmp_path / "w.npz")


def test_a_missing_meta_and_foreign_files(members, load, tmp_path):
    foreign = io.BytesIO()
    np.savez(foreign, weights=np.zeros(3))
    for data in (foreign.getvalue(), {n: d for n, d in members.items() if n != "meta.npy"}, {}):
        with pytest.raises(WeightsError, match="no member 'meta'; this is not a weights file"):
            load(data)
    for data in (b"", b"text, not a zip archive", npy(np.zeros(3))):
        with pytest.raises(WeightsError, match="not a zip archive"):
            load(data)
    with pytest.raises(WeightsError, match="there is no such file"):
        LPPN.load(tmp_path / "nope.npz")
    with pytest.raises(WeightsError, match="a directory"):
        LPPN.load(tmp_path)
    with pytest.raises(WeightsError, match="'stranger' of type float32"):
        load({**members, "stranger.npy": npy(np.zeros(3, "f4"))})

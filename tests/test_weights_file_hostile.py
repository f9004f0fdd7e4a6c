"""Members of a weights file that were made to do harm."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.errors import WeightsError

TENSOR = "tensor/features.0.expand.weight.npy"


class Trap:
    """Unpickling it leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def load_with(tmp_path):
    """``load_with(name, data)`` loads a weights file in which one member is replaced."""
    path = tmp_path / "w.npz"
    LPPN(LPPNConfig(stride=16, features=1)).save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def load(name, data):
        assert name in members
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in {**members, name: data}.items():
                archive.writestr(member, content)
        return LPPN.load(path)

    return load


def with_header(header, body=b"", version=(1, 0)):
    text = header.encode()
    length = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + length + text + body


def header(descr="'<f4'", shape="(1,)", fortran_order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran_order}, 'shape': {shape}, }}"


@pytest.mark.parametrize("name", [TENSOR, "meta.npy"])
def test_no_pickle_is_opened(name, load_with, tmp_path):
    bait = tmp_path / "ran"
    buffer = io.BytesIO()
    np.save(buffer, np.array([Trap(bait)], dtype=object), allow_pickle=True)
    with pytest.raises(WeightsError, match="holds pickled objects"):
        load_with(name, buffer.getvalue())
    assert not bait.exists()
    np.load(io.BytesIO(buffer.getvalue()), allow_pickle=True)
    assert bait.exists()  # so the trap works


@pytest.mark.parametrize(
    "shape", ["(1000000000000,)", "(1000000, 1000000)", "(2,)", "(-1,)", "()", "(1,) * 9"]
)
def test_more_or_less_than_there_is(shape, load_with):
    text = header(shape=repr((1,) * 9) if "*" in shape else shape)
    with pytest.raises(
        WeightsError, match="declares float32.* but holds 8 bytes" if "()" in shape else "declares"
    ):
        load_with(TENSOR, with_header(text, bytes(8) if shape == "()" else bytes(4)))


@pytest.mark.parametrize("shape", ["(0, 4611686018427387904, 4)", "(True,)", "(1.0,)", "1", "None"])
def test_shapes_that_are_none(shape, load_with):
    with pytest.raises(WeightsError, match=r"features\.0\.expand\.weight"):
        load_with(TENSOR, with_header(header(shape=shape), b"" if "0, " in shape else bytes(4)))


@pytest.mark.parametrize(
    "descr",
    [
        "('<f4', (2,))",
        "[('a', '<f4')]",
        "[('a', '<f4'), ('a', '<f4')]",
        "'f4,('",
        "'|V0'",
        "'<U0'",
        "'|O'",
        "[('a', '|O')]",
        "'M8[99999999999s]'",
        "None",
        "'nonsense'",
        "[[]]",
    ],
)
def test_types_that_are_no_tensor(descr, load_with):
    for body in (b"", bytes(4), bytes(8)):
        with pytest.raises(WeightsError, match=r"features\.0\.expand\.weight"):
            load_with(TENSOR, with_header(header(descr), body))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{'descr': (",
        "(" * 4000 + ")" * 4000,
        "-" * 9000 + "1",
        "[" * 5000,
        "__import__('os').abort()",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1L,), }",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': 2, 'shape': (1,), }",
        "  {\n 'a':\n\t1\n  b}",
        " " * 20_000,
    ],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_headers_that_are_none(text, version, load_with):
    with pytest.raises(WeightsError, match="is not a NumPy array"):
        load_with(TENSOR, with_header(text, bytes(4), version))


@pytest.mark.parametrize("version", [(0, 0), (3, 0), (255, 255)])
def test_other_versions_of_npy(version, load_with):
    with pytest.raises(WeightsError, match="is not a NumPy array"):
        load_with(TENSOR, with_header(header(), bytes(4), version))


def test_fortran_order_is_understood(load_with):
    model = LPPN(LPPNConfig(stride=16, features=1))
    tensor = model.tensors["features.0.expand.weight"]
    buffer = io.BytesIO()
    np.save(buffer, np.asfortranarray(tensor))
    assert b"'fortran_order': True" in buffer.getvalue()
    loaded = load_with(TENSOR, buffer.getvalue()).tensors["features.0.expand.weight"]
    np.testing.assert_array_equal(loaded, tensor)

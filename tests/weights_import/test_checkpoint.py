"""Checkpoints by hand: every dtype, layout and wrapping, and what damage does to them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.errors import CheckpointError
from lppn_np.weights_import.checkpoint import read_checkpoint


def assert_same(got, expected):
    assert list(got) == list(expected)
    for name, array in expected.items():
        assert got[name].dtype == array.dtype
        assert got[name].shape == array.shape
        np.testing.assert_array_equal(got[name], array, strict=True)
        assert got[name].flags.c_contiguous
        assert got[name].flags.writeable
        assert got[name].base is None


def test_state_dict(asm, write, small_arrays):
    checkpoint = read_checkpoint(str(write(asm.checkpoint(small_arrays))))
    assert checkpoint.kind == "state_dict"
    assert_same(checkpoint.tensors, small_arrays)
    with pytest.raises(dataclasses.FrozenInstanceError):
        checkpoint.kind = "torchscript"


def test_integers_are_int64(asm, write):
    data = asm.checkpoint({"a": np.array([-1, 2**31 - 1], np.int32), "b": np.array([2**62])})
    expected = {"a": np.array([-1, 2**31 - 1], np.int64), "b": np.array([2**62])}
    assert_same(read_checkpoint(write(data)).tensors, expected)


def test_bfloat16_is_widened(asm, write):
    tensor = asm.tensor(asm.storage("BFloat16Storage", size=4), shape=(2, 2), strides=(1, 2))
    data = asm.archive(
        asm.pickle(asm.dict(a=tensor)), {"0": np.array([0x3F80, 0xC000, 0x0001, 0x7F7F], "<u2").tobytes()}
    )
    expected = np.array([[1, 2.0**-133], [-2, 3.3895313892515355e38]], np.float32)
    assert_same(read_checkpoint(write(data)).tensors, {"a": expected})


def test_views_of_one_storage(asm, write):
    numbers = np.arange(12, dtype=np.float32)
    storage = asm.storage(size=12)
    layouts = {
        "transposed": (0, (4, 3), (1, 4)),
        "every_other": (1, (5,), (2,)),
        "expanded": (3, (2, 3), (0, 0)),
        "odd_stride_of_one": (4, (2, 1), (3, 10**12)),
        "scalar": (11, (), ()),
        "empty": (12, (0, 3), (3, 1)),
    }
    tensors = {name: asm.tensor(storage, *layout) for name, layout in layouts.items()}
    data = asm.archive(asm.pickle(asm.ordered_dict(tensors)), {"0": numbers.tobytes()})
    expected = {
        "transposed": numbers.reshape(3, 4).T,
        "every_other": numbers[1:10:2],
        "expanded": np.full((2, 3), 3, np.float32),
        "odd_stride_of_one": numbers[4:8:3].reshape(2, 1),
        "scalar": numbers[11],
        "empty": np.zeros((0, 3), np.float32),
    }
    assert_same(read_checkpoint(write(data)).tensors, expected)


@pytest.mark.parametrize("order", ["little", "big"])
def test_byte_order(asm, write, small_arrays, order):
    tensors, _ = asm.arrays(small_arrays)
    code = {"little": "<", "big": ">"}[order]
    members = {
        str(key): array.astype(array.dtype.newbyteorder(code)).tobytes()
        for key, array in enumerate(small_arrays.values())
    }
    tensors["bf"] = asm.tensor(asm.storage("BFloat16Storage", "bf", 1), shape=(1,))
    members["bf"] = np.array([0x3F80], code + "u2").tobytes()
    data = asm.archive(asm.pickle(asm.ordered_dict(tensors)), members, byteorder=order.encode())
    expected = {**small_arrays, "bf": np.ones(1, np.float32)}
    assert_same(read_checkpoint(write(data)).tensors, expected)


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_wrapped_state_dict(asm, write, small_arrays, key):
    tensors, members = asm.arrays(small_arrays)
    optimizer = b"}" + asm.number(0) + asm.dict(step=asm.tensor()) + b"s"
    entries = {"epoch": asm.number(3), key: asm.ordered_dict(tensors), "optimizer": asm.dict(state=optimizer)}
    data = asm.archive(asm.pickle(asm.dict(**entries)), members)
    assert_same(read_checkpoint(write(data)).tensors, small_arrays)


def test_prefix_of_data_parallel(asm, write, small_arrays):
    prefixed = {f"module.{name}": array for name, array in small_arrays.items()}
    assert_same(read_checkpoint(write(asm.checkpoint(prefixed))).tensors, small_arrays)
    # Only where all names have it: a module may be called "module".
    mixed = {**prefixed, "other": small_arrays["layers.0.weight"]}
    assert_same(read_checkpoint(write(asm.checkpoint(mixed))).tensors, mixed)


def test_torchscript(asm, write, small_arrays):
    tensors, members = asm.arrays(small_arrays)
    weight, bias, mean, count = tensors.values()
    norm = asm.record("BatchNorm", running_mean=mean, num_batches_tracked=count, eps=b"G" + bytes(8))
    conv = asm.record("Conv", padding=asm.tuple(asm.number(1)), weight=weight, bias=bias)
    layers = asm.record("Sequential", **{"0": conv, "1": norm, "training": asm.FALSE})
    module = asm.record("Picker", layers=layers, names=asm.list(asm.text("P")), again=asm.NONE)
    checkpoint = read_checkpoint(write(asm.script(module, members)))
    assert checkpoint.kind == "torchscript"
    assert_same(checkpoint.tensors, small_arrays)


def test_torchscript_module_used_twice(asm, write):
    conv = asm.record("Conv", weight=asm.tensor()) + b"q\x05"
    module = asm.record("M", a=conv, b=b"h\x05", weight=asm.tensor())
    checkpoint = read_checkpoint(write(asm.script(module, {"0": bytes(16)})))
    assert list(checkpoint.tensors) == ["weight", "a.weight", "b.weight"]


def test_unused_numbers_need_not_be_finite(asm, write):
    data = asm.archive(
        asm.pickle(asm.dict(a=asm.tensor(shape=(3,)))), {"0": np.float32([1, 2, 3, np.nan]).tobytes()}
    )
    assert_same(read_checkpoint(write(data)).tensors, {"a": np.array([1, 2, 3], np.float32)})


def test_truncated_anywhere(asm, refused, write, small_arrays):
    data = asm.checkpoint(small_arrays)
    for length in range(len(data)):
        refused(write(data[:length]), "checkpoint.pt: ")


def read_or_refuse(path):
    """A damaged checkpoint is refused, or what is read is a set of arrays; no other exception."""
    try:
        tensors = read_checkpoint(path).tensors
    except CheckpointError as error:
        assert str(path) in str(error)
        return
    assert tensors
    assert all(np.isfinite(array).all() for array in tensors.values())


@given(edits=st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 255)), min_size=1, max_size=3))
def test_wrong_bytes_in_the_file(asm, small_arrays, tmp_path_factory, edits):
    data = bytearray(asm.checkpoint(small_arrays))
    for position, value in edits:
        data[position % len(data)] ^= value
    path = tmp_path_factory.getbasetemp() / "flipped.pt"
    path.write_bytes(data)
    read_or_refuse(path)


@given(edits=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=3))
@pytest.mark.parametrize("torchscript", [False, True])
def test_wrong_bytes_in_the_pickle(asm, small_arrays, tmp_path_factory, torchscript, edits):
    # Zipped after the damage, so that no checksum stands in the way.
    tensors, members = asm.arrays(small_arrays)
    module = asm.record("M", **{name.replace(".", "_"): tensor for name, tensor in tensors.items()})
    data = bytearray(asm.pickle(module if torchscript else asm.ordered_dict(tensors)))
    for position, value in edits:
        data[position % len(data)] = value
    path = tmp_path_factory.getbasetemp() / "flipped.pt"
    constants = {"constants_pkl": b"\x80\x02)."} if torchscript else {}
    path.write_bytes(asm.archive(bytes(data), members, **constants))
    read_or_refuse(path)

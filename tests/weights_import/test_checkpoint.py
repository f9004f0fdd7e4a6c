"""Checkpoints by hand: every dtype, layout and wrapping, and files that are something else."""

import dataclasses
import io
import pickle
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.errors import CheckpointError
from lppn_np.weights_import import storages
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


def refused(path, text):
    with pytest.raises(CheckpointError, match=text) as caught:
        read_checkpoint(path)
    assert str(path) in str(caught.value)


# --- what it reads ------------------------------------------------------------------------------------


def test_state_dict(asm, write, small_arrays):
    checkpoint = read_checkpoint(str(write(asm.checkpoint(small_arrays))))
    assert checkpoint.kind == "state_dict"
    assert_same(checkpoint.tensors, small_arrays)
    with pytest.raises(dataclasses.FrozenInstanceError):
        checkpoint.kind = "torchscript"


def test_nothing_is_imported_or_run(asm, write, small_arrays, tmp_path):
    good = write(asm.checkpoint(small_arrays), "good.pt")
    read_checkpoint(good)  # zipfile imports a codec the first time
    before = set(sys.modules)
    command = asm.call("os", "system", asm.text(f"touch {tmp_path / 'was_run'}"))
    tensors, members = asm.arrays(small_arrays)
    state = asm.ordered_dict({**tensors, "head": command})
    refused(write(asm.archive(asm.pickle(state), members)), "asks for 'os.system'")
    refused(write(asm.archive(asm.pickle(asm.call("this", "s")), members)), "asks for 'this.s'")
    read_checkpoint(good)
    assert set(sys.modules) == before
    assert not (tmp_path / "was_run").exists()


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


def script(asm, module, members, root="lppnm"):
    return asm.archive(asm.pickle(module), members, root, constants_pkl=asm.pickle(asm.EMPTY_TUPLE))


def test_torchscript(asm, write, small_arrays):
    tensors, members = asm.arrays(small_arrays)
    weight, bias, mean, count = tensors.values()
    norm = asm.record("BatchNorm", running_mean=mean, num_batches_tracked=count, eps=b"G" + bytes(8))
    conv = asm.record("Conv", padding=asm.tuple(asm.number(1)), weight=weight, bias=bias)
    layers = asm.record("Sequential", **{"0": conv, "1": norm, "training": asm.FALSE})
    module = asm.record("Picker", layers=layers, names=asm.list(asm.text("P")), again=asm.NONE)
    checkpoint = read_checkpoint(write(script(asm, module, members)))
    assert checkpoint.kind == "torchscript"
    assert_same(checkpoint.tensors, small_arrays)


def test_torchscript_module_used_twice(asm, write):
    conv = asm.record("Conv", weight=asm.tensor()) + b"q\x05"
    module = asm.record("M", a=conv, b=b"h\x05", weight=asm.tensor())
    checkpoint = read_checkpoint(write(script(asm, module, {"0": bytes(16)})))
    assert list(checkpoint.tensors) == ["weight", "a.weight", "b.weight"]


# --- what it refuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numbers_that_are_not_finite(asm, write, value, dtype):
    array = np.array([1, value], dtype)
    refused(
        write(asm.checkpoint({"good": np.ones(2), "head.bias": array})),
        "'head.bias' holds values that are not",
    )


def test_unused_numbers_need_not_be_finite(asm, write):
    data = asm.archive(
        asm.pickle(asm.dict(a=asm.tensor(shape=(3,)))), {"0": np.float32([1, 2, 3, np.nan]).tobytes()}
    )
    assert_same(read_checkpoint(write(data)).tensors, {"a": np.array([1, 2, 3], np.float32)})


def test_storages_that_do_not_fit(asm, write):
    pickled = asm.pickle(asm.dict(a=asm.tensor()))
    for size in (0, 12, 15, 17, 32):
        text = f"storage '0' of tensor 'a' has {size} bytes; expected 4 numbers of 4 bytes"
        refused(write(asm.archive(pickled, {"0": bytes(size)})), text)
    refused(write(asm.archive(pickled)), "no member 'archive/data/0'")
    refused(write(asm.archive(pickled, {"1": bytes(16)})), "no member 'archive/data/0'")
    refused(write(asm.archive(pickled, {"0": bytes(16)}, byteorder=b"middle")), "expected little or big")
    both = asm.pickle(asm.dict(a=asm.tensor(), b=asm.tensor(asm.storage("DoubleStorage"))))
    refused(write(asm.archive(both, {"0": bytes(16)})), "of tensor 'b' has 16 bytes; .* of 8 bytes")


def test_much_from_little(asm, write, monkeypatch):
    # Sixteen bytes, laid out over and over; refused before the memory is taken.
    tensor = asm.tensor(asm.storage("DoubleStorage", size=2), shape=(2**28,), strides=(0,))
    path = write(asm.archive(asm.pickle(asm.dict(a=tensor)), {"0": bytes(16)}))
    refused(path, "with tensor 'a', the tensors have more than 1,073,741,824 bytes")
    monkeypatch.setattr(storages, "MAX_TOTAL_BYTES", 32)
    data = asm.dict(a=asm.tensor(), b=asm.tensor(), c=asm.tensor())
    refused(write(asm.archive(asm.pickle(data), {"0": bytes(16)})), "with tensor 'c', .* more than 32 bytes")


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda a: a.NONE, "the checkpoint holds None; expected a state dict"),
        (lambda a: a.tensor(), "the checkpoint holds a tensor"),
        (lambda a: a.list(a.tensor()), "the checkpoint holds a value of type list"),
        (lambda a: a.EMPTY_DICT, "holds no tensors"),
        (lambda a: a.dict(model=a.EMPTY_DICT, x=a.tensor()), "holds no tensors"),
        (
            lambda a: a.dict(a=a.tensor(), epoch=a.number(3)),
            "'epoch' in the checkpoint is a value of type int",
        ),
        (lambda a: a.dict(weights=a.dict(a=a.tensor())), "'weights' in the checkpoint is a dictionary"),
        (lambda a: a.dict(model=a.dict(b=a.dict(a=a.tensor()))), "'b' in the checkpoint is a dictionary"),
        (lambda a: b"}" + a.number(1) + a.tensor() + b"s", "'1' in the checkpoint is a tensor"),
        (lambda a: b"}q\x00" + a.text("model") + b"h\x00s", "'model' in the checkpoint is a dictionary"),
        (lambda a: a.call("__main__", "Model"), "asks for '__main__.Model'.*torch.save.model.state_dict"),
        (lambda a: a.name("os", "system"), "asks for 'os.system'.*neither imported nor run"),
        (lambda a: a.record("M", weight=a.tensor()), "asks for '__torch__.M'"),
    ],
)
def test_no_state_dict(asm, write, build, text):
    refused(write(asm.archive(asm.pickle(build(asm)), {"0": bytes(16)})), f"archive/data.pkl: .*{text}")


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda a: a.dict(a=a.tensor()), "the TorchScript archive holds a dictionary; expected a module"),
        (lambda a: a.record("M", x=a.NONE), "holds no tensors"),
        (
            lambda a: a.record("M", **{"a.b": a.tensor(), "a": a.record("N", b=a.tensor())}),
            "two tensors are called 'a.b'",
        ),
        (lambda a: a.record("M", **{"x" * 501: a.tensor()}), "no text of at most 500"),
        (lambda a: a.name("__torch__", "M") + b")\x81}" + a.number(1) + a.tensor() + b"sb", "no text"),
        (lambda a: a.name("__torch__", "M") + b")\x81q\x00}" + a.text("a") + b"h\x00sb", "more than 64 deep"),
    ],
)
def test_no_module(asm, write, build, text):
    refused(write(script(asm, build(asm), {"0": bytes(16)})), text)


def test_modules_that_multiply(asm, write):
    # Each record holds the next one twice: 2**40 names.
    module = asm.record("M", weight=asm.tensor())
    for level in range(40):
        slot = bytes([level + 10])
        module = asm.record("M", a=module + b"q" + slot, b=b"h" + slot)
    refused(write(script(asm, module, {"0": bytes(16)})), "more than 1,000,000 fields")


def test_archives_of_another_kind(asm, write, small_arrays):
    good = asm.archive(asm.pickle(asm.dict(a=asm.tensor())), {"0": bytes(16)})
    buffer = io.BytesIO(good)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("second/data.pkl", b"")
    refused(write(buffer.getvalue()), "2 folders with a data.pkl")
    buffer = io.BytesIO()
    np.savez(buffer, **small_arrays)
    refused(write(buffer.getvalue()), "a NumPy .npz archive.*LPPN.load")
    for names, text in [([], "it holds nothing"), (["a/b/data.pkl", "x"], "it holds 'a/b/data.pkl', 'x'")]:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(name, b"")
        refused(write(buffer.getvalue()), text)


LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "the file is empty"),
        (LEGACY, "before 1.6.*torch.save"),
        (pickle.dumps(0x1950A86A20F9469CFC6C, 4), "before 1.6.*torch.save"),
        (b"sys_info".ljust(257, b"\0") + b"ustar\x0000", "a tar archive.*torch.save"),
        (pickle.dumps({"a": 1}, 2), "a bare Python pickle"),
        (pickle.dumps({"a": 1}, 5), "a bare Python pickle"),
        (pickle.dumps({"a": 1}, 0), "a bare Python pickle of protocol 0"),
        (b"\x89HDF\r\n\x1a\n" + bytes(500), "an HDF5 file"),
        ((60).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[1]', "a safetensors file"),
        (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:", "an ONNX model"),
        (b"\x93NUMPY\x01\x00", "a NumPy .npy array"),
        (b"\x1f\x8b\x08\x00", "a compressed file"),
        (b"<!DOCTYPE html><html><title>404", "a web page.*failed download"),
        ("\n <html>größer".encode(), "a web page.*failed download"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer"),
        (b"404: Not Found", "a text file.*failed download"),
        (("é" * 300).encode()[:511], "a text file.*failed download"),
        (bytes(600), "expected a zip archive as torch.save"),
        (b"PK\x03\x04" + bytes(100), "not a zip archive, or a damaged one"),
    ],
)
def test_files_of_another_kind(write, data, text):
    refused(write(data), text)


def test_no_file(tmp_path):
    refused(tmp_path / "missing.pt", "no such file")
    refused(tmp_path, "a directory")


# --- damage -------------------------------------------------------------------------------------------


def test_truncated_anywhere(asm, write, small_arrays):
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

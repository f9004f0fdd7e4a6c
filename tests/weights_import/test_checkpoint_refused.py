"""Files that are no checkpoint, or not one of plain weights: each is refused with its own message."""

import io
import pickle
import sys
import zipfile

import numpy as np
import pytest

from lppn_np.weights_import import storages
from lppn_np.weights_import.checkpoint import read_checkpoint


def test_nothing_is_imported_or_run(asm, refused, write, small_arrays, tmp_path):
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


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numbers_that_are_not_finite(asm, refused, write, value, dtype):
    array = np.array([1, value], dtype)
    refused(
        write(asm.checkpoint({"good": np.ones(2), "head.bias": array})),
        "'head.bias' holds values that are not",
    )


def test_storages_that_do_not_fit(asm, refused, write):
    pickled = asm.pickle(asm.dict(a=asm.tensor()))
    for size in (0, 12, 15, 17, 32):
        text = f"storage '0' of tensor 'a' has {size} bytes; expected 4 numbers of 4 bytes"
        refused(write(asm.archive(pickled, {"0": bytes(size)})), text)
    refused(write(asm.archive(pickled)), "no member 'archive/data/0'")
    refused(write(asm.archive(pickled, {"1": bytes(16)})), "no member 'archive/data/0'")
    refused(write(asm.archive(pickled, {"0": bytes(16)}, byteorder=b"middle")), "expected little or big")
    both = asm.pickle(asm.dict(a=asm.tensor(), b=asm.tensor(asm.storage("DoubleStorage"))))
    refused(write(asm.archive(both, {"0": bytes(16)})), "of tensor 'b' has 16 bytes; .* of 8 bytes")


def test_much_from_little(asm, refused, write, monkeypatch):
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
def test_no_state_dict(asm, refused, write, build, text):
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
def test_no_module(asm, refused, write, build, text):
    refused(write(asm.script(build(asm), {"0": bytes(16)})), text)


def test_modules_that_multiply(asm, refused, write):
    # Each record holds the next one twice: 2**40 names.
    module = asm.record("M", weight=asm.tensor())
    for level in range(40):
        slot = bytes([level + 10])
        module = asm.record("M", a=module + b"q" + slot, b=b"h" + slot)
    refused(write(asm.script(module, {"0": bytes(16)})), "more than 1,000,000 fields")


def test_archives_of_another_kind(asm, refused, write, small_arrays):
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
def test_files_of_another_kind(refused, write, data, text):
    refused(write(data), text)


def test_no_file(refused, tmp_path):
    refused(tmp_path / "missing.pt", "no such file")
    refused(tmp_path, "a directory")

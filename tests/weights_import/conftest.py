"""Checkpoints by hand: pickle opcodes and zip archives, well-formed or not, without PyTorch."""

import io
import struct
import zipfile

import numpy as np
import pytest

from lppn_np.errors import CheckpointError
from lppn_np.weights_import.checkpoint import read_checkpoint

STORAGES = {
    "float16": "HalfStorage",
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "int32": "IntStorage",
    "int64": "LongStorage",
}


class Assembler:
    """Each method returns the opcodes that leave one value on the stack of the unpickler."""

    NONE, TRUE, FALSE, EMPTY_TUPLE, EMPTY_DICT = b"N", b"\x88", b"\x89", b")", b"}"

    @staticmethod
    def pickle(*parts):
        return b"\x80\x02" + b"".join(parts) + b"."

    @staticmethod
    def text(value):
        data = value.encode()
        return b"X" + struct.pack("<I", len(data)) + data

    @staticmethod
    def number(value):
        data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(data)]) + data

    @staticmethod
    def name(module, attribute):
        return f"c{module}\n{attribute}\n".encode()

    @staticmethod
    def tuple(*items):
        return b"(" + b"".join(items) + b"t"

    @staticmethod
    def list(*items):
        return b"](" + b"".join(items) + b"e"

    @staticmethod
    def dict(**items):
        return b"}(" + b"".join(Assembler.text(key) + value for key, value in items.items()) + b"u"

    @staticmethod
    def ordered_dict(items):
        entries = b"".join(Assembler.text(key) + value for key, value in items.items())
        return Assembler.call("collections", "OrderedDict") + b"(" + entries + b"u"

    @staticmethod
    def call(module, attribute, *arguments):
        return Assembler.name(module, attribute) + Assembler.tuple(*arguments) + b"R"

    @staticmethod
    def record(class_name, **fields):
        """Make an object of the TorchScript class ``__torch__.<class_name>``."""
        return Assembler.name("__torch__", class_name) + b")\x81" + Assembler.dict(**fields) + b"b"

    @staticmethod
    def storage(kind="FloatStorage", key="0", size=4):
        kind = Assembler.name("torch", kind)
        parts = (Assembler.text("storage"), kind, Assembler.text(key), Assembler.text("cpu"))
        return Assembler.tuple(*parts, Assembler.number(size)) + b"Q"

    @staticmethod
    def tensor(storage=None, offset=0, shape=(4,), strides=(1,)):
        sizes = (Assembler.tuple(*map(Assembler.number, values)) for values in (shape, strides))
        parts = (storage or Assembler.storage(), Assembler.number(offset), *sizes, Assembler.FALSE)
        return Assembler.call("torch._utils", "_rebuild_tensor_v2", *parts, Assembler.ordered_dict({}))

    @staticmethod
    def archive(pickle, storages=None, root="archive", **members):
        """Zip a pickle and its storages as torch.save does."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(f"{root}/data.pkl", pickle)
            for key, data in (storages or {}).items():
                archive.writestr(f"{root}/data/{key}", data)
            for name, data in members.items():
                archive.writestr(f"{root}/{name.replace('_pkl', '.pkl')}", data)
        return buffer.getvalue()

    @staticmethod
    def script(module, storages):
        """Make a TorchScript archive: one with constants."""
        return Assembler.archive(Assembler.pickle(module), storages, "lppnm", constants_pkl=b"\x80\x02).")

    @staticmethod
    def arrays(arrays):
        """Return the tensors and the storages of arrays, for an archive."""
        tensors, storages = {}, {}
        for key, (name, array) in enumerate(arrays.items()):
            storage = Assembler.storage(STORAGES[array.dtype.name], str(key), array.size)
            strides = [stride // array.itemsize for stride in array.strides]
            tensors[name] = Assembler.tensor(storage, 0, array.shape, strides)
            storages[str(key)] = array.tobytes()
        return tensors, storages

    @staticmethod
    def checkpoint(arrays):
        """Make a checkpoint file that holds a state dict of contiguous arrays."""
        tensors, storages = Assembler.arrays(arrays)
        return Assembler.archive(Assembler.pickle(Assembler.ordered_dict(tensors)), storages)


@pytest.fixture(scope="session")
def asm():
    return Assembler


@pytest.fixture(scope="session")
def small_arrays():
    rng = np.random.default_rng(5)
    return {
        "layers.0.weight": rng.normal(size=(4, 3, 1)).astype(np.float32),
        "layers.0.bias": rng.normal(size=4),
        "layers.1.running_mean": rng.normal(size=2).astype(np.float16),
        "layers.1.num_batches_tracked": np.array(7),
    }


@pytest.fixture
def refused():
    """``refused(path, text)`` reads a file and expects an error that names it and says ``text``."""

    def check(path, text):
        with pytest.raises(CheckpointError, match=text) as caught:
            read_checkpoint(path)
        assert str(path) in str(caught.value)

    return check


@pytest.fixture
def write(tmp_path):
    """``write(data)`` is the path of a file that holds ``data``."""

    def write_file(data, name="checkpoint.pt"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write_file

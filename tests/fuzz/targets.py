"""What is fuzzed: a reader, good inputs to start from, and the only errors that bad ones may end in."""

import contextlib
import functools
import io
import json
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import lppn_np
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import attempt_text
from lppn_np.archive.shard import Shard
from lppn_np.errors import LPPNError
from lppn_np.npz_file import read_npz, write_npz
from lppn_np.streaming.miniseed_pipe import packets
from lppn_np.weights_import.checkpoint import read_checkpoint
from lppn_np.weights_import.unpickle import unpickle


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    run : callable
        Takes bytes; must return or raise an LPPNError.
    seeds : callable
        Good inputs.
    """

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]


def _with_file(suffix, read):
    def run(data):
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            file.write(data)
            file.flush()
            return read(Path(file.name))

    return run


def weights():
    """A small weights file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.npz"
        lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=1), metadata={"docstring": "seed"}).save(path)
        return [path.read_bytes()]


def state_dict():
    """A pickle of one tensor, by hand: PyTorch's own opcodes."""
    text = lambda s: b"X" + struct.pack("<I", len(s)) + s.encode()  # noqa: E731
    number = lambda n: b"K" + bytes([n])  # noqa: E731
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + number(6) + b"tQ"
    sizes = b"(" + number(2) + number(3) + b"t" + b"(" + number(3) + number(1) + b"t"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + sizes + b"\x89"
    tensor += b"ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02ccollections\nOrderedDict\n)R" + text("weight") + tensor + b"s."


def checkpoint():
    """A checkpoint of one tensor."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/data.pkl", state_dict())
        archive.writestr("a/data/0", struct.pack("<6f", *range(6)))
        archive.writestr("a/version", "3\n")
    return [buffer.getvalue()]


def miniseed():
    """Two records of 128 bytes, little and big end first, by hand: 32-bit integers, blockette 1000."""
    records = []
    for order, number in (("<", b"000001"), (">", b"000002")):
        head = number + b"D " + b"AAAAA00HHZXX"
        head += struct.pack(order + "HHBBBxH", 2020, 3, 1, 2, 3, 0)
        head += struct.pack(order + "HhhBBBBiHH", 16, 100, 1, 0, 0, 0, 1, 0, 64, 48)
        head += struct.pack(order + "HHBBBx", 1000, 0, 3, order == ">", 7)
        records.append(head.ljust(64, b"\0") + struct.pack(order + "16i", *range(16)))
    return records


def _miniseed(data):
    """The pipe: in gulps, what cannot be decoded reported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for stream in packets(io.BytesIO(data), lambda text: None):
            assert all(trace.stats.npts for trace in stream)


@functools.cache
def _network():
    return lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=1))


@functools.cache
def _states():
    """Arrays and numbers of streams before their first window and after it."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.npz"
        for n_samples in (5, 3100):
            picker = lppn_np.StreamingPicker(_network(), engine="numpy", overlap=0, blinding=0)
            picker.feed(np.random.default_rng(0).normal(size=(3, n_samples)).astype(np.float32), 12.5)
            picker.save(path)
            found.append(read_npz(path, "a state", LPPNError))
    return found


def state():
    """The numbers of a stream's state. Damaged files end at the checksums of the zip, long before these."""
    return [json.dumps(numbers).encode() for _, numbers in _states()]


def _state(data):
    """A file with those numbers and good arrays: what comes back either goes on or refuses to."""
    try:
        numbers = json.loads(data)
    except (ValueError, RecursionError):
        return
    for arrays, _ in _states():
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(LPPNError):
            path = Path(folder) / "s.npz"
            write_npz(path, arrays, numbers, LPPNError)
            picker = lppn_np.StreamingPicker.restore(path, _network())
            picker.feed(np.zeros((3, 10), np.float32))
            picker.close()


def shard():
    """A message to a worker."""
    job = {"source": "/nowhere", "output": "/nowhere", "model": "default", "weights_sha256": "0"}
    job |= {"config_sha256": "0", "P_threshold": 0.3, "S_threshold": 0.3, "overlap": 1024, "blinding": 256}
    job |= {"min_distance": 1.0}
    file = {"path": "a/b", "component": "Z", "day": "2020-01-03", "state": {"size": 1, "modified": "1"}}
    values = {"job": job, "instrument": ["XX", "AAA", "", "HH"], "first": "2020-01-01"}
    text = json.dumps(values | {"days": ["2020-01-03"], "inputs": [file]})
    Shard.from_json(text)
    return [text.encode()]


def _command(data):
    """The command line: arguments are what is between null characters."""
    from lppn_np.cli import build_parser

    arguments = data.decode("utf-8", "replace").split("\0")
    silence = io.StringIO()
    try:
        with contextlib.redirect_stderr(silence), contextlib.redirect_stdout(silence):
            build_parser().parse_args(arguments)
    except SystemExit as end:
        if end.code not in (0, 2):
            raise AssertionError(f"exit {end.code} for {arguments}") from end


def _pattern(data):
    layout = Layout(data.decode("utf-8", "replace"))
    path = "2020/XX/AAA/HHZ.D/XX.AAA..HHZ.D.2020.003"
    for level in range(min(layout.depth, 6)):
        layout.fields("/".join(path.split("/")[: level + 1]), level)


TARGETS = {
    "weights": Target(_with_file(".npz", lppn_np.LPPN.load), weights),
    "npz": Target(_with_file(".npz", lambda path: read_npz(path, "a file", LPPNError)), weights),
    "checkpoint": Target(_with_file(".wave", read_checkpoint), checkpoint),
    "pickle": Target(unpickle, lambda: [state_dict()]),
    "miniseed": Target(_miniseed, miniseed),
    "state": Target(_state, state),
    "shard": Target(lambda data: attempt_text(data.decode("utf-8", "replace")), shard),
    "pattern": Target(_pattern, lambda: [b"{network}.{station}.{location}.{channel}.{year}.{jday}*"]),
    "command": Target(
        _command,
        lambda: [
            b"archive\0--sds\0a\0-o\0b\0--workers\0002\0--start\0002020-01-01\0--plan",
            b"pick\0a.mseed\0--threshold\0000.3\0-o\0p.csv",
            b"import\0a.wave\0--stride\00016\0-o\0w.npz",
            b"stream\0--seedlink\0localhost:18000\0--streams\0CI_CLC:HH?\0--state\0s.npz\0--fetch",
            b"summary\0--stride\0008\0--features\0004",
            b"evaluate\0data\0--split\0test\0--json\0r.json",
        ],
    ),
}


def check(target, data):
    """Run a target; only the package's own errors may come out of it."""
    with contextlib.suppress(LPPNError):
        target.run(data)

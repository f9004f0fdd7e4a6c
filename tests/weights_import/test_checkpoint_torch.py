"""The same tensors as PyTorch reads, from the published files and from files written here."""

import io
import random
import warnings
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

from lppn_np.errors import CheckpointError  # noqa: E402
from lppn_np.weights_import.checkpoint import read_checkpoint  # noqa: E402

PAPER = [f"{stride}-{features}.wave" for stride in (8, 16, 32, 64) for features in (4, 8, 16)]


def assert_same(path, kind, expected):
    checkpoint = read_checkpoint(path)
    assert checkpoint.kind == kind
    assert list(checkpoint.tensors) == list(expected)
    for name, tensor in expected.items():
        np.testing.assert_array_equal(checkpoint.tensors[name], tensor.detach().numpy(), strict=True)


def saved(path, value, **options):
    torch.save(value, path, **options)
    return path


def script_state(path):
    with warnings.catch_warnings():
        # Newer PyTorch wants torch.export instead, but files of torch.jit.save are what is out there.
        warnings.filterwarnings("ignore", message="`torch.jit", category=DeprecationWarning)
        return torch.jit.load(path, map_location="cpu").state_dict()


def network():
    return torch.nn.Sequential(torch.nn.Conv1d(3, 4, 5), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))


@pytest.mark.parametrize(
    "parts", [("paper", name) for name in PAPER] + [("successors", f"china.lppn{s}.pt") for s in "tml"]
)
def test_published_state_dicts(shared_data, parts):
    path = shared_data("checkpoints", *parts)
    assert_same(path, "state_dict", torch.load(path, map_location="cpu", weights_only=True))


def test_published_torchscript(shared_data):
    path = shared_data("checkpoints", "successors", "lppnm.jit")
    assert_same(path, "torchscript", script_state(path))


@pytest.mark.parametrize("parts", [("paper", "16-8.wave"), ("successors", "lppnm.jit")])
def test_truncated_published_files(shared_data, tmp_path, parts):
    data = shared_data("checkpoints", *parts).read_bytes()
    rng = random.Random(20220210)
    path = tmp_path / "truncated"
    for length in [*range(1025), *(rng.randrange(1025, len(data)) for _ in range(50))]:
        path.write_bytes(data[:length])
        with pytest.raises(CheckpointError, match="truncated: "):
            read_checkpoint(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_state_dict(tmp_path, protocol):
    state = network().state_dict()
    state["transposed"] = torch.arange(6.0).reshape(2, 3).t()
    state["slice"] = torch.arange(100)[10:30:3]
    state["scalar"] = torch.tensor(2.5, dtype=torch.float64)
    state["empty"] = torch.zeros(0, 3)
    state["expanded"] = torch.ones(1, 3).expand(4, 3)
    assert_same(saved(tmp_path / "a.pt", state, pickle_protocol=protocol), "state_dict", state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.bfloat16])
def test_dtypes(tmp_path, dtype):
    state = network().to(dtype).state_dict()
    path = saved(tmp_path / "a.pt", state)
    widened = {k: v.float() if v.dtype == torch.bfloat16 else v for k, v in state.items()}
    assert_same(path, "state_dict", widened)


def test_big_endian(tmp_path):
    # torch.load swaps the bytes of such a file on a little-endian machine; so do we.
    path = saved(tmp_path / "a.pt", {"a": torch.arange(5.0), "b": torch.arange(3)})
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(changed, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, b"big" if name.endswith("byteorder") else archive.read(name))
    path.write_bytes(changed.getvalue())
    expected = torch.load(path, weights_only=True)
    got = read_checkpoint(path).tensors["b"]
    np.testing.assert_array_equal(got, expected["b"].numpy())
    assert got[1] == 2**56


def test_wrapped_with_an_optimizer(tmp_path):
    module = network()
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.zeros(4, 3, 8)).sum().backward()
    optimizer.step()
    value = {"epoch": 3, "loss": 0.5, "model": module.state_dict(), "optimizer": optimizer.state_dict()}
    assert_same(saved(tmp_path / "a.pt", value), "state_dict", module.state_dict())


def test_parameters_and_data_parallel(tmp_path):
    module = network()
    path = saved(tmp_path / "a.pt", dict(module.named_parameters()))
    assert_same(path, "state_dict", dict(module.named_parameters()))
    path = saved(tmp_path / "b.pt", torch.nn.DataParallel(module).state_dict())
    assert_same(path, "state_dict", module.state_dict())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (network(), "asks for 'torch.nn.modules.container.Sequential'.*model.state_dict"),
        ({"model": {}, "set": {1}}, "asks for '__builtin__.set'"),
        ({"a": torch.zeros(2, dtype=torch.uint8)}, "asks for 'torch.ByteStorage'"),
        ({"a": torch.ones(2, dtype=torch.complex64)}, "asks for 'torch.ComplexFloatStorage'"),
        (torch.zeros(2), "holds a tensor"),
    ],
)
def test_what_is_not_plain_weights(tmp_path, value, text):
    with pytest.raises(CheckpointError, match=text):
        read_checkpoint(saved(tmp_path / "a.pt", value))


def test_old_format(tmp_path):
    path = saved(tmp_path / "a.pt", network().state_dict(), _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match=r"before 1\.6"):
        read_checkpoint(path)


def test_torchscript_of_this_version(tmp_path):
    module = network().eval()
    path = tmp_path / "a.jit"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`torch.jit", category=DeprecationWarning)
        torch.jit.save(torch.jit.trace(module[:2], torch.zeros(1, 3, 8)), path)
    assert_same(path, "torchscript", script_state(path))

"""``lppn-np import``: checkpoints in, parity reports, and the way back to PyTorch."""

import sys

import numpy as np
import pytest

from lppn_np import LPPN


def refused(done, match, files=()):
    assert (done.status, done.out, done.files) == (1, "", list(files))
    assert match in done.err.splitlines()[-1]
    assert done.err.splitlines()[-1].startswith("lppn-np import: ")
    assert "Traceback" not in done.err


def test_a_published_checkpoint(run, checkpoint, weights, tmp_path):
    done = run("import", checkpoint, "--stride", 16, "-o", "w.npz")
    assert (done.status, done.out, done.files) == (0, "", ["w.npz"])
    assert "LPPN(paper, stride=16, features=8, 60,200 parameters)" in done.err
    assert (tmp_path / "cwd" / "w.npz").read_bytes() == weights.read_bytes()
    assert LPPN.load(tmp_path / "cwd" / "w.npz").config.phase_code


def test_without_the_phase_code(run, checkpoint, tmp_path):
    assert run("import", checkpoint, "--stride", 16, "--no-phase-code", "-o", "w.npz").status == 0
    assert not LPPN.load(tmp_path / "cwd" / "w.npz").config.phase_code


@pytest.mark.parametrize(("name", "variant"), [("china.lppnt.pt", "tiny"), ("lppnm.jit", "medium")])
def test_successors(name, variant, run, shared_data, tmp_path):
    done = run("import", shared_data("checkpoints", "successors", name), "-o", "w.npz")
    assert done.status == 0
    assert LPPN.load(tmp_path / "cwd" / "w.npz").config.variant == variant


# ---------------------------------------------------------------- refused


def test_without_a_stride(run, checkpoint):
    refused(run("import", checkpoint, "-o", "w.npz"), "its stride, which no tensor shows, must be given")


def test_a_stride_that_is_not_its_own(run, shared_data):
    path = shared_data("checkpoints", "successors", "china.lppnt.pt")
    refused(run("import", path, "--stride", 16, "-o", "w.npz"), "'tiny' has stride 8, not 16")


def test_files_that_are_no_checkpoint(run, tmp_path, record, weights, checkpoint):
    (tmp_path / "cut.wave").write_bytes(checkpoint.read_bytes()[:-1000])
    (tmp_path / "copy.pt").write_bytes(weights.read_bytes())
    for path, match in (
        (tmp_path / "missing.wave", "no such file"),
        (tmp_path / "cut.wave", "cut.wave"),
        (tmp_path / "copy.pt", "a NumPy .npz archive"),
        (record, "not a PyTorch checkpoint"),
        (tmp_path, "a directory"),
        (tmp_path / "missing.npz", "no such file"),
    ):
        stride = [] if path.suffix == ".npz" else ["--stride", 16]
        refused(run("import", path, *stride, "-o", "w.npz"), match)


@pytest.mark.parametrize("name", ["w.txt", "missing/w.npz"])
def test_outputs_that_cannot_be_written(name, run, checkpoint):
    refused(run("import", checkpoint, "--stride", 16, "-o", name), name)


def test_without_torch(run, checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for options in (["--verify"], ["--to-torch", "w.pt"]):
        done = run("import", checkpoint, "--stride", 16, *options)
        refused(done, 'pip install "lppn-np[torch]"')


# ---------------------------------------------------------------- with PyTorch


@pytest.mark.parametrize("with_record", [False, True], ids=["noise", "record"])
def test_verify(with_record, run, checkpoint, record):
    pytest.importorskip("torch")
    options = ["--record", record] if with_record else []
    done = run("import", checkpoint, "--stride", 16, "--verify", *options)
    assert (done.status, done.files) == (0, [])
    lines = done.out.splitlines()
    assert lines[-2].endswith(": passed")
    kinds = [line.split()[0] for line in lines[1:-2]]
    assert {kind: kinds.count(kind) > 0 for kind in ("tensor", "layer", "output")} == {
        "tensor": True,
        "layer": True,
        "output": True,
    }


def test_verify_of_a_weights_file(run, weights):
    pytest.importorskip("torch")
    done = run("import", weights, "--verify", "--training")
    assert done.status == 0
    assert done.out.splitlines()[-2].endswith(": passed")


def test_verify_fails_when_the_numbers_differ(run, checkpoint, weights, monkeypatch):
    pytest.importorskip("torch")
    from lppn_np.weights_import import parity

    monkeypatch.setitem(parity.BOUNDS, "float64", 1e-20)
    done = run("import", weights, "--verify", "-o", "again.npz")
    assert (done.status, done.files) == (1, [])
    assert done.out.splitlines()[-2].endswith(": FAILED")


@pytest.mark.parametrize("source", ["checkpoint", "weights"])
def test_back_to_torch(source, run, checkpoint, weights, tmp_path):
    torch = pytest.importorskip("torch")
    arguments = [checkpoint, "--stride", 16] if source == "checkpoint" else [weights]
    done = run("import", *arguments, "--to-torch", "back.pt")
    assert (done.status, done.files) == (0, ["back.pt"])
    published = torch.load(checkpoint, map_location="cpu", weights_only=True)
    back = torch.load(tmp_path / "cwd" / "back.pt", weights_only=True)
    assert set(back) == set(published)
    for name, tensor in published.items():
        assert back[name].dtype == tensor.dtype
        assert back[name].shape == tensor.shape
        if tensor.dtype == torch.float32:
            np.testing.assert_array_equal(back[name].numpy(), tensor.numpy(), strict=True)
        else:
            assert name.endswith("num_batches_tracked")
            assert back[name] == tensor


def test_a_torch_file_that_cannot_be_written(run, checkpoint):
    pytest.importorskip("torch")
    done = run("import", checkpoint, "--stride", 16, "--to-torch", "missing/w.pt")
    refused(done, "missing/w.pt: cannot be written")

"""``lppn-np export``."""

import pytest

import lppn_np

onnx = pytest.importorskip("onnx", reason="files are written with onnx")


def test_default_model(run, tmp_path):
    done = run("export", "model.onnx")
    assert (done.status, done.out, done.files) == (0, "", ["model.onnx"])
    assert done.err == f"model.onnx: {lppn_np.LPPN.from_pretrained()}\n"
    made = onnx.load(tmp_path / "cwd" / "model.onnx")
    assert [value.name for value in made.graph.output] == ["logits", "offsets"]


def test_own_weights_and_verify(run, tmp_path):
    pytest.importorskip("onnxruntime")
    model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=32, features=3))
    model.save(tmp_path / "mine.npz")
    done = run("export", "mine.onnx", "--model", tmp_path / "mine.npz", "--verify")
    assert (done.status, done.files) == (0, ["mine.onnx"])
    assert done.out.startswith("ONNX Runtime differs by ")
    assert done.out.endswith("bound 2e-05: passed\n")


def test_nothing_is_written_if_the_runtime_disagrees(run, monkeypatch):
    from lppn_np import onnx_export

    monkeypatch.setattr(onnx_export, "compare_with_runtime", lambda *_: onnx_export.Comparison(1e-3, 0))
    done = run("export", "model.onnx", "--verify")
    assert (done.status, done.files) == (1, [])
    assert "FAILED" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["model.pt"], "the file's name must end in .onnx"),
        (["missing/model.onnx"], "cannot be written"),
        (["model.onnx", "--model", "nope"], "no bundled weights are called 'nope'"),
    ],
)
def test_refused(run, arguments, message):
    done = run("export", *arguments)
    assert (done.status, done.out, done.files) == (1, "", [])
    assert done.err.startswith("lppn-np export: ")
    assert message in done.err


def test_wrong_usage(run):
    assert run("export").status == 2

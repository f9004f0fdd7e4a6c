"""ONNX files: ONNX Runtime gives what the model gives, and the file says what it is."""

import json

import numpy as np
import pytest

import lppn_np
from lppn_np import LPPN, LPPNConfig, MissingDependencyError
from lppn_np.onnx_export import Comparison, compare_with_runtime, onnx_model
from lppn_np.onnx_export.checking import BOUND, run
from lppn_np.picking.preprocess import network_input

onnx = pytest.importorskip("onnx", reason="files are written with onnx")
pytest.importorskip("onnxruntime", reason="files are run with ONNX Runtime")

PAPER = [{"stride": stride, "features": n} for stride in (8, 16, 32, 64, 128) for n in (1, 3, 8)]
VARIANTS = [{"variant": "deep", "stride": 16}, *({"variant": v} for v in ("tiny", "medium", "large"))]


def lively(config, seed=0):
    """Normalisations as after some training: drawn anew, they would do nothing."""
    rng = np.random.default_rng(seed)
    tensors = LPPN(config, seed=seed).tensors
    for name in [name for name in tensors if name.endswith((".running_mean", ".running_var"))]:
        tensors[name] = rng.uniform(0.2, 1, tensors[name].shape).astype(np.float32)
        norm = name.rpartition(".")[0]
        tensors[f"{norm}.bias"] = rng.uniform(-0.2, 0.8, tensors[name].shape).astype(np.float32)
    return LPPN(config, tensors)


def noise(model, n_windows, n_samples):
    return np.random.default_rng(1).standard_normal((n_windows, 3, n_samples)).astype(np.float32)


@pytest.mark.parametrize("config", [*PAPER, *VARIANTS], ids=str)
def test_runtime_gives_what_forward_gives(config):
    """One file for any number of windows of any length that the network can halve."""
    model = lively(LPPNConfig(**config))
    content = onnx_model(model)
    step = 2**model.config.levels * model.config.stride
    for n_windows, n_samples in ((1, step), (3, 5 * step), (2, model.in_samples)):
        x = noise(model, n_windows, n_samples)
        logits, offsets = run(content, x)
        n_segments = n_samples // model.config.stride
        assert logits.shape == (n_windows, model.config.n_classes, n_segments)
        assert offsets.shape == (n_windows, n_segments)
        comparison = compare_with_runtime(model, content, x)
        assert comparison.passed, comparison


@pytest.mark.parametrize("name", ["paper/8-16.wave", "paper/16-8.wave", "successors/china.lppnl.pt"])
def test_published_weights_on_real_records(shared_data, name):
    h5py = pytest.importorskip("h5py")
    from lppn_np.weights_import import import_checkpoint

    folder, file = name.split("/")
    model = import_checkpoint(
        shared_data("checkpoints", folder, file), int(file.split("-")[0]) if folder == "paper" else None
    )
    with h5py.File(shared_data("events", "waveforms.hdf5")) as records:
        names = [name for name in sorted(records["data"]) if name.startswith("webnet151_250hz")][:4]
        first = 3000 - model.in_samples // 3
        raw = [records["data"][name][:, first : first + model.in_samples] for name in names]
    x = network_input(np.stack(raw).astype(np.float64), model.config)
    comparison = compare_with_runtime(model, onnx_model(model), x)
    assert comparison.passed, comparison


def test_names_are_those_of_trace_and_tensors():
    model = LPPN(LPPNConfig(stride=8, features=3))
    graph = onnx.load_from_string(onnx_model(model)).graph
    steps = ["input", *(step.name for step in model.network.steps), "logits", "offsets"]
    assert [node.name for node in graph.node] == [node.output[0] for node in graph.node] == steps
    constants = {constant.name: constant for constant in graph.initializer}
    assert set(model.tensors) <= set(constants)
    for name, tensor in model.tensors.items():
        found = onnx.numpy_helper.to_array(constants[name])
        np.testing.assert_array_equal(found.reshape(tensor.shape), tensor)


def test_shapes_of_inputs_and_outputs():
    graph = onnx.load_from_string(onnx_model(LPPN(LPPNConfig(variant="medium")))).graph

    def axes(value):
        return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]

    assert {value.name: axes(value) for value in graph.input} == {"x": ["B", 3, "T"]}
    assert {value.name: axes(value) for value in graph.output} == {
        "logits": ["B", 7, "segments"],
        "offsets": ["B", "segments"],
    }


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            {"component_order": "ZNE"},
            ["components Z, N, E at 100 Hz", "a multiple of 128", "its own largest"],
        ),
        ({"phase_code": True}, ["its own largest", "plus the phase code"]),
        ({"variant": "tiny"}, ["a multiple of 64", "divided by the largest magnitude of the three"]),
    ],
)
def test_the_file_says_what_its_input_is(config, words):
    model = LPPN(LPPNConfig(**config))
    about = onnx.load_from_string(onnx_model(model)).graph.input[0].doc_string
    for word in words:
        assert word in about
    assert ("phase code" in about) == model.config.phase_code


def test_metadata():
    remarks = {"docstring": "Test weights.", "licence": "MIT", "source": {"records": 3}, "private": "no"}
    model = LPPN(LPPNConfig(stride=32, P_threshold=0.4), metadata=remarks)
    made = onnx.load_from_string(onnx_model(model))
    found = {entry.key: entry.value for entry in made.metadata_props}
    assert LPPNConfig.from_dict(json.loads(found["config"])) == model.config
    assert (found["labels"], found["stride"], found["component_order"]) == ("N,P,S", "32", "ENZ")
    assert (found["docstring"], found["licence"], found["source"]) == (
        "Test weights.",
        "MIT",
        '{"records": 3}',
    )
    assert "private" not in found
    assert (made.producer_name, made.producer_version) == ("lppn-np", lppn_np.__version__)
    assert "stride 32, 8 features" in made.doc_string
    assert "10.1785/0220210309" in made.doc_string


def test_the_same_model_gives_the_same_bytes():
    model = LPPN(LPPNConfig(features=3))
    assert onnx_model(model) == onnx_model(LPPN(model.config, model.tensors))


def test_a_wrong_file_does_not_pass():
    model = lively(LPPNConfig(features=3))
    x = noise(model, 2, 128)
    tensors = model.tensors
    tensors["class_head.bias"] = tensors["class_head.bias"] + np.float32(1e-2)
    comparison = compare_with_runtime(model, onnx_model(LPPN(model.config, tensors)), x)
    assert not comparison.passed
    assert comparison.logits > BOUND >= comparison.offsets
    assert "FAILED" in str(comparison)
    assert "passed" in str(Comparison(1e-6, 1e-6))


def test_without_onnx(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(
        MissingDependencyError, match=r'onnx, needed to write ONNX .*pip install "lppn-np\[onnx\]"'
    ):
        onnx_model(LPPN(LPPNConfig(features=1)))

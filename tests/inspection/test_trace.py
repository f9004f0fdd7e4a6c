"""What a trace promises beyond its numbers: names, the graph, views, and what is refused."""

import numpy as np
import pytest

from lppn_np import InputError

VARIANTS = [("paper", 16, 4), ("deep", 8, 3), ("medium", 8, 8), ("large", 8, 16)]


@pytest.fixture(scope="module")
def case(lively, labelled):
    model = lively()
    x, classes, offsets = labelled(model, n_windows=3)
    return model, model.trace(x, classes=classes, offsets=offsets)


@pytest.mark.parametrize("network", VARIANTS)
def test_the_graph_describes_the_activations(lively, labelled, network):
    model = lively(*network)
    x, _, _ = labelled(model)
    trace = model.trace(x, "numpy")
    assert [layer.name for layer in trace.layers] == list(trace.activations)
    for layer in trace.layers:
        assert trace[layer.name].shape == (len(x), layer.channels, layer.n_times)
        assert layer.step * layer.n_times == x.shape[2]
        for parent in layer.parents:
            assert parent in trace.activations
    used = {name for layer in trace.layers for name in layer.tensors}
    assert used == set(trace.parameters) == set(model.tensors)


@pytest.mark.parametrize("network", VARIANTS)
def test_a_kernel_can_be_multiplied_out_from_the_graph(lively, labelled, network):
    """Every value of every convolution, from kernel, stride, padding and groups alone."""
    trace = lively(*network).trace(labelled(lively(*network), dtype=np.float64)[0], "numpy")
    convolutions = [layer for layer in trace.layers if layer.kind in ("Pointwise", "Depthwise", "DenseConv")]
    assert len(convolutions) > 10
    for layer in convolutions:
        (source,) = (trace[name][0] for name in layer.parents)
        padded = np.pad(source, ((0, 0), (layer.padding, layer.padding)))
        weight = trace.parameters[f"{layer.name}.weight"]
        weight = weight.reshape(layer.channels, len(source) // layer.groups, layer.kernel)
        bias = trace.parameters.get(f"{layer.name}.bias", np.zeros(layer.channels))
        t = layer.n_times - 1
        taps = padded[:, layer.stride * t : layer.stride * t + layer.kernel]
        expected = (weight * (taps[:, None] if layer.groups > 1 else taps)).sum(axis=(1, 2))
        np.testing.assert_allclose(trace[layer.name][0, :, t], expected + bias, rtol=1e-9, atol=1e-9)


def test_a_trace_is_a_mapping_of_its_activations(case):
    _, trace = case
    assert list(trace) == list(trace.activations)
    assert "class_head" in trace
    assert "nothing" not in trace
    assert repr(trace) == "Trace(3 x 256 samples, 98 activations, with gradients)"


def test_windows_and_stretches_are_views(case):
    _, trace = case
    one = trace.window(1)
    for name, values in one.items():
        assert values.shape == (1, *trace[name].shape[1:])
        assert np.shares_memory(values, trace[name])
        np.testing.assert_array_equal(values[0], trace[name][1])
    assert np.shares_memory(one.gradients["input"], trace.gradients["input"])
    np.testing.assert_array_equal(trace.window(-1)["offset"][0], trace["offset"][2])
    part = trace.between("class_head", 32, 80)
    assert part.shape == (3, 3, 3)
    assert np.shares_memory(part, trace["class_head"])
    np.testing.assert_array_equal(part, trace["class_head"][:, :, 2:5])
    assert trace.between("class_head", 33, 48).shape[2] == 0
    assert trace.between("input", -5, 1e9).shape == (3, 3, 256)
    assert trace.between("input", 50, 10).shape[2] == 0


def test_tensors_of_a_trace_cannot_be_written(case):
    with pytest.raises(ValueError, match="read-only"):
        case[1].parameters["class_head.weight"][:] = 0


def test_gradients_of_tensors_are_those_of_training(case, labelled):
    model, trace = case
    x, classes, offsets = labelled(model, n_windows=3)
    loss, gradients = model.loss_and_gradients(x, classes, offsets, frozen_norm=True)
    assert trace.loss == loss
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(trace.parameter_gradients[name], gradient)


def test_without_labels_there_are_no_gradients(case, labelled):
    model, _ = case
    trace = model.trace(labelled(model)[0])
    assert (trace.loss, trace.gradients, trace.parameter_gradients) == (None, {}, {})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classes": np.zeros((1, 8), int)}, "give both or neither"),
        ({"offsets": np.zeros((1, 8))}, "give both or neither"),
        ({"classes": np.zeros((1, 7), int), "offsets": np.zeros((1, 8))}, r"classes has shape \(1, 7\)"),
        ({"classes": np.full((1, 8), 9), "offsets": np.zeros((1, 8))}, "classes holds 9 to 9"),
        ({"engine": "torch"}, "engine is 'torch'"),
    ],
)
def test_what_cannot_be_traced(case, given, message):
    with pytest.raises(InputError, match=message):
        case[0].trace(np.zeros((1, 3, 128), np.float32), **given)


def test_what_is_not_there(case):
    _, trace = case
    with pytest.raises(InputError, match=r"no layer 'features\.9'; it has input, features\.0\.expand"):
        trace.layer("features.9")
    with pytest.raises(InputError, match="no window 3; the batch has 3"):
        trace.window(3)

"""Traces against PyTorch: activations against forward hooks, gradients against autograd."""

import numpy as np
import pytest

from lppn_np import LPPN
from lppn_np.picking.preprocess import network_input
from lppn_np.weights_import.export import to_state_dict
from lppn_np.weights_import.names import torch_tensors

torch = pytest.importorskip("torch", reason="traces are compared with PyTorch")
functional = torch.nn.functional

NETWORKS = [
    ("paper", 8, 3), ("paper", 16, 8), ("paper", 128, 4), ("deep", 16, 4),
    ("tiny", 8, 4), ("medium", 8, 8), ("large", 8, 16),
]  # fmt: skip
#: Of an activation's largest value; the importer's bounds of parity.
ACTIVATIONS = {"float32": 2e-5, "float64": 1e-10}
#: Of the largest gradient of the same activation; for a tensor of all tensors', as some are rounding alone.
GRADIENTS = {"float32": 5e-5, "float64": 1e-9}

networks = pytest.mark.parametrize("network", NETWORKS, ids=lambda n: "-".join(map(str, n)))
engines = pytest.mark.parametrize("engine", ["numpy", "numba"])
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def hooked(model, x, training=False):
    """PyTorch's network with the model's tensors, and what hooks saw of a batch."""
    from lppn_np.weights_import.torch_reference import build_reference, layer_outputs

    config = model.config
    module = build_reference(config.variant, config.stride, config.features)
    module.load_state_dict(to_state_dict(model))
    module = module.to(getattr(torch, x.dtype.name)).train(training)
    return module, layer_outputs(module, torch.from_numpy(x).requires_grad_())


def assert_close(found, expected, bound, name):
    expected = expected.detach().numpy()
    assert found.shape == expected.shape, name
    error = abs(found - expected).max() / abs(expected).max()
    assert error <= bound, f"{name}: {error:.2g}"


@networks
@engines
@dtypes
def test_activations_are_those_of_forward_hooks(lively, labelled, network, engine, dtype):
    model = lively(*network)
    x, _, _ = labelled(model, dtype=dtype)
    trace = model.trace(x, engine=engine)
    _, outputs = hooked(model, x)
    seen = set(trace) & set(outputs)
    rest = {
        "input",
        "offset",
        "probabilities",
        *([] if network[0] in ("paper", "deep") else ["offset_sigmoid"]),
    }
    assert set(trace) - seen == rest
    for name in seen:
        assert trace[name].dtype == dtype
        assert_close(trace[name], outputs[name], ACTIVATIONS[dtype], name)
    head = outputs["offset_head"]
    offset = model.config.stride * (head.sigmoid() if "offset_sigmoid" in trace else head)
    assert_close(trace["offset"], offset, ACTIVATIONS[dtype], "offset")
    probabilities = outputs["class_head"].softmax(1)
    assert_close(trace["probabilities"], probabilities, ACTIVATIONS[dtype], "probabilities")


@engines
def test_bundled_weights_on_a_real_record(engine):
    """What a reader of the documentation traces."""
    obspy = pytest.importorskip("obspy", reason="the record comes with obspy")
    model = LPPN.from_pretrained()
    step = 2**model.config.levels * model.config.stride
    record = np.stack([obspy.read().select(component=c)[0].data for c in model.component_order])
    x = network_input(record[None, :, : record.shape[1] // step * step], model.config)
    trace = model.trace(x, engine=engine)
    # In float64: PyTorch's own rounding is no part of our error. Where these weights amplify rounding, as in
    # channels that hardly vary and are normalised, two right float32 answers differ by as much.
    _, outputs = hooked(model, x.astype(np.float64))
    _, rounded = hooked(model, x)
    for name in sorted(set(trace) & set(outputs)):
        exact = outputs[name].detach()
        own = float((rounded[name].detach() - exact).abs().max() / exact.abs().max())
        assert own < 2e-4, name
        assert_close(trace[name], outputs[name], max(ACTIVATIONS["float32"], 3 * own), name)


# Not float32 with a batch's own statistics: over a few samples they amplify rounding without a bound.
@pytest.mark.parametrize(("training", "dtype"), [(False, "float32"), (False, "float64"), (True, "float64")])
@networks
@engines
def test_gradients_are_those_of_autograd(lively, labelled, network, engine, dtype, training):
    model = lively(*network)
    x, classes, offsets = labelled(model, n_windows=3, length=4, dtype=dtype)
    given = {"classes": classes, "offsets": offsets, "batch_statistics": training}
    trace = model.trace(x, engine=engine, **given)
    module, outputs = hooked(model, x, training)
    for output in outputs.values():
        output.retain_grad()
    loss = paper_loss(model, outputs, classes, offsets)
    loss.backward()
    assert trace.loss == pytest.approx(loss.item(), rel=1e-5 if dtype == "float32" else 1e-12)
    for name in set(trace.gradients) & set(outputs):
        assert trace.gradients[name].dtype == dtype
        assert_close(trace.gradients[name], outputs[name].grad, GRADIENTS[dtype], name)
    assert set(trace.gradients) == set(trace.activations) - {"probabilities"}
    theirs = dict(module.named_parameters())
    named = {own: name for own, (name, _) in torch_tensors(model.network).items() if name in theirs}
    assert tuple(trace.parameter_gradients) == model.network.trainable_names()
    largest = max(abs(theirs[name].grad).max().item() for name in named.values())
    for own, gradient in trace.parameter_gradients.items():
        expected = theirs[named[own]].grad.numpy().reshape(gradient.shape)
        assert abs(gradient - expected).max() <= GRADIENTS[dtype] * largest, own


def paper_loss(model, outputs, classes, offsets):
    head = outputs["offset_head"]
    head = head if model.config.variant in ("paper", "deep") else head.sigmoid()
    labels = torch.from_numpy(classes)
    entropy = functional.cross_entropy(outputs["class_head"], labels, reduction="sum", ignore_index=-1)
    error = model.config.stride * head[:, 0] - torch.from_numpy(offsets)
    return entropy + 0.1 * torch.where(labels > 0, error**2, 0.0).sum()


@engines
def test_gradient_of_the_input(lively, labelled, engine):
    model = lively("paper", 16, 4)
    x, classes, offsets = labelled(model, dtype=np.float64)
    trace = model.trace(x, engine=engine, classes=classes, offsets=offsets)
    from lppn_np.weights_import.torch_reference import build_reference, layer_outputs

    module = build_reference("paper", 16, 4)
    module.load_state_dict(to_state_dict(model))
    leaf = torch.from_numpy(x).requires_grad_()
    paper_loss(model, layer_outputs(module.double().eval(), leaf), classes, offsets).backward()
    assert_close(trace.gradients["input"], leaf.grad, GRADIENTS["float64"], "input")

"""The PyTorch reference against the published files and against the authors' own TorchScript network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lppn_np.weights_import import torch_reference  # noqa: E402

PAPER = [(stride, features) for stride in (8, 16, 32, 64) for features in (4, 8, 16)]
SUCCESSORS = {"tiny": (4, "china.lppnt.pt"), "medium": (8, "china.lppnm.pt"), "large": (16, "china.lppnl.pt")}
ALL_VARIANTS = [
    ("paper", 16, 4),
    ("paper", 8, 3),
    *((variant, 8, n) for variant, (n, _) in SUCCESSORS.items()),
]

INVERTED = [
    *("expand", "expand_norm", "expand_relu", "depthwise", "depthwise_norm", "depthwise_relu"),
    *("project", "project_norm"),
]
DENSE = ["conv", "norm", "relu"]


def load(path):
    # The files were saved from a GPU; weights_only refuses anything but tensors.
    return torch.load(path, map_location="cpu", weights_only=True)


def records(shared_data, n_records=8, length=6144):
    """Real records as the successors see them: mean off, divided by the largest |x| of the three."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(shared_data("events", "waveforms.hdf5")) as file:
        names = [name for name in file["data"] if file["data"][name].shape[1] >= length]
        x = np.stack([file["data"][name][:, :length] for name in names[:: len(names) // n_records]])
    x = x.astype(np.float64)
    x -= x.mean(axis=2, keepdims=True)
    x /= np.abs(x).max(axis=(1, 2), keepdims=True)
    return torch.from_numpy(x.astype(np.float32))


@pytest.mark.parametrize(("stride", "features"), PAPER)
def test_paper_checkpoint_loads_strictly(shared_data, stride, features):
    module = torch_reference.build_reference("paper", stride, features)
    module.load_state_dict(
        load(shared_data("checkpoints", "paper", f"{stride}-{features}.wave")), strict=True
    )


@pytest.mark.parametrize("variant", SUCCESSORS)
def test_successor_checkpoint_loads_strictly(shared_data, variant):
    features, name = SUCCESSORS[variant]
    module = torch_reference.build_reference(variant, 8, features)
    module.load_state_dict(load(shared_data("checkpoints", "successors", name)), strict=True)


@pytest.mark.parametrize(
    ("variant", "stride", "features", "count"),
    [
        *(("paper", s, n, c) for s in (8, 128) for n, c in ((4, 16_260), (8, 60_200), (16, 231_312))),
        ("deep", 16, 8, 90_520),
        *(("tiny", 8, 4, 11_784), ("medium", 8, 8, 43_296), ("large", 8, 16, 656_436)),
    ],
)
def test_trainable_parameters(variant, stride, features, count):
    module = torch_reference.build_reference(variant, stride, features)
    assert sum(p.numel() for p in module.parameters() if p.requires_grad) == count


@pytest.mark.parametrize(("variant", "stride", "features"), ALL_VARIANTS)
def test_output_shapes_and_offset_units(variant, stride, features):
    torch.manual_seed(0)
    module = torch_reference.build_reference(variant, stride, features).eval()
    x = torch.randn(2, 3, 16 * stride)
    with torch.no_grad():
        logits, offsets = module(x)
        steps = torch_reference.layer_outputs(module, x)
    head = steps["offset_head"][:, 0]
    assert logits.shape == (2, 7 if variant == "medium" else 3, 16)
    assert torch.equal(steps["class_head"], logits)
    assert torch.equal(offsets, stride * (head if variant == "paper" else torch.sigmoid(head)))


@pytest.mark.parametrize(
    ("variant", "stride", "features"),
    [("paper", 7, 8), ("paper", 8, 0), ("tiny", 16, 4), ("tiny", 8, 8), ("large", 8, 4), ("huge", 8, 8)],
)
def test_unknown_networks_are_refused(variant, stride, features):
    with pytest.raises(ValueError, match="must be"):
        torch_reference.build_reference(variant, stride, features)


@pytest.mark.filterwarnings(
    "ignore:.*torch.jit.load.*:DeprecationWarning"
)  # the only reader of the .jit there is
def test_medium_equals_the_authors_torchscript(shared_data):
    authors = torch.jit.load(shared_data("checkpoints", "successors", "lppnm.jit"), map_location="cpu").eval()
    weights = load(shared_data("checkpoints", "successors", "china.lppnm.pt"))
    theirs = authors.state_dict()
    assert weights.keys() == theirs.keys()
    assert all(torch.equal(weights[name], theirs[name]) for name in weights)

    module = torch_reference.build_reference("medium", 8, 8).eval()
    module.load_state_dict(weights, strict=True)
    x = records(shared_data)
    with torch.no_grad():
        logits, offsets = module(x)
        features = authors.layers(x.unsqueeze(2))
        both = torch.cat((features, authors.class_encoder(features)), dim=1)
        expected_logits = authors.cl(both)[:, :, 0]
        expected_offsets = 8 * torch.sigmoid(authors.tm(both)[:, 0, 0])
    assert logits.std() > 0.1
    torch.testing.assert_close(logits, expected_logits, rtol=0, atol=1e-4)
    torch.testing.assert_close(offsets, expected_offsets, rtol=0, atol=1e-4)


def expected_steps(variant, features):
    """Every step in running order; of the paper's blocks only 3 -> 3 at S=8 keep ci = co at stride 1."""
    names = []
    dense = variant == "large"
    for i in range(7):
        first = i == 0 and variant != "paper"
        residual = (i == 0 and features == 3) if variant == "paper" else i in (2, 4, 6)
        parts = [*(DENSE if dense or first else INVERTED), *(["add"] if residual else [])]
        names += [*(f"features.{i}.{part}" for part in parts), f"features.{i}"]
    for i in range(6):
        parts = DENSE if dense or (variant == "paper" and i >= 3) else INVERTED
        parts = ["upsample", *parts] if i >= 3 else parts
        parts = [*parts, "add"] if i >= 3 and variant != "paper" else parts
        names += [*(f"receptive_field.{i}.{part}" for part in parts), f"receptive_field.{i}"]
    return [*names, "concat", "class_head", "offset_head"]


@pytest.mark.parametrize(("variant", "stride", "features"), ALL_VARIANTS)
def test_layer_outputs_names_every_step(variant, stride, features):
    torch.manual_seed(1)
    module = torch_reference.build_reference(variant, stride, features)
    x = torch.randn(2, 3, 16 * stride)
    steps = torch_reference.layer_outputs(module, x)
    names = expected_steps(variant, features)
    assert list(steps) == names  # a dict keeps the order in which the hooks ran
    assert all(y.ndim == 3 for y in steps.values())

    for block in (name for name in names if name.count(".") == 1):
        *_, last = (name for name in names if name.startswith(f"{block}."))
        assert torch.equal(steps[block], steps[last]), block
    for name, y in steps.items():
        if name.endswith("relu"):  # recorded before and after, so no ReLU may work in place
            norm = steps[name[:-4] + "norm"]
            assert torch.equal(y, norm.clamp(min=0)), name
            assert (norm < 0).any(), name
    assert torch.equal(steps["concat"], torch.cat((steps["features.6"], steps["receptive_field.5"]), dim=1))

    logits, _ = module(x)
    assert torch.equal(logits, steps["class_head"]), "batch statistics: the same in two training forwards"
    assert not any(m._forward_hooks for m in module.modules()), "hooks left behind"
    gradients = torch.autograd.grad(steps["class_head"].square().sum(), [steps[name] for name in names[:-1]])
    assert all(g.abs().sum() > 0 for g in gradients)


@pytest.mark.parametrize(
    ("stride", "features_span", "down_span"),
    [(8, 31, 143), (16, 59, 283), (32, 111, 559), (64, 191, 1087), (128, 255, 2047)],
)
def test_receptive_field_of_the_paper(stride, features_span, down_span):
    module = torch_reference.build_reference("paper", stride, 2).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():  # all positive: no ReLU and no cancellation hides a sample
            parameter.copy_(parameter.abs() + 0.01)
    x = torch.ones(1, 3, 32 * stride, dtype=torch.float64, requires_grad=True)
    steps = torch_reference.layer_outputs(module, x)
    for name, span in (("features.6", features_span), ("receptive_field.2", down_span)):
        y = steps[name]
        (gradient,) = torch.autograd.grad(y[0, 0, y.shape[2] // 2], x, retain_graph=True)
        reached = torch.nonzero(gradient[0, 0])
        assert reached.max() - reached.min() + 1 == span, name

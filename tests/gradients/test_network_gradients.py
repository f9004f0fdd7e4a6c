"""``loss_and_gradients`` of whole networks against PyTorch's autograd, with both engines."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.engines import ENGINES, get_engine
from lppn_np.network import ops
from lppn_np.weights_import.export import to_state_dict
from lppn_np.weights_import.names import torch_tensors

torch = pytest.importorskip("torch")
functional = torch.nn.functional

SUCCESSORS = [("tiny", 8, 4), ("medium", 8, 8), ("large", 8, 16)]
PAPER = [("paper", stride, n) for stride in (8, 16, 32, 64, 128) for n in (1, 3, 4, 8, 16)]
NETWORKS = [*PAPER, ("deep", 16, 8), *SUCCESSORS]
#: Segments: four are left after the last halving, so that a batch has statistics.
N_WINDOWS, N_LEFT = 4, 4
#: Of a tensor's largest gradient, and of the largest of all: a bias in front of a normalisation has none,
#: and what is found of it is rounding.
BOUNDS = {np.float64: (1e-9, 1e-10), np.float32: (1e-4, 1e-4)}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize(("variant", "stride", "features"), NETWORKS)
def test_gradients_are_those_of_pytorch(make_case, variant, stride, features, frozen):
    model, x, classes, offsets = make_case(variant, stride, features, frozen)
    expected_loss, expected = by_pytorch(model, x, classes, offsets, frozen)
    for engine in ENGINES:
        for dtype in BOUNDS:
            found = model.loss_and_gradients(
                x.astype(dtype), classes, offsets, engine=engine, frozen_norm=frozen
            )
            assert_same(found, expected_loss, expected, dtype, model)


@pytest.mark.parametrize(("variant", "stride", "features"), [("paper", 16, 4), *SUCCESSORS])
def test_class_weights(make_case, variant, stride, features):
    model, x, classes, offsets = make_case(variant, stride, features, False)
    weights = np.linspace(2.5, 0, model.config.n_classes)
    expected_loss, expected = by_pytorch(model, x, classes, offsets, False, weights)
    for engine in ENGINES:
        given = {"engine": engine, "class_weights": weights.tolist()}
        found = model.loss_and_gradients(x, classes, offsets, **given)
        assert_same(found, expected_loss, expected, np.float64, model)


def assert_same(found, expected_loss, expected, dtype, model):
    loss, gradients = found
    own, common = BOUNDS[dtype]
    assert loss == pytest.approx(expected_loss, rel=1e-12 if dtype == np.float64 else 5e-5)
    assert tuple(gradients) == model.network.trainable_names()
    largest = max(abs(gradient).max() for gradient in expected.values())
    for name, gradient in gradients.items():
        assert (gradient.dtype, gradient.shape) == (dtype, expected[name].shape)
        error = abs(gradient - expected[name]).max()
        floor = common * largest if dtype == np.float64 else 0
        bound = own * abs(expected[name]).max() + floor if floor else own * largest
        assert error <= bound, f"{name}: {error / largest:.3g} of the largest gradient"


def by_pytorch(model, x, classes, offsets, frozen, class_weights=None):
    """Loss and gradients in float64."""
    config = model.config
    from lppn_np.weights_import.torch_reference import build_reference

    reference = build_reference(config.variant, config.stride, config.features)
    reference.load_state_dict(to_state_dict(model))
    reference = reference.double().train(not frozen)
    logits, found = reference(torch.from_numpy(x))
    labels = torch.from_numpy(classes)
    weights = torch.ones(config.n_classes) if class_weights is None else torch.tensor(class_weights)
    entropy = functional.cross_entropy(logits, labels, reduction="none", ignore_index=-1)
    squares = torch.where(labels > 0, (found - torch.from_numpy(offsets)) ** 2, 0.0)
    loss = (weights.double()[labels.clamp(min=0)] * (entropy + 0.1 * squares)).sum()
    loss.backward()
    theirs = dict(reference.named_parameters())
    own_names = {own: name for own, (name, _) in torch_tensors(model.network).items() if name in theirs}
    shapes = model.network.tensor_shapes()
    gradients = {own: theirs[name].grad.numpy().reshape(shapes[own]) for own, name in own_names.items()}
    return loss.item(), gradients


@pytest.fixture(scope="module")
def make_case():
    """``make_case(variant, stride, features, frozen)``: a model and a batch that float32 can hold exactly."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def draw(config, rng, frozen):
        n_segments = N_LEFT * 2**config.levels
        n_samples = n_segments * config.stride
        x = rng.standard_normal((N_WINDOWS, 3, n_samples)).astype(np.float32).astype(np.float64)
        classes = rng.integers(-1, config.n_classes, (N_WINDOWS, n_segments))
        offsets = config.stride * rng.random((N_WINDOWS, n_segments), np.float32).astype(np.float64)
        fresh = LPPN(config, seed=int(rng.integers(1000)))
        return clear_of_kinks(fresh, rng, x, frozen), x, classes, offsets

    def make(variant, stride, features, frozen):
        config = LPPNConfig(variant=variant, stride=stride, features=features)
        for seed in range(20):
            case = draw(config, np.random.default_rng([seed, stride, features]), frozen)
            if frozen or sensitivity(*case) < 1e-5:
                return case
        raise AssertionError("no case found in which float32 is good for 1e-4")

    yield make
    torch.set_num_threads(n_threads)


def sensitivity(model, x, classes, offsets):
    """How far the gradients move when the input moves by 1e-7 of itself: what float32 could do at best.

    Where a channel hardly varies, its normalisation blows up every rounding before it, PyTorch's as well.
    """
    noise = np.random.default_rng(0).standard_normal(x.shape)
    _, here = model.loss_and_gradients(x, classes, offsets)
    _, there = model.loss_and_gradients(x * (1 + 1e-7 * noise), classes, offsets)
    moved = max(abs(here[name] - there[name]).max() for name in here)
    return moved / max(abs(gradient).max() for gradient in here.values())


def clear_of_kinks(model, rng, x, frozen):
    """Give a model normalisations as after some training, and no ReLU an input near its kink.

    Were one within float32's rounding of 0, its gradient could go either way, and no bound would hold (one
    of 16 samples in the deepest layers: 6 % of a gradient). So shifts are moved into gaps between inputs.
    """
    tensors = {name: tensor.copy() for name, tensor in model.tensors.items()}
    rectified = {step.inputs[0] for step in model.network.steps if isinstance(step.op, ops.ReLU)}
    engine, known = get_engine("numpy"), {"input": x}
    for step in model.network.steps:
        if isinstance(step.op, ops.BatchNorm):
            size = step.op.channels
            drawn = {
                "weight": rng.uniform(0.5, 1.5, size),
                "bias": rng.normal(0, 0.3, size),
                "running_mean": rng.normal(0, 0.3, size),
                "running_var": rng.uniform(0.3, 1.5, size),
            }
            tensors |= {f"{step.name}.{part}": value.astype(np.float32) for part, value in drawn.items()}
        names = (*step.op.parameter_shapes(), *step.op.statistic_shapes())
        own = {part: tensors[f"{step.name}.{part}"].astype(np.float64) for part in names}
        y = engine(step.op, [known[source] for source in step.inputs], own, not frozen)
        if step.name in rectified:
            shift = np.array([-widest_gap(y[:, c]) for c in range(y.shape[1])])
            tensors[f"{step.name}.bias"] += shift.astype(np.float32)
            y = y + (tensors[f"{step.name}.bias"] - own["bias"])[:, None]
            assert abs(y).min() > 2e-4
        known[step.name] = y
    return LPPN(model.config, tensors)


def widest_gap(values):
    """Middle of the widest gap between two of the numbers, not far from 0; a number away from a lone one."""
    sorted_values = np.sort(values, axis=None)
    ends = np.concatenate([[-0.5], sorted_values[abs(sorted_values) < 0.5], [0.5]])
    place = np.argmax(np.diff(ends))
    return (ends[place] + ends[place + 1]) / 2

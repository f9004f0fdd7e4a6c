"""Optimisers, clipping and learning rates beside PyTorch's, and a hundred steps with everything on."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.engines.threads import Team
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import check_labels
from lppn_np.network import ops
from lppn_np.train.config import TrainConfig, learning_rate
from lppn_np.train.optimisers import SGD, Adam, clip_gradients, decays
from lppn_np.train.state import State
from lppn_np.train.stepping import make_optimiser, take_step
from lppn_np.weights_import.export import to_state_dict
from lppn_np.weights_import.names import torch_tensors

torch = pytest.importorskip("torch")
functional = torch.nn.functional

SHAPES = {"0.conv.weight": (4, 3, 5), "0.conv.bias": (4,), "0.norm.weight": (4,), "class_head.weight": (3, 4)}
OPTIMISERS = {
    "plain": (lambda: SGD(momentum=0.0), {"cls": "SGD"}),
    "momentum": (lambda: SGD(momentum=0.9), {"cls": "SGD", "momentum": 0.9}),
    "nesterov": (lambda: SGD(0.8, True), {"cls": "SGD", "momentum": 0.8, "nesterov": True}),
    "decay": (lambda: SGD(0.5, weight_decay=0.1), {"cls": "SGD", "momentum": 0.5, "decay": 0.1}),
    "adam": (Adam, {"cls": "AdamW"}),
    "adam betas": (lambda: Adam((0.8, 0.95), 1e-6), {"cls": "AdamW", "betas": (0.8, 0.95), "eps": 1e-6}),
    "adam decay": (lambda: Adam(weight_decay=0.1), {"cls": "AdamW", "decay": 0.1}),
}


def torch_optimiser(parameters, cls, decay=0.0, **options):
    """Weight decay on convolution weights alone."""
    decayed = [p for name, p in parameters.items() if decays(name)]
    others = [p for name, p in parameters.items() if not decays(name)]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    return getattr(torch.optim, cls)(groups, lr=1.0, **options)


def draw(rng, dtype, size=1.0):
    return {name: (size * rng.standard_normal(shape)).astype(dtype) for name, shape in SHAPES.items()}


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_a_hundred_steps_are_those_of_pytorch(name, dtype, bound):
    make, options = OPTIMISERS[name]
    rng = np.random.default_rng(1)
    tensors = draw(rng, dtype)
    parameters = {key: torch.nn.Parameter(torch.from_numpy(t.copy())) for key, t in tensors.items()}
    ours, theirs = make(), torch_optimiser(parameters, **options)
    for step in range(100):
        gradients = draw(rng, dtype, size=10 ** rng.uniform(-3, 2))
        rate = 1e-3 * (1 + step % 7)
        for group in theirs.param_groups:
            group["lr"] = rate
        for key, gradient in gradients.items():
            parameters[key].grad = torch.from_numpy(gradient.copy())
        before = {key: gradient.copy() for key, gradient in gradients.items()}
        ours.step(tensors, gradients, rate)
        theirs.step()
        for key, gradient in gradients.items():
            np.testing.assert_array_equal(gradient, before[key])
    for key, tensor in tensors.items():
        expected = parameters[key].detach().numpy()
        assert tensor.dtype == dtype
        np.testing.assert_allclose(tensor, expected, rtol=0, atol=bound * abs(expected).max())


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_memory_put_back_goes_on_bit_for_bit(name):
    make, _ = OPTIMISERS[name]
    rng = np.random.default_rng(2)
    start = draw(rng, np.float32)
    gradients = [draw(rng, np.float32) for _ in range(9)]

    def steps(optimiser, tensors, first, stop):
        for gradient in gradients[first:stop]:
            optimiser.step(tensors, {key: g.copy() for key, g in gradient.items()}, 0.01)

    whole = {key: tensor.copy() for key, tensor in start.items()}
    steps(make(), whole, 0, 9)
    cut = {key: tensor.copy() for key, tensor in start.items()}
    before, after = make(), make()
    steps(before, cut, 0, 4)
    memory = before.memory()
    after.restore(memory)
    steps(before, {key: tensor.copy() for key, tensor in cut.items()}, 4, 6)  # shares nothing with the other
    steps(after, cut, 4, 9)
    for key, tensor in whole.items():
        np.testing.assert_array_equal(cut[key], tensor)


@pytest.mark.parametrize("largest", [0.1, 3.0, 1e3])
def test_clipping_is_that_of_pytorch(largest):
    gradients = draw(np.random.default_rng(3), np.float64)
    parameters = [torch.nn.Parameter(torch.zeros(shape, dtype=torch.float64)) for shape in SHAPES.values()]
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        parameter.grad = torch.from_numpy(gradient.copy())
    expected = torch.nn.utils.clip_grad_norm_(parameters, largest).item()
    assert clip_gradients(gradients, largest) == pytest.approx(expected, rel=1e-14)
    assert (expected > largest) == (largest < 1e3)
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-14)


def test_clipping_leaves_no_gradient_alone():
    nothing = {"a": np.zeros(3, np.float32)}
    assert clip_gradients(nothing, 1.0) == 0
    np.testing.assert_array_equal(nothing["a"], 0)


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": "cosine", "warmup": 10, "final_share": 0.05},
        {"schedule": "cosine", "warmup": 0, "final_share": 0.0},
        {"schedule": "step", "warmup": 0, "step_every": 30, "step_factor": 0.3},
        {"schedule": "constant", "warmup": 25},
    ],
    ids=lambda settings: f"{settings['schedule']} {settings['warmup']}",
)
def test_learning_rates_are_those_of_pytorchs_schedulers(settings):
    config = TrainConfig(steps=100, learning_rate=0.4, **settings)
    schedulers = torch.optim.lr_scheduler
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    n = config.warmup
    then = {
        "cosine": lambda: schedulers.CosineAnnealingLR(optimiser, 100 - n, 0.4 * config.final_share),
        "step": lambda: schedulers.StepLR(optimiser, config.step_every, config.step_factor),
        "constant": lambda: schedulers.ConstantLR(optimiser, 1.0),
    }[config.schedule]()
    for step in range(100):
        expected = 0.4 * (step + 1) / n if step < n else optimiser.param_groups[0]["lr"]
        assert learning_rate(config, step) == pytest.approx(expected, rel=1e-12), step
        if step >= n:
            optimiser.step()
            then.step()


@pytest.mark.parametrize("variant", ["paper", "tiny", "medium", "large"])
def test_weight_decay_touches_the_weights_of_convolutions_alone(variant):
    network = LPPN(LPPNConfig(variant=variant)).network
    convolutions = ops.Pointwise | ops.Depthwise | ops.DenseConv
    expected = {f"{step.name}.weight" for step in network.steps if isinstance(step.op, convolutions)}
    assert {name for name in network.trainable_names() if decays(name)} == expected


@pytest.mark.parametrize(("variant", "stride", "features"), [("paper", 16, 4), ("tiny", 8, 4)])
def test_a_hundred_steps_of_a_network_with_everything_switched_on(variant, stride, features):
    """Nesterov, weight decay, clipping, warm-up and cosine, weighted classes: losses, weights, statistics."""
    from lppn_np.weights_import.torch_reference import build_reference

    # Any two float64 runs of a network part at higher rates, one from itself too: 1e-15 becomes 0.1 at 5e-4.
    rates = {"warmup": 10, "learning_rate": 1e-4}
    sgd = {"optimiser": "sgd", "nesterov": True, "weight_decay": 1e-3, "clip_norm": 20.0}
    config = TrainConfig(steps=100, **rates, **sgd)
    model = LPPN(LPPNConfig(variant=variant, stride=stride, features=features), seed=5)
    state = State({key: tensor.astype(np.float64) for key, tensor in model.tensors.items()})
    network = build_reference(variant, stride, features).double()
    network.load_state_dict(to_state_dict(model))
    own_names = {name: own for own, (name, _) in torch_tensors(model.network).items()}
    parameters = {own_names[name]: p for name, p in network.named_parameters()}
    theirs = torch_optimiser(parameters, "SGD", config.weight_decay, momentum=0.9, nesterov=True)
    ours, weights, shape = make_optimiser(config), np.array([0.5, 2.0, 1.0]), (4, 32)
    rng, losses, clipped = np.random.default_rng(6), [], 0
    with Team(1) as team:
        training = TrainingPass(model.network, 4, 32 * stride, np.float64, team)
        for step in range(100):
            x, offsets = rng.standard_normal((4, 3, 32 * stride)), stride * rng.random(shape)
            classes = rng.integers(-1, 3, shape)
            labels = check_labels(classes, offsets, weights, shape, 3)
            mine = take_step(state, ours, training, config, x, labels)
            logits, found = network(torch.from_numpy(x))
            c, w = torch.from_numpy(classes), torch.from_numpy(weights)
            entropy = functional.cross_entropy(logits, c, w, reduction="sum", ignore_index=-1)
            squares = w[c.clamp(min=0)] * (found - torch.from_numpy(offsets)) ** 2
            loss = (entropy + 0.1 * squares[c > 0].sum()) / 4
            theirs.zero_grad()
            loss.backward()
            clipped += torch.nn.utils.clip_grad_norm_(network.parameters(), 20.0).item() > 20
            for group in theirs.param_groups:
                group["lr"] = learning_rate(config, step)
            theirs.step()
            losses.append((mine, loss.item()))
    mine, expected = np.array(losses).T
    np.testing.assert_allclose(mine, expected, rtol=1e-8)
    assert expected[-10:].mean() < 0.95 * expected[:10].mean()
    assert clipped > 10
    for name in own_names:
        tensor, value = state.tensors[own_names[name]], network.state_dict()[name].numpy()
        # A shift that the next normalisation takes out again has no gradient but rounding.
        bound = 1e-7 * max(abs(value).max(), 1e-3)
        np.testing.assert_allclose(tensor.reshape(value.shape), value, rtol=0, atol=bound, err_msg=name)

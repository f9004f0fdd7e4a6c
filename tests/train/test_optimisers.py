"""Optimisers, clipping and learning rates beside PyTorch's."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.network import ops
from lppn_np.train.config import TrainConfig, learning_rate
from lppn_np.train.optimisers import SGD, Adam, clip_gradients, decays

torch = pytest.importorskip("torch")

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

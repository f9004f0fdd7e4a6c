"""A hundred training steps in float64 beside PyTorch's, from the same weights and batches."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.engines.threads import Team
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import check_labels
from lppn_np.train.config import TrainConfig, learning_rate
from lppn_np.train.optimisers import clip_gradients, decays
from lppn_np.train.state import State
from lppn_np.train.stepping import make_optimiser, take_step
from lppn_np.weights_import import to_state_dict
from lppn_np.weights_import.names import torch_tensors

torch = pytest.importorskip("torch")

STEPS, WINDOWS = 100, 4
# Untrained networks of thirty normalisations have huge gradients. With a larger rate SGD is chaotic: two
# right answers part by a factor of ten every few steps (at 1e-7 from 4e-15 to 1e-7 in a hundred).
SETTINGS = {
    "sgd": {"optimiser": "sgd", "momentum": 0.9, "learning_rate": 3e-8},
    "nesterov": {"optimiser": "sgd", "momentum": 0.8, "nesterov": True, "learning_rate": 5e-8},
    "decay": {"optimiser": "sgd", "momentum": 0.0, "weight_decay": 0.1, "learning_rate": 2e-7},
    "adam": {"optimiser": "adam", "learning_rate": 1e-3, "weight_decay": 0.1},
}


def batches(stride):
    rng = np.random.default_rng(7)
    shape = (WINDOWS, 32)
    for _ in range(STEPS):
        x = rng.normal(size=(WINDOWS, 3, 32 * stride))
        yield x, rng.integers(-1, 3, shape), rng.uniform(0, stride, shape)


def torch_optimiser(network, config):
    """Weight decay on the convolutions' weights alone."""
    convolutions = [p for name, p in network.named_parameters() if p.ndim == 4]
    others = [p for name, p in network.named_parameters() if p.ndim != 4]
    groups = [
        {"params": convolutions, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if config.optimiser == "adam":
        return torch.optim.AdamW(groups, lr=config.learning_rate)
    return torch.optim.SGD(
        groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.nesterov
    )


def torch_step(network, optimiser, x, classes, offsets):
    classes, offsets = torch.from_numpy(classes), torch.from_numpy(offsets)
    logits, found = network(torch.from_numpy(x))
    loss = torch.nn.functional.cross_entropy(logits, classes, reduction="sum", ignore_index=-1)
    arrivals = classes > 0
    loss = (loss + 0.1 * ((found - offsets)[arrivals] ** 2).sum()) / len(x)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_hundred_steps_follow_pytorch(name):
    from lppn_np.weights_import.torch_reference import build_reference

    config = TrainConfig(schedule="constant", warmup=0, batch_size=WINDOWS, **SETTINGS[name])
    model = LPPN(LPPNConfig(stride=16, features=4), seed=2)
    state = State({key: tensor.astype(np.float64) for key, tensor in model.tensors.items()})
    network = build_reference("paper", 16, 4).double()
    network.load_state_dict(to_state_dict(model))
    theirs, ours = torch_optimiser(network, config), make_optimiser(config)
    losses = []
    with Team(1) as team:
        training = TrainingPass(model.network, WINDOWS, 32 * 16, np.float64, team)
        for x, classes, offsets in batches(16):
            labels = check_labels(classes, offsets, None, classes.shape, 3)
            mine = take_step(state, ours, training, config, x, labels)
            losses.append((mine, torch_step(network, theirs, x, classes, offsets)))
    mine, expected = np.array(losses).T
    np.testing.assert_allclose(mine, expected, rtol=1e-8)
    found = network.state_dict()
    moved = 0.0
    for key, (torch_name, _) in torch_tensors(model.network).items():
        value = found[torch_name].numpy().reshape(state.tensors[key].shape)
        # A bias before another normalisation has no gradient but rounding, which Adam makes as large as any.
        atol = 1e-6 if config.optimiser == "adam" else 1e-7
        np.testing.assert_allclose(state.tensors[key], value, rtol=1e-7, atol=atol, err_msg=key)
        if key in model.network.trainable_names():
            moved = max(moved, np.abs(value - model.tensors[key]).max())
    assert moved > 1e-3


def test_clipping_is_pytorchs():
    rng = np.random.default_rng(0)
    gradients = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=7)}
    parameters = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in gradients.values()]
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        parameter.grad = torch.from_numpy(gradient.copy())
    norm = torch.nn.utils.clip_grad_norm_(parameters, 0.5)
    assert clip_gradients(gradients, 0.5) == pytest.approx(float(norm), rel=1e-12)
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-12)


def test_weight_decay_touches_convolution_weights_alone():
    names = LPPN(LPPNConfig(stride=16, features=1)).network.trainable_names()
    decayed = {name for name in names if decays(name)}
    assert {"features.0.expand.weight", "receptive_field.3.conv.weight", "class_head.weight"} <= decayed
    assert not any("norm" in name or name.endswith("bias") for name in decayed)


def test_learning_rate_warms_up_and_goes_down():
    config = TrainConfig(steps=1000, warmup=10, learning_rate=1.0, final_share=0.1)
    rates = [learning_rate(config, step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == 1.0
    assert rates[505] == pytest.approx(0.55, abs=1e-3)
    assert rates[999] == pytest.approx(0.1, abs=1e-4)
    steps = TrainConfig(schedule="step", warmup=0, learning_rate=1.0, step_every=100, step_factor=0.5)
    assert [learning_rate(steps, step) for step in (0, 99, 100, 250)] == [1.0, 1.0, 0.5, 0.25]

"""A hundred training steps in float64 beside PyTorch's, from the same weights and batches."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.engines.threads import Team
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import check_labels
from lppn_np.train.config import TrainConfig, learning_rate
from lppn_np.train.state import State
from lppn_np.train.stepping import make_optimiser, take_step
from lppn_np.weights_import.export import to_state_dict
from lppn_np.weights_import.names import torch_tensors

torch = pytest.importorskip("torch")
functional = torch.nn.functional

STEPS, SHAPE = 100, (4, 32)
EVERYTHING = {"optimiser": "sgd", "nesterov": True, "schedule": "cosine", "warmup": 10}
#: Any two float64 runs part when steps are longer, and so does a run from itself: with four times the
#: learning rate, what differs by 1e-15 at first differs by 1e-7 in the end, and with sixty times by 0.3.
CASES = {
    "momentum": ("paper", {"optimiser": "sgd", "learning_rate": 5e-8}),
    "decay": ("paper", {"optimiser": "sgd", "momentum": 0.0, "weight_decay": 500.0, "learning_rate": 3e-7}),
    "all": ("paper", EVERYTHING | {"weight_decay": 150.0, "clip_norm": 15e3, "learning_rate": 1.3e-7}),
    "all, tiny": ("tiny", EVERYTHING | {"weight_decay": 14.0, "clip_norm": 1.4e3, "learning_rate": 1.4e-6}),
    "adam": ("paper", {"optimiser": "adam", "learning_rate": 1e-4, "weight_decay": 0.1}),
    "adam, tiny": ("tiny", {"optimiser": "adam", "learning_rate": 1e-4, "clip_norm": 1.4e3}),
}


def torch_optimiser(network, config):
    """Weight decay on the weights of convolutions alone, which are those with four axes."""
    convolutions = [p for p in network.parameters() if p.ndim == 4]
    others = [p for p in network.parameters() if p.ndim != 4]
    groups = [
        {"params": convolutions, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if config.optimiser == "adam":
        return torch.optim.AdamW(groups)
    return torch.optim.SGD(groups, momentum=config.momentum, nesterov=config.nesterov)


def torch_step(network, optimiser, config, step, x, classes, offsets, weights):
    """Loss a window, and whether the gradient was clipped."""
    c, w = torch.from_numpy(classes), torch.from_numpy(weights)
    logits, found = network(torch.from_numpy(x))
    entropy = functional.cross_entropy(logits, c, w, reduction="sum", ignore_index=-1)
    squares = w[c.clamp(min=0)] * (found - torch.from_numpy(offsets)) ** 2
    loss = (entropy + 0.1 * squares[c > 0].sum()) / len(x)
    optimiser.zero_grad()
    loss.backward()
    most = config.clip_norm or float("inf")
    clipped = torch.nn.utils.clip_grad_norm_(network.parameters(), most).item() > most
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(config, step)
    optimiser.step()
    return loss.item(), clipped


@pytest.mark.parametrize("case", CASES)
def test_a_hundred_steps_follow_pytorch(case):
    """Losses to 1e-8; weights and running statistics to 1e-7."""
    from lppn_np.weights_import.torch_reference import build_reference

    variant, settings = CASES[case]
    config = TrainConfig(
        steps=STEPS, batch_size=SHAPE[0], **{"schedule": "constant", "warmup": 0, **settings}
    )
    stride = 16 if variant == "paper" else 8
    model = LPPN(LPPNConfig(variant=variant, stride=stride, features=4), seed=5)
    state = State({key: tensor.astype(np.float64) for key, tensor in model.tensors.items()})
    network = build_reference(variant, stride, 4).double()
    network.load_state_dict(to_state_dict(model))
    ours, theirs, weights = (
        make_optimiser(config),
        torch_optimiser(network, config),
        np.array([0.5, 2.0, 1.0]),
    )
    rng, losses, n_clipped = np.random.default_rng(6), [], 0
    with Team(1) as team:
        training = TrainingPass(model.network, SHAPE[0], SHAPE[1] * stride, np.float64, team)
        for step in range(STEPS):
            x, offsets = rng.standard_normal((SHAPE[0], 3, SHAPE[1] * stride)), stride * rng.random(SHAPE)
            classes = rng.integers(-1, 3, SHAPE)
            labels = check_labels(classes, offsets, weights, SHAPE, 3)
            mine = take_step(state, ours, training, config, x, labels)
            expected, clipped = torch_step(network, theirs, config, step, x, classes, offsets, weights)
            losses.append((mine, expected))
            n_clipped += clipped
    mine, expected = np.array(losses).T
    np.testing.assert_allclose(mine, expected, rtol=1e-8)
    assert expected[-10:].mean() < 0.95 * expected[:10].mean()
    assert (10 < n_clipped < 90) == bool(config.clip_norm)
    found = network.state_dict()
    for own, (name, _) in torch_tensors(model.network).items():
        value = found[name].numpy()
        # A shift that the next normalisation takes out again has no gradient but rounding, which Adam blows
        # up. One that started at 0 is still next to 0; a bias moves its normalisation's mean along with it.
        largest = abs(value).max()
        if largest > 1e-6:
            bound = 1e-7 * max(largest, 1.0 if own.endswith(("conv.bias", "mean")) else 1e-3)
            np.testing.assert_allclose(
                state.tensors[own].reshape(value.shape), value, rtol=0, atol=bound, err_msg=own
            )

"""How a network starts: what PyTorch's layers draw, from one seed."""

import math

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.network import build_network
from lppn_np.network.initialise import initialise
from lppn_np.network.ops import BatchNorm

CONFIGS = [LPPNConfig(stride=8, features=8), LPPNConfig(variant="medium"), LPPNConfig(variant="large")]
each = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.variant)


@each
def test_one_seed_gives_one_network(config):
    network = build_network(config)
    first, again, other = (initialise(network, seed) for seed in (3, 3, 4))
    assert {name: tensor.shape for name, tensor in first.items()} == network.tensor_shapes()
    assert {tensor.dtype.name for tensor in first.values()} == {"float32"}
    for name, tensor in first.items():
        np.testing.assert_array_equal(tensor, again[name])
    drawn = [name for name in first if name.startswith("class_head") or ".conv." in name]
    assert drawn
    assert all((first[name] != other[name]).any() for name in drawn)


@each
def test_convolutions_are_uniform_up_to_one_over_the_root_of_the_fan_in(config):
    network = build_network(config)
    tensors = initialise(network, 5)
    scaled = []
    for step in network.steps:
        if isinstance(step.op, BatchNorm) or not step.op.parameter_shapes():
            continue
        fan_in = math.prod(tensors[f"{step.name}.weight"].shape[1:])
        for part in step.op.parameter_shapes():
            values = tensors[f"{step.name}.{part}"].ravel() * math.sqrt(fan_in)
            assert abs(values).max() <= 1 + 1e-6, f"{step.name}.{part}"
            scaled.append(values)
    values = np.concatenate(scaled)
    assert len(values) > 10_000
    # Moments of the uniform distribution on +-1, within five of their standard errors.
    assert abs(values.mean()) < 5 * math.sqrt(1 / 3 / len(values))
    assert abs((values**2).mean() - 1 / 3) < 5 * math.sqrt(4 / 45 / len(values))
    assert abs((values > 0.9).mean() - 0.05) < 5 * math.sqrt(0.05 * 0.95 / len(values))


def test_fan_in_of_a_weight_counts_its_inputs_and_taps():
    """A pointwise, a depthwise and a dense one: the largest of many draws comes close to the bound."""
    tensors = initialise(build_network(LPPNConfig(stride=8, features=16)), 6)
    for name, fan_in in (
        ("features.6.expand", 64),
        ("features.6.depthwise", 3),
        ("receptive_field.3.conv", 80 * 5),
    ):
        assert 0.97 <= abs(tensors[f"{name}.weight"]).max() * math.sqrt(fan_in) <= 1 + 1e-6, name
    assert 0.9 <= abs(tensors["receptive_field.3.conv.bias"]).max() * math.sqrt(400) <= 1 + 1e-6


@each
def test_normalisations_start_as_the_identity(config):
    network = build_network(config)
    tensors = initialise(network)
    norms = [step.name for step in network.steps if isinstance(step.op, BatchNorm)]
    assert norms
    for name in norms:
        for part, value in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
            np.testing.assert_array_equal(tensors[f"{name}.{part}"], value)


def test_a_model_without_tensors_is_drawn_from_its_seed():
    config = LPPNConfig(features=2)
    expected = initialise(build_network(config), 11)
    model = LPPN(config, seed=11)
    for name, tensor in model.tensors.items():
        np.testing.assert_array_equal(tensor, expected[name])
        assert not tensor.flags.writeable

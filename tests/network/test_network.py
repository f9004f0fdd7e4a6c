"""The layer lists: parameters, shapes, costs."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.network import ConvBlock, InvertedResidual, build_network
from lppn_np.network.ops import BatchNorm

STRIDES = (8, 16, 32, 64, 128)
# Strides of the seven feature blocks and widths in units of n, as the paper's table has them.
BLOCK_STRIDES = {8: "1121212", 16: "2121212", 32: "2221212", 64: "2222212", 128: "2222222"}
WIDTHS = (1, 2, 2, 3, 3, 4, 5)
SUCCESSORS = {"tiny": (4, 3, 3), "medium": (8, 5, 7), "large": (16, 5, 3)}  # features, taps, classes
PAPER = [LPPNConfig(stride=stride, features=n) for stride in STRIDES for n in (1, 3, 8)]
ALL = [*PAPER, *(LPPNConfig(variant=variant) for variant in SUCCESSORS)]


def label(config):
    return f"{config.variant}-{config.stride}-{config.features}"


every_network = pytest.mark.parametrize("config", ALL, ids=label)


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize(("features", "count"), [(4, 16_260), (8, 60_200), (16, 231_312)])
def test_parameters_of_the_paper_are_the_same_for_every_stride(stride, features, count):
    model = LPPN(LPPNConfig(stride=stride, features=features))
    assert model.n_parameters == model.summary().parameters == count


@pytest.mark.parametrize(("variant", "count"), [("tiny", 11_784), ("medium", 43_296), ("large", 656_436)])
def test_parameters_of_the_successors(variant, count):
    model = LPPN(LPPNConfig(variant=variant))
    assert model.n_parameters == model.summary().parameters == count


@pytest.mark.parametrize("config", PAPER, ids=label)
def test_blocks_of_the_paper(config):
    n, top = config.features, 5 * config.features
    widths = [3, *(n * width for width in WIDTHS)]
    strides = [int(digit) for digit in BLOCK_STRIDES[config.stride]]
    assert np.prod(strides) == config.stride
    expected = {f"features.{i}": InvertedResidual(widths[i], widths[i + 1], strides[i]) for i in range(7)}
    expected |= {f"receptive_field.{i}": InvertedResidual(top, top, 2) for i in range(3)}
    up = ConvBlock(top, top, 1, kernel=5, bias=True, upsample="linear")
    expected |= {f"receptive_field.{i}": up for i in range(3, 6)}
    network = build_network(config)
    assert network.blocks == expected
    assert (network.heads.in_channels, network.heads.n_classes) == (10 * n, 3)


@pytest.mark.parametrize("variant", SUCCESSORS)
def test_blocks_of_the_successors(variant):
    n, taps, n_classes = SUCCESSORS[variant]
    network = build_network(LPPNConfig(variant=variant))
    blocks = list(network.blocks.values())
    assert len(blocks) == 13
    large = variant == "large"
    widths = [n * width for width in ((1, 2, 2, 4, 4, 8, 8) if large else (1, 2, 2, 3, 3, 4, 4))]
    assert [block.out_channels for block in blocks] == [*widths, *[widths[-1]] * 6]
    assert [block.stride for block in blocks] == [1, 2, 1, 2, 1, 2, 1, 2, 2, 2, 1, 1, 1]
    assert [block.kernel for block in blocks] == [5 if variant == "medium" else 3, *[taps] * 12]
    assert [block.upsample for block in blocks] == [None] * 10 + ["nearest"] * 3
    assert {type(block) for block in blocks[1:]} == {ConvBlock if large else InvertedResidual}
    assert [i for i, block in enumerate(blocks) if block.residual] == [2, 4, 6, 10, 11, 12]
    assert (network.heads.in_channels, network.heads.n_classes) == (2 * widths[-1], n_classes)


@every_network
def test_activations_have_the_shapes_that_the_network_announces(config):
    model = LPPN(config)
    n_samples = 16 * config.stride
    shapes = model.network.activation_shapes(n_samples)
    traced = model.trace(np.ones((1, 3, n_samples), np.float32), "numpy")
    found = {name: values.shape[1:] for name, values in traced.items()}
    assert found == shapes | {"probabilities": shapes["class_head"]}
    assert shapes["class_head"] == (len(config.labels), 16)
    assert shapes["offset"] == (1, 16)
    concat = next(step for step in model.network.steps if step.name == "concat")
    assert [shapes[source][1] for source in concat.inputs] == [16, 16]
    assert min(times for _, times in shapes.values()) == 2


@every_network
def test_tensors_by_name(config):
    network = build_network(config)
    shapes = network.tensor_shapes()
    statistics = {name for name in shapes if name.endswith((".running_mean", ".running_var"))}
    assert set(network.trainable_names()) == set(shapes) - statistics
    norms = [step for step in network.steps if isinstance(step.op, BatchNorm)]
    assert len(statistics) == 2 * len(norms) > 0
    names = [step.name for step in network.steps]
    assert len(set(names)) == len(names)
    for index, step in enumerate(network.steps):
        assert set(step.inputs) <= {"input", *names[:index]}


def test_axes_of_the_weights():
    shapes = build_network(LPPNConfig(stride=8, features=2)).tensor_shapes()
    assert shapes["features.1.expand.weight"] == (4, 2)  # Co, Ci
    assert shapes["features.1.depthwise.weight"] == (4, 3)  # C, K
    assert shapes["receptive_field.3.conv.weight"] == (10, 10, 5)  # Co, Ci, K
    assert shapes["receptive_field.3.conv.bias"] == (10,)
    assert shapes["class_head.weight"] == (3, 20)
    assert "features.1.expand.bias" not in shapes


def test_equal_configurations_share_one_network():
    config = LPPNConfig(stride=32, features=5)
    other = LPPNConfig(stride=32, features=5, P_threshold=0.9, in_samples=256, overlap=0, blinding=0)
    assert build_network(config) is build_network(other)
    assert build_network(config) is not build_network(LPPNConfig(stride=64, features=5))


@pytest.mark.parametrize("config", PAPER, ids=label)
@pytest.mark.parametrize("windows", [1, 3])
def test_multiply_adds_of_the_paper(config, windows):
    n, top = config.features, 5 * config.features
    n_samples = 8 * config.stride * windows
    total, times, channels = 0, n_samples, 3
    strides = [*map(int, BLOCK_STRIDES[config.stride]), 2, 2, 2]
    for stride, width in zip(strides, [*(n * width for width in WIDTHS), top, top, top], strict=True):
        hidden = 2 * channels
        total += times * channels * hidden  # expand
        times //= stride
        total += times * hidden * (3 + width)  # depthwise and project
        channels = width
    for _ in range(3):
        times *= 2
        total += times * top * top * 5
    total += times * 2 * top * (3 + 1)
    summary = LPPN(config).summary(n_samples)
    assert summary.multiply_adds == total

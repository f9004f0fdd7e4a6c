"""The two engines against each other, activation by activation."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.network.ops import Add

#: Largest difference over an activation's largest value (measured: 1.2e-6 and 2.0e-15).
BOUNDS = {"float32": 1e-5, "float64": 1e-10}
#: The statistics of the batch are themselves off, and amplify what is (measured: 1.9e-5 and 3.9e-14).
BOUNDS_OF_BATCH = {"float32": 1e-4, "float64": 1e-10}
PAPER = [("paper", stride, features) for stride in (8, 16, 32, 64, 128) for features in (1, 3, 4, 8)]
NETWORKS = [*PAPER, ("deep", 16, 8), ("tiny", 8, 4), ("medium", 8, 8), ("large", 8, 16)]

networks = pytest.mark.parametrize(("variant", "stride", "features"), NETWORKS)
dtypes = pytest.mark.parametrize("dtype", BOUNDS)


def assert_activations_agree(model, x, of_batch=False):
    textbook, compiled = (model.trace(x, name, batch_statistics=of_batch) for name in ("numpy", "numba"))
    bound = (BOUNDS_OF_BATCH if of_batch else BOUNDS)[x.dtype.name]
    names = ["input", *(step.name for step in model.network.steps), "probabilities"]
    assert list(textbook) == list(compiled) == names
    shapes = model.network.activation_shapes(x.shape[2])
    shapes["probabilities"] = shapes["class_head"]
    for name, expected in textbook.items():
        got = compiled[name]
        assert got.dtype == expected.dtype == x.dtype
        assert got.shape == expected.shape == (len(x), *shapes[name])
        largest = abs(expected).max()
        assert largest > 0, f"{name} is dead: nothing is compared"
        assert abs(got - expected).max() <= bound * largest, name


@networks
@dtypes
@pytest.mark.parametrize("length", [1, 5])
def test_every_activation(lively_model, windows, variant, stride, features, dtype, length):
    model = lively_model(variant, stride, features)
    assert_activations_agree(model, windows(model, 2, length, dtype))


@pytest.mark.parametrize(("variant", "stride", "features"), [*PAPER[::3], *NETWORKS[-4:]])
@dtypes
def test_every_activation_with_the_statistics_of_the_batch(
    lively_model, windows, variant, stride, features, dtype
):
    model = lively_model(variant, stride, features)
    assert_activations_agree(model, windows(model, 3, 5, dtype), of_batch=True)


def test_three_features_at_stride_8_have_a_residual_in_the_first_block(lively_model, windows):
    model = lively_model("paper", 8, 3)
    first = next(step for step in model.network.steps if step.name == "features.0.add")
    assert first.op == Add()
    assert set(first.inputs) == {"features.0.project_norm", "input"}
    x = windows(model)
    for engine in ("numpy", "numba"):
        traced = model.trace(x, engine)
        np.testing.assert_array_equal(traced["features.0.add"], traced["features.0.project_norm"] + x)


@pytest.mark.parametrize(("variant", "stride"), [("paper", 32), ("tiny", 8)])
@pytest.mark.parametrize("engine", ["numpy", "layers"])
def test_forward_is_the_end_of_the_trace(lively_model, windows, engine, variant, stride):
    model = lively_model(variant, stride)
    x = windows(model, 2, 3)
    logits, offsets = model.forward(x, engine)
    traced = model.trace(x, engine)
    np.testing.assert_array_equal(logits, traced["class_head"])
    np.testing.assert_array_equal(offsets, traced["offset"][:, 0])
    head = traced["offset_head"].astype(np.float64)
    expected = head if variant == "paper" else 1 / (1 + np.exp(-head))
    np.testing.assert_allclose(traced["offset"], stride * expected, rtol=1e-6, atol=1e-6)


def test_normalisation_with_the_statistics_of_the_batch(lively_model, windows):
    """Every normalised channel then has the mean and the spread that its bias and weight ask for."""
    model = lively_model("paper", 16, 4)
    for engine in ("numpy", "numba"):
        traced = model.trace(windows(model, 4, 8, np.float64), engine, batch_statistics=True)
        for name in ("features.0.expand_norm", "receptive_field.5.norm"):
            bias, weight = model.tensors[f"{name}.bias"], model.tensors[f"{name}.weight"]
            np.testing.assert_allclose(traced[name].mean(axis=(0, 2)), bias, atol=1e-9)
            np.testing.assert_allclose(traced[name].std(axis=(0, 2)), weight, rtol=1e-2)


def test_a_network_as_drawn(windows):
    """Fresh weights and normalisations that are the identity: where training starts."""
    model = LPPN(LPPNConfig(stride=64, features=4))
    assert_activations_agree(model, windows(model, 2, 2))

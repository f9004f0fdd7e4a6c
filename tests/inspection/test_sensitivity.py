"""Saliency, occlusion and effective fields against differences, PyTorch and what cannot be."""

import numpy as np
import pytest

from lppn_np import LPPN, ConfigError, InputError, LPPNConfig
from lppn_np.inspection import Target, effective_field, occlusion, saliency
from lppn_np.inspection.targets import QUANTITIES
from lppn_np.network.receptive_field import reach
from lppn_np.picking.preprocess import phase_code

NETWORKS = [("paper", 16, 4), ("deep", 8, 3), ("medium", 8, 8), ("large", 8, 16)]


@pytest.fixture(scope="module")
def window():
    def draw(model, n_segments=64, dtype=np.float64):
        shape = (3, n_segments * model.config.stride)
        return np.random.default_rng(3).standard_normal(shape).astype(dtype)

    return draw


def value_of(model, x, target):
    """A target's value, spelled out."""
    logits, offsets = model.forward(x[None])
    column = logits[0, :, target.segment]
    p = np.exp(column - column.max())
    p = p[target.label] / p.sum()
    return {
        "log_odds": np.log(p / (1 - p)),
        "probability": p,
        "logit": column[target.label],
        "offset": offsets[0, target.segment],
    }[target.quantity]


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("network", NETWORKS)
def test_saliency_is_the_derivative(lively, window, network, quantity):
    """Central differences along a random direction, float64; the window is clear of kinks of ReLU."""
    model = lively(*network)
    x = window(model)
    target = Target(30, 2, quantity)
    found = saliency(model, x, target)
    assert found.value == pytest.approx(value_of(model, x, target), rel=1e-9)
    direction = np.random.default_rng(4).standard_normal(x.shape)
    step = 1e-7
    ahead, behind = (value_of(model, x + s * step * direction, target) for s in (1, -1))
    slope = (found.gradient * direction).sum()
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-5, abs=1e-7)
    assert abs(slope) > 1e-4 * abs(found.gradient).max()
    np.testing.assert_allclose(found.strength, np.linalg.norm(found.gradient, axis=0))
    np.testing.assert_array_equal(found.contribution, found.gradient * x)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_saliency_is_that_of_autograd(lively, window, engine, dtype):
    torch = pytest.importorskip("torch", reason="compared with PyTorch")
    from lppn_np.weights_import.export import to_state_dict
    from lppn_np.weights_import.torch_reference import build_reference

    model = lively("paper", 16, 4)
    x = window(model).astype(dtype)
    module = build_reference("paper", 16, 4)
    module.load_state_dict(to_state_dict(model))
    module = module.to(getattr(torch, dtype)).eval()
    leaf = torch.from_numpy(x).requires_grad_()
    p = module(leaf[None])[0].softmax(1)[0, 1, 30]
    torch.log(p / (1 - p)).backward()
    found = saliency(model, x, Target(30, 1), engine=engine).gradient
    assert found.dtype == dtype
    expected = leaf.grad.numpy()
    assert abs(found - expected).max() <= (5e-5 if dtype == "float32" else 1e-9) * abs(expected).max()


@pytest.mark.parametrize("network", NETWORKS[:2])
def test_nothing_outside_the_receptive_field_matters(lively, window, network):
    model = lively(*network)
    x = window(model, 256 if network[0] == "deep" else 128)
    target = Target(60, 1)
    first, last = reach(model.network, "class_head", 60, x.shape[1])
    assert 0 < last - first < x.shape[1] - 1
    strength = saliency(model, x, target).strength
    assert (strength[:first] == 0).all()
    assert (strength[last + 1 :] == 0).all()
    assert strength[first : last + 1].any()
    silent = occlusion(model, x, target, width=16, step=16)
    touched = (silent.starts + 16 > first) & (silent.starts <= last)
    assert (silent.drops[:, ~touched] == 0).all()
    assert (silent.drops[:, touched] != 0).any()


@pytest.mark.parametrize("phase_code_used", [False, True])
def test_occlusion_is_the_forward_pass_of_a_silenced_window(lively, window, phase_code_used):
    config = LPPNConfig(stride=16, features=4, phase_code=phase_code_used)
    model = LPPN(config, lively("paper", 16, 4).tensors)
    x = window(model, 16, np.float32)
    target = Target(7, 1, "probability")
    found = occlusion(model, x, target, width=40, step=24)
    assert found.starts.tolist() == list(range(0, 256, 24))
    assert found.value == pytest.approx(value_of(model, x, target), rel=1e-5)
    code = phase_code(256) if phase_code_used else np.zeros((3, 256), np.float32)
    for place, start in enumerate(found.starts):
        for row, components in enumerate(([0], [1], [2], [0, 1, 2])):
            silenced = x.copy()
            silenced[components, start : start + 40] = code[components, start : start + 40]
            expected = value_of(model, silenced, target)
            assert found.values[row, place] == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(found.drops, found.value - found.values)


def test_occlusion_by_each_engine_and_any_threads(lively, window):
    model = lively("paper", 16, 4)
    x, target = window(model, 16, np.float32), Target(7, 1)
    textbook = occlusion(model, x, target, engine="numpy").values
    np.testing.assert_allclose(occlusion(model, x, target).values, textbook, rtol=1e-4, atol=1e-4)
    one, two = (occlusion(model, x, target, n_threads=n).values for n in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("name", "channel"), [("class_head", 1), ("features.6.project_norm", 3), ("offset", 0)]
)
def test_effective_field_lies_in_the_theoretical_one(lively, window, name, channel):
    model = lively("paper", 8, 3)
    x = np.stack([window(model, 128, np.float32), window(model, 128, np.float32)[:, ::-1]])
    field = effective_field(model, x, name, channel)
    first, last = field.theoretical
    assert field.theoretical_width == {"features.6.project_norm": 31}.get(name, 463)
    assert field.centre == 512
    assert field.strength.sum() == pytest.approx(1)
    assert (field.strength[:first] == 0).all()
    assert (field.strength[last + 1 :] == 0).all()
    assert field.strength[first] > 0
    assert field.strength[last] > 0
    narrow, wide = field.interval(0.5), field.interval(1)
    assert first <= wide[0] <= narrow[0] <= narrow[1] <= wide[1] <= last
    assert field.width(0.5) < field.width(0.95) < field.theoretical_width


def test_interval_of_a_known_field():
    from lppn_np.inspection import EffectiveField

    strength = np.zeros(100)
    strength[40:60] = 0.05
    field = EffectiveField("class_head", 1, 50, 50.0, (10, 90), strength)
    assert field.interval(1.0) == (40, 59)
    assert field.interval(0.8) == (42, 57)
    assert field.width(0.8) == 16
    for share in (0, 1.1, -1):
        with pytest.raises(InputError, match=r"share is .* in \(0, 1\]"):
            field.interval(share)


def test_effective_field_by_each_engine(lively, window):
    model = lively("paper", 16, 4)
    x = window(model, 64)[None]
    numba, textbook = (effective_field(model, x, engine=engine).strength for engine in ("numba", "numpy"))
    np.testing.assert_allclose(numba, textbook, rtol=1e-6, atol=1e-12)


REFUSED = [
    ({"segment": 64}, "no segment 64; the window has 64"),
    ({"segment": -1}, "no segment -1"),
    ({"label": 3}, "no class 3; the model has N, P, S"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
@pytest.mark.parametrize("ask", [saliency, occlusion])
def test_targets_that_a_window_does_not_have(lively, window, ask, change, message):
    model = lively("paper", 16, 4)
    target = Target(**({"segment": 3, "label": 1} | change))
    with pytest.raises(InputError, match=message):
        ask(model, window(model), target)


def test_unknown_quantity():
    with pytest.raises(InputError, match="quantity is 'odds'; one of log_odds, probability, logit, offset"):
        Target(0, 1, "odds")


@pytest.mark.parametrize("ask", [saliency, occlusion])
def test_windows_that_cannot_be_asked_about(lively, ask):
    model = lively("paper", 16, 4)
    for x, message in (
        (np.zeros((2, 3, 128)), "one window"),
        ([[0.0]], "x is list"),
        (np.zeros((3, 128), int), "float32 or float64"),
        (np.zeros((2, 128)), "x has shape"),
    ):
        with pytest.raises(InputError, match=message):
            ask(model, x, Target(0, 1))
    with pytest.raises(ConfigError, match="window of 100 samples"):
        ask(model, np.zeros((3, 100)), Target(0, 1))


@pytest.mark.parametrize("given", [{"width": 0}, {"step": 0}, {"width": 1.5}, {"step": True}])
def test_stretches_that_cannot_be(lively, window, given):
    with pytest.raises(InputError, match="a whole number of samples >= 1"):
        occlusion(lively("paper", 16, 4), window(lively("paper", 16, 4)), Target(3, 1), **given)


def test_fields_that_cannot_be(lively, window):
    model = lively("paper", 16, 4)
    x = window(model)[None]
    for name, channel, message in (
        ("features.9", 0, "no layer"),
        ("probabilities", 0, "no layer of the network"),
        ("input", 0, "no layer of the network"),
        ("class_head", 3, "no channel 3; class_head has 3"),
    ):
        with pytest.raises(InputError, match=message):
            effective_field(model, x, name, channel)
    tensors = model.tensors | {"class_head.weight": 0 * model.tensors["class_head.weight"]}
    with pytest.raises(InputError, match="does not depend on these windows"):
        effective_field(LPPN(model.config, tensors), x)

"""The textbook's gradients against central differences of the textbook's forward, in float64."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lppn_np.kernels import reference

EPS = 1e-5  # the epsilon of every normalisation in LPPN
#: A linear or bilinear function equals its central difference up to rounding.
LINEAR = {"step": 1.0, "bound": 1e-12}
#: The difference is off by step^2 / 6 times the third derivative; those here are of the order of the first.
SMOOTH = {"step": 1e-4, "bound": 1e-6}

seeds = st.integers(0, 2**32 - 1)
batches = st.integers(1, 3)
channels = st.integers(1, 9)
times = st.integers(1, 2) | st.integers(3, 40)
taps = st.sampled_from([1, 3, 5, 7])
strides = st.integers(1, 3)


@given(seeds, batches, channels, channels, times)
@example(0, 1, 1, 1, 1)
def test_pointwise(check_projection, normal, seed, n_windows, n_in, n_out, n_times):
    draw = normal(np.float64, seed)
    arrays = {"x": draw(n_windows, n_in, n_times), "weight": draw(n_out, n_in), "bias": draw(n_out)}

    def gradients(dy, x, weight, bias):
        dx, dweight = reference.pointwise_dinput(dy, weight), reference.pointwise_dweight(dy, x)
        return {"x": dx, "weight": dweight, "bias": dy.sum(axis=(0, 2))}

    check_projection(reference.pointwise, gradients, arrays, **LINEAR, seed=seed)


@given(seeds, batches, channels, times, taps, strides)
@example(0, 1, 1, 1, 7, 3)
@example(0, 2, 3, 2, 3, 2)
def test_depthwise(check_projection, normal, seed, n_windows, n_channels, n_times, n_taps, stride):
    draw = normal(np.float64, seed)
    arrays = {"x": draw(n_windows, n_channels, n_times), "weight": draw(n_channels, n_taps)}

    def forward(x, weight):
        return reference.depthwise(x, weight, stride)

    def gradients(dy, x, weight):
        dx = reference.depthwise_dinput(dy, weight, stride, n_times)
        return {"x": dx, "weight": reference.depthwise_dweight(dy, x, n_taps, stride)}

    check_projection(forward, gradients, arrays, **LINEAR, seed=seed)


@given(seeds, batches, channels, channels, times, taps, strides)
@example(0, 1, 1, 1, 1, 7, 3)
@example(0, 2, 3, 2, 2, 5, 2)
def test_dense_conv(check_projection, normal, seed, n_windows, n_in, n_out, n_times, n_taps, stride):
    draw = normal(np.float64, seed)
    arrays = {"x": draw(n_windows, n_in, n_times), "weight": draw(n_out, n_in, n_taps), "bias": draw(n_out)}

    def forward(x, weight, bias):
        return reference.dense_conv(x, weight, bias, stride)

    def gradients(dy, x, weight, bias):
        dx = reference.dense_conv_dinput(dy, weight, stride, n_times)
        dweight = reference.dense_conv_dweight(dy, x, n_taps, stride)
        return {"x": dx, "weight": dweight, "bias": dy.sum(axis=(0, 2))}

    check_projection(forward, gradients, arrays, **LINEAR, seed=seed)


@pytest.mark.parametrize("frozen", [False, True])
@given(seed=seeds, n_windows=batches, n_channels=channels, n_times=times)
@example(seed=0, n_windows=1, n_channels=1, n_times=1)
@example(seed=0, n_windows=1, n_channels=2, n_times=2)
def test_batch_norm(check_projection, normal, spread, frozen, seed, n_windows, n_channels, n_times):
    draw = normal(np.float64, seed)
    running = draw(n_channels), 0.1 + abs(draw(n_channels))
    arrays = {
        "x": spread(seed, n_windows, n_channels, n_times),
        "weight": draw(n_channels),
        "bias": draw(n_channels),
    }

    def statistics(x):
        return running if frozen else reference.batch_statistics(x)

    def forward(x, weight, bias):
        return reference.batch_norm(x, weight, bias, *statistics(x), EPS)

    def gradients(dy, x, weight, bias):
        found = reference.batch_norm_backward(dy, x, weight, *statistics(x), EPS, frozen)
        return dict(zip(("x", "weight", "bias"), found, strict=True))

    check_projection(forward, gradients, arrays, **SMOOTH, seed=seed)


@given(seeds, batches, channels, times)
@example(0, 1, 1, 1)
def test_relu(check_projection, normal, seed, n_windows, n_channels, n_times):
    """Away from its kink, which the step must not cross."""
    x = normal(np.float64, seed)(n_windows, n_channels, n_times)
    x += np.where(x > 0, 0.1, -0.1)
    arrays = {"x": x}
    check_projection(
        reference.relu,
        lambda dy, x: {"x": reference.relu_dinput(dy, x)},
        arrays,
        step=1e-3,
        bound=1e-12,
        seed=seed,
    )


def test_relu_passes_no_gradient_at_its_kink():
    """As PyTorch has it: the derivative at 0 is 0."""
    x = np.array([[[-1.0, -0.0, 0.0, 1.0]]])
    np.testing.assert_array_equal(reference.relu_dinput(np.ones_like(x), x), [[[0, 0, 0, 1]]])


@pytest.mark.parametrize("mode", ["linear", "nearest"])
@given(seed=seeds, n_windows=batches, n_channels=channels, n_times=times)
@example(seed=0, n_windows=1, n_channels=1, n_times=1)
@example(seed=0, n_windows=1, n_channels=1, n_times=2)
def test_upsample(check_projection, normal, mode, seed, n_windows, n_channels, n_times):
    up, down = {
        "linear": (reference.upsample_linear, reference.upsample_linear_dinput),
        "nearest": (reference.upsample_nearest, reference.upsample_nearest_dinput),
    }[mode]
    arrays = {"x": normal(np.float64, seed)(n_windows, n_channels, n_times)}
    check_projection(up, lambda dy, x: {"x": down(dy)}, arrays, **LINEAR, seed=seed)


@given(seeds, batches, channels, times)
@example(0, 1, 1, 1)
def test_sigmoid(check_projection, normal, seed, n_windows, n_channels, n_times):
    def gradients(dy, x):
        return {"x": reference.sigmoid_dinput(dy, reference.sigmoid(x))}

    arrays = {"x": 3 * normal(np.float64, seed)(n_windows, n_channels, n_times)}
    check_projection(reference.sigmoid, gradients, arrays, **SMOOTH, seed=seed)


@given(seeds, batches, st.integers(2, 7), times)
@example(0, 1, 2, 1)
def test_segment_loss(check_projection, normal, seed, n_windows, n_classes, n_times):
    """Some segments ignored, classes weighted, one of them not at all."""
    rng, draw = np.random.default_rng(seed), normal(np.float64, seed)
    classes = rng.integers(-1, n_classes, (n_windows, n_times))
    weights = rng.uniform(0.2, 3, n_classes)
    weights[rng.integers(n_classes)] = 0
    arrays = {"logits": 2 * draw(n_windows, n_classes, n_times), "offsets": 8 * draw(n_windows, n_times)}
    targets = 8 * rng.random((n_windows, n_times))

    def evaluate(logits, offsets):
        return reference.segment_loss(logits, offsets, classes, targets, weights, 0.1)

    def forward(logits, offsets):
        return np.array([evaluate(logits, offsets)[0]])

    def gradients(dy, logits, offsets):
        _, dlogits, doffsets = evaluate(logits, offsets)
        return {"logits": dy * dlogits, "offsets": dy * doffsets}

    check_projection(forward, gradients, arrays, **SMOOTH, seed=seed)


@pytest.fixture(scope="session")
def spread():
    """``spread(seed, ...)``: numbers of which no two are alike, so that no variance is nearly 0."""

    def draw(seed, n_windows, n_channels, n_times):
        rng = np.random.default_rng(seed)
        rows = [rng.permutation(np.linspace(-1.5, 1.5, n_windows * n_times)) for _ in range(n_channels)]
        return np.stack([row.reshape(n_windows, n_times) for row in rows], axis=1) + rng.standard_normal()

    return draw

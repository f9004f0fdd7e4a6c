"""Which input samples an output depends on: asked of the textbook engine, and counted on the layer list."""

import bisect

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.network.receptive_field import reach, span

N_SEGMENTS = 128

# Stride: samples behind one feature, behind one value after the three downsamplings, and behind one output in
# the middle of a window of 128 segments (the last from PyTorch's gradients; it depends a little on the place,
# because upsampling with aligned corners does).
SPANS = {
    8: (31, 143, 463),
    16: (59, 283, 923),
    32: (111, 559, 1839),
    64: (191, 1087, 3647),
    128: (255, 2047, 7167),
}
OUTPUTS = ("features.6.project_norm", "receptive_field.2.project_norm", "class_head", "offset_head")


def all_positive(stride, variant="paper", features=1):
    """Weights above 0 and no biases: an output is above 0 if and only if a sample that it depends on is."""
    config = LPPNConfig(variant=variant, stride=stride, features=features)
    tensors = LPPN(config).tensors
    for name, tensor in tensors.items():
        part = name.rsplit(".", 1)[1]
        if part in ("bias", "running_mean"):
            tensors[name] = 0 * tensor
        elif part == "weight":
            tensors[name] = abs(tensor) + np.float32(0.1)
    return LPPN(config, tensors)


@pytest.mark.parametrize("stride", SPANS)
def test_samples_behind_an_output(stride):
    model = all_positive(stride)
    n_samples = N_SEGMENTS * stride

    def reached(first, stop):
        """Which of the middle values sees any of the samples [first, stop)."""
        x = np.zeros((1, 3, n_samples))
        x[..., first:stop] = 1
        traced = model.trace(x, "numpy")
        return {name: traced[name][0, 0, traced[name].shape[2] // 2] > 0 for name in OUTPUTS}

    assert not any(reached(0, 0).values())
    for name, width in zip(OUTPUTS, (*SPANS[stride], SPANS[stride][2]), strict=True):
        samples = range(n_samples)
        first = bisect.bisect_left(samples, True, key=lambda t, name=name: reached(0, t + 1)[name])
        behind = bisect.bisect_left(samples, True, key=lambda t, name=name: not reached(t, n_samples)[name])
        assert behind - first == width, name
        if name in OUTPUTS[:2]:  # around the first sample of the segment, as far on both sides
            assert first + width // 2 == n_samples // 2
        for t in np.linspace(first, behind - 1, 9).astype(int):
            assert reached(t, t + 1)[name], f"{name} has a hole at {t} in {first} .. {behind - 1}"


@pytest.mark.parametrize("stride", SPANS)
def test_spans_counted_on_the_layer_list(stride):
    network = LPPN(LPPNConfig(stride=stride, features=3)).network
    assert [span(network, name) for name in OUTPUTS] == [*SPANS[stride], SPANS[stride][2]]
    assert span(network, "features.0.expand") == span(network, "input") == 1
    n_samples = N_SEGMENTS * stride
    for name, expected in zip(OUTPUTS, SPANS[stride], strict=False):
        n_times = network.activation_shapes(n_samples)[name][1]
        first, last = reach(network, name, n_times // 2, n_samples)
        assert last - first + 1 == expected


@pytest.mark.parametrize(
    ("variant", "stride", "features", "n_segments"),
    [("paper", 8, 3, 24), ("paper", 16, 1, 16), ("deep", 8, 1, 32), ("tiny", 8, 4, 24), ("medium", 8, 8, 16)],
)
def test_reach_is_where_impulses_arrive(variant, stride, features, n_segments):
    """A window an input sample with an impulse there, through the textbook: who feels it depends on it."""
    model = all_positive(stride, variant, features)
    n_samples = n_segments * stride
    x = np.zeros((n_samples, 3, n_samples))
    x[np.arange(n_samples), :, np.arange(n_samples)] = 1
    traced = model.trace(x, "numpy")
    for layer in traced.layers:
        if layer.kind in ("Sigmoid", "Softmax") or "offset_sigmoid" in layer.parents:
            continue  # not 0 where their input is
        felt = traced[layer.name].max(axis=1)  # (impulse, value)
        felt = felt > 1e-14 * felt.max()  # an interpolation may leave rounding where its weight is 0
        for index in {*range(0, layer.n_times, max(1, layer.n_times // 30)), layer.n_times - 1}:
            samples = np.flatnonzero(felt[:, index])
            assert (samples[0], samples[-1]) == reach(model.network, layer.name, index, n_samples), layer.name

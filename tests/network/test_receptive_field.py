"""Which input samples an output depends on, found by asking the textbook engine and nothing else."""

import bisect

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig

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


def all_positive(stride):
    """Weights above 0 and no biases: an output is above 0 if and only if a sample that it depends on is."""
    config = LPPNConfig(stride=stride, features=1)
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
    for name, span in zip(OUTPUTS, (*SPANS[stride], SPANS[stride][2]), strict=True):
        samples = range(n_samples)
        first = bisect.bisect_left(samples, True, key=lambda t, name=name: reached(0, t + 1)[name])
        behind = bisect.bisect_left(samples, True, key=lambda t, name=name: not reached(t, n_samples)[name])
        assert behind - first == span, name
        if name in OUTPUTS[:2]:  # around the first sample of the segment, as far on both sides
            assert first + span // 2 == n_samples // 2
        for t in np.linspace(first, behind - 1, 9).astype(int):
            assert reached(t, t + 1)[name], f"{name} has a hole at {t} in {first} .. {behind - 1}"

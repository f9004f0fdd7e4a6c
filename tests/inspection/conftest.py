"""Models whose every layer matters, and labelled windows for them."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig


@pytest.fixture(scope="session")
def lively():
    """``lively(variant, stride, features)``: normalisations as after some training, not those drawn anew."""

    def build(variant="paper", stride=16, features=4, seed=0):
        config = LPPNConfig(variant=variant, stride=stride, features=features)
        rng = np.random.default_rng(seed)
        tensors = LPPN(config, seed=seed).tensors
        ranges = {
            "weight": (0.5, 1.5),
            "bias": (-0.2, 0.8),
            "running_mean": (-0.2, 0.2),
            "running_var": (0.1, 1),
        }
        for norm in [name.removesuffix(".running_var") for name in tensors if name.endswith(".running_var")]:
            for part, limits in ranges.items():
                shape = tensors[f"{norm}.{part}"].shape
                tensors[f"{norm}.{part}"] = rng.uniform(*limits, shape).astype(np.float32)
        return LPPN(config, tensors)

    return build


@pytest.fixture(scope="session")
def labelled():
    """``labelled(model, n_windows, length)``: x, classes and offsets; length in the shortest windows."""

    def draw(model, n_windows=2, length=2, dtype=np.float32, seed=1):
        rng = np.random.default_rng(seed)
        n_segments = 2**model.config.levels * length
        x = rng.standard_normal((n_windows, 3, n_segments * model.config.stride)).astype(np.float32)
        classes = rng.integers(-1, model.config.n_classes, (n_windows, n_segments))
        offsets = rng.uniform(0, model.config.stride, (n_windows, n_segments)).astype(np.float32)
        return x.astype(dtype), classes, offsets.astype(dtype)

    return draw

"""Models whose every layer matters: drawn anew, they would start with normalisations that do nothing."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.engines import pool


@pytest.fixture(scope="session")
def lively_model():
    """``lively_model(variant, stride, features)`` has random weights and random running statistics."""

    def build(variant="paper", stride=8, features=4, seed=0):
        config = LPPNConfig(variant=variant, stride=stride, features=features)
        rng = np.random.default_rng(seed)
        tensors = LPPN(config, seed=seed).tensors
        norms = [name.removesuffix(".running_var") for name in tensors if name.endswith(".running_var")]
        for norm in norms:
            size = tensors[f"{norm}.weight"].shape
            tensors[f"{norm}.weight"] = rng.uniform(0.5, 1.5, size).astype(np.float32)
            tensors[f"{norm}.bias"] = rng.uniform(-0.2, 0.8, size).astype(np.float32)
            tensors[f"{norm}.running_mean"] = rng.uniform(-0.2, 0.2, size).astype(np.float32)
            tensors[f"{norm}.running_var"] = rng.uniform(0.1, 1.0, size).astype(np.float32)
        return LPPN(config, tensors)

    return build


@pytest.fixture(scope="session")
def windows():
    """``windows(model, n_windows, length)`` of normal numbers; length in the shortest possible windows."""

    def draw(model, n_windows=2, length=1, dtype=np.float32, seed=1):
        n_samples = 2**model.config.levels * model.config.stride * length
        return np.random.default_rng(seed).standard_normal((n_windows, 3, n_samples)).astype(dtype)

    return draw


@pytest.fixture(params=[1, 2, 4], ids=lambda n: f"{n} cores")
def cores(request, monkeypatch):
    """A machine of so many cores, with a pool of its own."""
    monkeypatch.setattr(pool, "available_cores", lambda: request.param)
    monkeypatch.setattr(pool, "_pool", pool._Pool())
    return request.param

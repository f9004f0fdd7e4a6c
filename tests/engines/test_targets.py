"""The fast engine on CPUs that this one can stand in for: numba compiles for what the environment asks."""

import os
import platform
import subprocess
import sys

import pytest

from lppn_np.kernels.vectors import Vectors, choose_vectors

PROGRAM = """
import sys
import numpy as np
from lppn_np import LPPN, LPPNConfig
from lppn_np.kernels.vectors import VECTORS
assert VECTORS.width == int(sys.argv[1]), VECTORS
for variant, stride, features in (("paper", 16, 8), ("paper", 8, 3), ("medium", 8, 8), ("large", 8, 16)):
    model = LPPN(LPPNConfig(variant=variant, stride=stride, features=features), seed=1)
    for length in (1, 5, 7):
        shape = (2, 3, 8 * stride * length)
        x = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
        for got, expected in zip(model.forward(x), model.forward(x, "numpy")):
            difference = abs(got - expected).max() / abs(expected).max()
            assert difference <= 2e-5, (variant, length, difference)
print("right")
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86-64 processors")
@pytest.mark.parametrize(
    ("width", "environment"),
    [
        (4, {"NUMBA_CPU_NAME": "generic"}),
        (4, {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": "+sse4.2,+sse3,+ssse3,+popcnt"}),
        (8, {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+bmi,+bmi2"}),
    ],
    ids=["generic", "SSE4", "AVX2"],
)
def test_right_for_another_target(width, environment):
    if "avx2" in environment.get("NUMBA_CPU_FEATURES", "") and "avx2" not in _flags():
        pytest.skip("this processor has no AVX2")
    command = [sys.executable, "-c", PROGRAM, str(width)]
    run = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "right"


def _flags():
    from lppn_np.kernels._jit import cpu_features

    return cpu_features()[1]


@pytest.mark.parametrize(
    ("machine", "features", "expected"),
    [
        ("x86_64", set(), Vectors(4, 2)),
        ("x86_64", {"sse4.2"}, Vectors(4, 2)),
        ("x86_64", {"avx"}, Vectors(8, 2)),
        ("x86_64", {"avx", "avx2", "fma"}, Vectors(8, 3)),
        ("x86_64", {"avx", "avx2", "fma", "avx512f"}, Vectors(16, 4)),
        ("aarch64", {"neon"}, Vectors(4, 4)),
        ("arm64", set(), Vectors(4, 4)),
        ("riscv64", set(), Vectors(4, 2)),
    ],
)
def test_shape_of_the_tile(machine, features, expected):
    assert choose_vectors(machine, features) == expected

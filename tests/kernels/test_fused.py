"""The interpreter on small programs, compiled and as plain Python."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.inference import compile_program


@pytest.mark.parametrize(
    ("variant", "stride", "features"), [("paper", 8, 1), ("paper", 16, 3), ("medium", 8, 8)]
)
def test_a_program_equals_the_textbook(variant, stride, features):
    model = LPPN(LPPNConfig(variant=variant, stride=stride, features=features), seed=3)
    x = np.random.default_rng(4).standard_normal((1, 3, 16 * stride)).astype(np.float32)
    program = compile_program(model.network, model.tensors, x.shape[2])
    logits = np.empty((1, program.n_classes, program.n_segments), np.float32)
    offsets = np.empty((1, program.n_segments), np.float32)
    program.run(x, logits, offsets, program.new_arena())
    for got, expected in zip((logits, offsets), model.forward(x, "numpy"), strict=True):
        assert abs(got - expected).max() <= 2e-5 * abs(expected).max()

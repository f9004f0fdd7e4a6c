"""The chains do every multiply-add that the peak is computed from."""

import numpy as np
import pytest

from lppn_np.kernels import peak


@pytest.mark.parametrize("width", peak.WIDTHS)
@pytest.mark.parametrize("turns", [1, 2, 7])
def test_chains(width, turns):
    got = np.random.default_rng(0).uniform(-1, 1, (peak.CHAINS + 2) * width).astype(np.float32)
    expected = got.copy()
    getattr(peak, f"multiply_add_chains_{width}")(got, turns)
    peak.chains_twin(expected, turns, width)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6)

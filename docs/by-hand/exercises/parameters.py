"""Exercise of docs/by-hand/network.md: python -m pytest docs/by-hand/exercises/parameters.py"""

import lppn_np


def n_parameters(n):
    """Return the number of trainable parameters of the paper's network with n features."""
    raise NotImplementedError("yours to write")


def test_published_sizes():
    assert [n_parameters(n) for n in (4, 8, 16)] == [16_260, 60_200, 231_312]


def test_any_size_and_stride():
    for stride, features in ((8, 1), (64, 5)):
        model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=stride, features=features))
        assert n_parameters(features) == model.n_parameters

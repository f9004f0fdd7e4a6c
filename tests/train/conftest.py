"""Records made of impulses: an arrival is where the impulse is."""

import numpy as np
import pytest

from lppn_np.train.augment import ArrayRecord


def impulse_record(n_samples, p=None, s=None, is_noise=False):
    data = np.zeros((3, n_samples), np.float32)
    for sample in (p, s):
        if sample is not None:
            data[:, int(sample)] = 1.0
    return ArrayRecord(data, p, s, is_noise)


def noise_record(seed, n_samples, p=None, s=None, is_noise=False, scale=1.0):
    data = np.random.default_rng(seed).normal(size=(3, n_samples)).astype(np.float32) * np.float32(scale)
    return ArrayRecord(data, p, s, is_noise)


@pytest.fixture(scope="session")
def impulses():
    return impulse_record


@pytest.fixture(scope="session")
def white():
    return noise_record

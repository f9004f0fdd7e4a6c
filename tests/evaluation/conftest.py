"""Records with spikes for arrivals, a model that sees every spike, and one that sees none."""

import numpy as np
import pytest

import lppn_np
from lppn_np.data import Entry, TraceRecord, UnusableRecord


class Records:
    """A dataset in memory, with what ``evaluate`` asks of one."""

    sampling_rate = 100.0
    component_order = "ENZ"

    def __init__(self, records):
        self.records = list(records)
        self.entries = [entry for entry, _ in self.records]

    def read(self, index):
        entry, data = self.records[index]
        if data is None:
            raise UnusableRecord(entry.name, "damaged")
        return TraceRecord(entry, data)


class Oracle(lppn_np.LPPN):
    """Calls a spike on Z a P, and one on N an S, with certainty and at the exact sample."""

    def forward(self, x, engine="numba", n_threads=1, *, batch_statistics=False):
        stride = self.config.stride
        logits = np.zeros((len(x), 3, x.shape[2] // stride), np.float32)
        logits[:, 0] = 20
        offsets = np.zeros(logits[:, 0].shape, np.float32)
        for row, label in ((2, 1), (1, 2)):
            window, sample = np.nonzero(x[:, row] > 0.5)
            logits[window, label, sample // stride] = 40
            offsets[window, sample // stride] = sample % stride
        return logits, offsets


class Silent(lppn_np.LPPN):
    """Sees nothing, ever."""

    def forward(self, x, engine="numba", n_threads=1, *, batch_statistics=False):
        n_segments = x.shape[2] // self.config.stride
        logits = np.zeros((len(x), 3, n_segments), np.float32)
        logits[:, 0] = 20
        return logits, np.zeros((len(x), n_segments), np.float32)


def make_record(
    name="record",
    p=None,
    s=None,
    *,
    n=6000,
    noise=False,
    snr=None,
    distance=None,
    source="here",
    spikes=None,
):
    """A record with spikes at its labels, or at ``spikes`` (P samples, S samples)."""
    data = np.zeros((3, n), np.float32)
    data[0] = np.random.default_rng(len(name)).normal(size=n)
    p_spikes, s_spikes = ([x for x in (label,) if x is not None] for label in (p, s))
    if spikes is not None:
        p_spikes, s_spikes = spikes
    data[2, p_spikes] = 1
    data[1, s_spikes] = 1
    return Entry(name, "test", noise, p, s, "XX.STA", name, snr, distance, source), data


@pytest.fixture(scope="session")
def record():
    return make_record


@pytest.fixture(scope="session")
def records():
    return Records


@pytest.fixture(scope="session")
def oracle():
    return Oracle()


@pytest.fixture(scope="session")
def silent():
    return Silent()

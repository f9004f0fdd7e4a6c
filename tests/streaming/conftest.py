"""What the tests of streaming share: a made-up record with gaps, and ways to cut it into chunks."""

from itertools import pairwise

import numpy as np
import pytest

import lppn_np
from lppn_np.data.synthetic import synthetic_noise, synthetic_record
from lppn_np.kernels import _jit

#: Many picks, so that a sample or a window out of place would show.
LOW = {"P_threshold": 0.1, "S_threshold": 0.1}


@pytest.fixture(autouse=True)
def no_remark():
    """The first test to compile a kernel would find the remark about it in its output."""
    _jit._say_once()


@pytest.fixture(scope="session")
def model():
    return lppn_np.LPPN.from_pretrained("default")


def made_up(n_samples, seed, spacing=1700):
    """Noise with an earthquake every 17 s, (3, n_samples) int32 counts."""
    rng = np.random.default_rng(seed)
    data = synthetic_noise(rng, n_samples, rms=100.0)
    for start in range(0, n_samples - 2000, spacing):
        event = synthetic_record(rng, 2000, snr_db=float("inf"), distance_km=float(rng.uniform(5, 60)))
        data[:, start : start + 2000] += event.data * (5000 / np.abs(event.data).max())
    return np.rint(data).astype(np.int32)


@pytest.fixture(scope="session")
def ten_minutes():
    """Return 60,000 samples, int32."""
    data = made_up(60_000, seed=3)
    data.flags.writeable = False
    return data


@pytest.fixture(scope="session")
def gappy(ten_minutes):
    """Return ten minutes with gaps of a sample, of less and of more than a window, and of one component."""
    data = ten_minutes.astype(np.float64)
    data[:, 6000:6001] = np.nan
    data[:, 14_000:14_700] = np.nan
    data[1, 20_000:23_000] = np.nan
    data[:, 30_000:35_000] = np.nan
    data[2, 50_000:] = np.nan
    data.flags.writeable = False
    return data


def cuts(rng, n_samples, longest=None):
    """Where to cut: chunks of a sample to a minute or two, of the same order of length in one record."""
    order = rng.uniform(1.5, 4) if longest is None else np.log10(longest)
    bounds = [0]
    while bounds[-1] < n_samples:
        bounds.append(min(n_samples, bounds[-1] + int(10 ** rng.uniform(0, order)) + 1))
    return bounds


def pieces_of(data, bounds):
    return [data[:, a:b] for a, b in pairwise(bounds)]


def fed(picker, chunks):
    """All picks of a stream in order, and how many came before its end."""
    picks = [pick for chunk in chunks for pick in picker.feed(chunk)]
    before = len(picks)
    picks += picker.close()
    return sorted(picks, key=lambda p: (p.peak_time, -p.peak_value)), before


def same(found, expected, least=20):
    """Assert that two lists hold the same picks, not too few of them."""
    assert len(found) == len(expected) >= least
    for one, other in zip(sorted(found, key=key), sorted(expected, key=key), strict=True):
        assert (one.trace_id, one.phase) == (other.trace_id, other.phase)
        assert abs(one.peak_value - other.peak_value) <= 1e-6
        for name in ("peak_time", "start_time", "end_time"):
            assert abs(getattr(one, name) - getattr(other, name)) <= 1e-6
        assert one.snr == pytest.approx(other.snr, abs=1e-6)


def key(pick):
    return pick.trace_id, pick.phase, pick.peak_time


def traces(data, start="2020-01-01T00:00:00.003", station="XX.AAA..HH", components="ENZ", bounds=None):
    """Packets of every component, cut at its own places and at gaps, in order of their ends."""
    obspy = pytest.importorskip("obspy", reason="packets are obspy Traces")
    start = obspy.UTCDateTime(start)
    network, name, location, code = station.split(".")
    found = []
    for row, component in enumerate(components):
        for first, stop in _without_gaps(data[row], bounds[row] if bounds else [0, data.shape[1]]):
            values = data[row, first:stop]
            header = {"network": network, "station": name, "location": location, "channel": code + component}
            header |= {"sampling_rate": 100.0, "starttime": start + first / 100}
            found.append(obspy.Trace(values.copy(), header=header))
    return sorted(found, key=lambda trace: trace.stats.endtime)


def _without_gaps(row, bounds):
    missing = np.isnan(row) if row.dtype.kind == "f" else np.zeros(len(row), bool)
    edges = np.flatnonzero(np.diff(missing.astype(int))) + 1
    bounds = sorted({*bounds, *edges.tolist()})
    return [(a, b) for a, b in pairwise(bounds) if not missing[a]]

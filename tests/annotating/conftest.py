"""What the tests of Streams share: the bundled weights, the record that comes with obspy, an eager model."""

import contextlib
import warnings

import numpy as np
import pytest

import lppn_np

with warnings.catch_warnings(), contextlib.suppress(ImportError):
    # obspy 1.5 on Python 3.11 looks up its plugins in a deprecated way while it is imported.
    warnings.filterwarnings("ignore", message="SelectableGroups", category=DeprecationWarning)
    import obspy


@pytest.fixture(scope="session")
def model():
    return lppn_np.LPPN.from_pretrained()


@pytest.fixture(scope="session")
def eager():
    """Return an untrained model: with low thresholds it picks everywhere that it may."""
    return lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=1, in_samples=512, overlap=128, blinding=32))


@pytest.fixture
def example():
    """Return a local earthquake of 30 s, P at 4.69 s and S at 5.65 s, 100 Hz, EHZ, EHN and EHE of BW.RJOB."""
    return pytest.importorskip("obspy", reason="the example record comes with obspy").read()


@pytest.fixture(scope="session")
def make_trace():
    """``make_trace(data, "XX.STA..HHZ", start, rate)``: a trace that starts some seconds after midnight."""
    midnight = obspy.UTCDateTime("2024-02-28")

    def make(data, name="XX.STA..HHZ", start=0.0, rate=100.0):
        header = dict(zip(("network", "station", "location", "channel"), name.split("."), strict=True))
        header |= {"sampling_rate": rate, "starttime": midnight + start}
        return obspy.Trace(np.asarray(data), header)

    return make


@pytest.fixture(scope="session")
def long_stream(make_trace):
    """Return two minutes of noise with bursts on three components, fresh on each call, of any station."""

    def make(name="XX.STA..HH", seconds=120, rate=100.0, seed=0):
        rng = np.random.default_rng(seed)
        data = rng.normal(size=(3, round(seconds * rate)))
        for onset in range(round(20 * rate), data.shape[1], round(25 * rate)):
            piece = data[:, onset:]
            piece += 30 * np.exp(-np.arange(piece.shape[1]) / rate) * rng.normal(size=piece.shape)
        return obspy.Stream([make_trace(x, name + c, 0.25, rate) for x, c in zip(data, "ENZ", strict=True)])

    return make


@pytest.fixture(scope="session")
def told():
    """Picks as comparable values: name, phase, time in ns, probability."""

    def values(picks):
        return [(p.trace_id, p.phase, p.peak_time.ns, p.peak_value) for p in picks]

    return values

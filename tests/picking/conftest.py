"""What the picking tests share: published weights and real records."""

import functools

import numpy as np
import pytest

from lppn_np.weights_import import import_checkpoint


@pytest.fixture(scope="session")
def paper(shared_data):
    """``paper(stride, features)`` is the published model, imported once."""

    @functools.cache
    def load(stride=16, features=8):
        return import_checkpoint(shared_data("checkpoints", "paper", f"{stride}-{features}.wave"), stride)

    return load


@pytest.fixture(scope="session")
def example_stream():
    """Record of a local earthquake that comes with obspy, 30 s, P at 4.69 s and S at 5.65 s."""
    return pytest.importorskip("obspy", reason="the example record comes with obspy").read()


@pytest.fixture(scope="session")
def example(example_stream):
    """The example as an array (3, 3000), float64, rows E, N, Z."""
    array = np.array([example_stream.select(component=c)[0].data for c in "ENZ"])
    array.flags.writeable = False
    return array


@pytest.fixture(scope="session")
def ridgecrest(shared_data):
    """``ridgecrest(station)`` is a Record of 140 minutes."""
    obspy = pytest.importorskip("obspy", reason="the continuous records are MiniSEED")
    from lppn_np.waveforms import records_from_stream

    @functools.cache
    def read(station):
        (record,) = records_from_stream(
            obspy.read(shared_data("continuous", "ridgecrest", f"{station}.mseed"))
        )
        record.data.flags.writeable = False
        return record

    return read


@pytest.fixture(scope="session")
def three_minutes(ridgecrest):
    """Return 18,000 samples, the M6.4 in the middle and its first aftershocks."""
    return ridgecrest("CI.JRC2").data[:, 615_000:633_000]


@pytest.fixture(scope="session")
def assert_same_picks():
    """Compare two lists of picks of arrays: phases equal, times and probabilities within bounds."""

    def check(got, expected, seconds=1e-3, probability=1e-3):
        assert [p.phase for p in got] == [p.phase for p in expected]
        for name, bound in (("peak_time", seconds), ("peak_value", probability)):
            values = [[getattr(p, name) for p in picks] for picks in (got, expected)]
            np.testing.assert_allclose(*values, rtol=0, atol=bound, err_msg=name)

    return check

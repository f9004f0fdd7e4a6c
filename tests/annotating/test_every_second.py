"""An event is found wherever it is in a record: at the edges of windows, at its start and at its end."""

import numpy as np
import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st

obspy = pytest.importorskip("obspy")

RATE, N_SAMPLES = 100, 12_000
P_SAMPLE = 469  # of obspy's example


@pytest.fixture(scope="module")
def at_any_sample():
    """Return the example's event in noise as strong as its own, P at the sample asked for, cut at the end."""
    stream = obspy.read()
    data = np.array([stream.select(component=c)[0].data for c in "ENZ"])
    noise = data[:, : P_SAMPLE - 29]
    event = data[:, P_SAMPLE - 50 :] - noise.mean(axis=1, keepdims=True)
    background = np.random.default_rng(1).normal(size=(3, N_SAMPLES)) * noise.std(axis=1, keepdims=True)

    def make(sample):
        record = background.copy()
        begin = sample - 50
        length = min(event.shape[1], N_SAMPLES - begin)
        record[:, begin : begin + length] = event[:, :length]
        header = {"station": "A", "sampling_rate": RATE}
        return obspy.Stream(
            [obspy.Trace(x, {**header, "channel": "HH" + c}) for x, c in zip(record, "ENZ", strict=True)]
        )

    return make


@settings(max_examples=25)
@given(sample=st.integers(2 * RATE, N_SAMPLES - 2 * RATE))
@case(sample=2 * RATE)
@case(sample=N_SAMPLES - 2 * RATE)
@case(sample=3072)
@case(sample=2048 + 256)
def test_every_second_can_be_picked(sample, model, at_any_sample):
    picks = model.classify(at_any_sample(sample)).picks
    assert any(
        pick.phase == "P" and abs(pick.peak_time.timestamp - sample / RATE) <= 0.2 for pick in picks
    ), picks

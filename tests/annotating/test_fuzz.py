"""Streams as no network sends them: a named error or picks where there are data, nothing else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lppn_np

obspy = pytest.importorskip("obspy")

RATES = [20.0, 33.3, 40.0, 50.0, 99.998, 100.0, 100.0, 120.0, 128.0, 200.0, 250.0, 500.0]
CHANNELS = ["HHE", "HHN", "HHZ", "HH1", "HH2", "hhz", "BHZ", "BHN", "EHZ", "HNZ", "Z", "HDH", "LHZ"]
DTYPES = ["f8", "f4", "i4", "i2", "<f4", ">f4", "S1", "masked", "nan"]
#: Seconds, from a gap to the nearest pick, less what a resampled sample may be off.
MARGIN = 0.5


@st.composite
def traces(draw):
    # Traces on one channel mostly share a rate: mixtures are tried too, but are not the rule.
    rate = draw(st.sampled_from(RATES))
    found = []
    for _ in range(draw(st.integers(1, 7))):
        rate = rate if draw(st.integers(0, 3)) else draw(st.sampled_from(RATES))
        found.append(
            {
                "station": draw(st.sampled_from(["A", "B"])),
                "location": draw(st.sampled_from(["", "00"])),
                "channel": draw(st.sampled_from(CHANNELS)),
                "rate": rate,
                "start": draw(st.sampled_from([0.0, 0.0037, 1.0, 5.5, 12.0, 700.0])) + draw(st.floats(0, 9)),
                "seconds": draw(st.one_of(st.just(0.0), st.floats(0.0, 14.0))),
                "dtype": draw(st.sampled_from(DTYPES)),
                "seed": draw(st.integers(0, 9)),
            }
        )
    return found


def build(rows):
    stream = obspy.Stream()
    for row in rows:
        rng = np.random.default_rng(row["seed"])
        data = 1000 * rng.normal(size=round(row["seconds"] * row["rate"])) + 300 * row["seed"]
        if row["dtype"] == "masked":
            data = np.ma.masked_array(data.astype("i4"), rng.random(len(data)) < 0.02)
        elif row["dtype"] == "nan":
            data[rng.random(len(data)) < 0.02] = np.nan
        elif row["dtype"] == "S1":
            data = np.full(len(data), b"x")
        else:
            data = data.astype(row["dtype"])
        header = {"network": "XX", "station": row["station"], "location": row["location"]}
        header |= {"channel": row["channel"], "sampling_rate": row["rate"]}
        header["starttime"] = obspy.UTCDateTime("2024-02-28") + row["start"]
        stream.append(obspy.Trace(data, header))
    return stream


def covered(stream, pick, seconds):
    """Whether some trace of the station has a number within some seconds of a pick, before and after it."""
    for trace in stream.select(id=pick.trace_id + "*"):
        if trace.data.dtype.kind not in "iuf" or not len(trace.data):
            continue
        first, step = trace.stats.starttime, trace.stats.delta
        low = max(0, int(np.ceil((pick.peak_time - seconds - first) / step)))
        high = int(np.floor((pick.peak_time + seconds - first) / step))
        values = np.ma.filled(trace.data[low : max(high + 1, 0)].astype("f8"), np.nan)
        if np.isfinite(values).any():
            return True
    return False


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=traces(), stacking=st.sampled_from(["max", "max", "avg"]), zerophase=st.booleans())
def test_streams(rows, stacking, zerophase, eager):
    stream = build(rows)
    before = [(str(trace.stats), trace.data.tobytes()) for trace in stream]  # NaN equals nothing
    options = {"stacking": stacking, "zerophase_resample": zerophase, "explain": True}
    low = {"P_threshold": 0.15, "S_threshold": 0.15, "min_distance": 0.0}
    try:
        output = eager.classify(stream, **low, **options, amplitude=True)
        annotations, reports = eager.annotate(stream, **options)
    except lppn_np.LPPNError as error:
        assert str(error)
        return
    assert [(str(trace.stats), trace.data.tobytes()) for trace in stream] == before
    assert output.reports.keys() == reports.keys()
    for pick in output.picks:
        step = 1.01 / min(row["rate"] for row in rows)
        assert covered(stream, pick, step), pick
        assert pick.start_time <= pick.peak_time <= pick.end_time
        assert pick.amplitude is None or pick.amplitude >= 0
    # A pick stands in a segment that annotate shows.
    for pick in output.picks:
        names = {"location": pick.trace_id.rsplit(".", 1)[1], "station": pick.trace_id.split(".")[1]}
        curves = [
            t for t in annotations.select(channel="LPPN_P", **names) if t.stats.location == names["location"]
        ]
        half = 0.5 * 16 / 100 + 0.02
        assert any(
            trace.stats.starttime - half <= pick.peak_time <= trace.stats.endtime + half for trace in curves
        ), pick


@settings(max_examples=15)
@given(
    rate=st.sampled_from(RATES),
    gaps=st.lists(st.tuples(st.floats(1, 28), st.floats(0.0, 6.0)), max_size=4),
    seed=st.integers(0, 99),
)
def test_never_in_a_gap_nor_beside_one(rate, gaps, seed, eager):
    rng = np.random.default_rng(seed)
    n_samples = round(30 * rate)
    data = rng.normal(size=(3, n_samples))
    there = np.ones(n_samples, bool)
    for begin, seconds in gaps:
        there[round(begin * rate) : round((begin + seconds) * rate)] = False
    stream = obspy.Stream()
    ends = np.flatnonzero(np.diff(np.concatenate([[0], there, [0]]))).reshape(-1, 2)
    for row, component in zip(data, "ENZ", strict=True):
        for a, b in ends:
            header = {"station": "A", "channel": "HH" + component, "sampling_rate": rate}
            stream.append(
                obspy.Trace(row[a:b].copy(), {**header, "starttime": obspy.UTCDateTime(0) + a / rate})
            )
    picks = eager.classify(stream, P_threshold=0.15, S_threshold=0.15, min_distance=0.0).picks
    times = np.array([pick.peak_time.timestamp for pick in picks])
    taken = np.arange(n_samples) / rate
    inner = slice(ends[0, 0], ends[-1, 1])  # the record ends with its data, and ends are not gaps
    missing = taken[inner][~there[inner]]
    assert len(times) or not there.any() or np.diff(ends, axis=1).max() < 4 * rate
    assert (times >= -1e-6).all()
    assert (times <= taken[-1] + 1e-6).all()
    if len(missing) and len(times):
        nearest = np.abs(times[:, None] - missing).min(axis=1)
        assert nearest.min() >= MARGIN - 1.01 / min(rate, 100)

"""``explain=True``: what was dropped, filled, resampled and too short."""

import numpy as np
import pytest

obspy = pytest.importorskip("obspy")


def test_everything_at_once(eager, long_stream, make_trace):
    rng = np.random.default_rng(0)
    stream = long_stream("XX.STA..HH", rate=200.0)
    begin = stream[0].stats.starttime
    stream = stream.cutout(begin + 30, begin + 32).cutout(begin + 32.5, begin + 40)
    stream.select(channel="HHN")[0].data[100:300] = np.nan
    stream += obspy.Stream([make_trace(rng.normal(size=500), "XX.STA..HN" + c) for c in "ENZ"])
    stream += obspy.Stream([make_trace(rng.normal(size=50), "XX.STA..LHZ", rate=1.0)])
    stream += obspy.Stream([make_trace(rng.normal(size=500), "XX.STA..HDH")])
    stream += obspy.Stream([make_trace(rng.normal(size=500), "XX.B..EHZ", 10.0)])
    stream += obspy.Stream([make_trace(rng.normal(size=500), "XX.B..EHZ", 7200.004)])
    reports = eager.classify(stream, explain=True).reports
    assert list(reports) == ["XX.B.", "XX.STA."]
    first, second = reports.values()
    assert (second.instrument, second.resampled[0]) == ("HH", "XX.STA..HHE: 200 Hz to 100 Hz, zero-phase")
    assert second.dropped == (
        "XX.STA..HDH ignored: its component is not one of E, N, Z, 1, 2",
        "LH: sampled at 1 Hz, at least 5 Hz are needed",
        "HN: HH is preferred",
    )
    assert second.filled[0].startswith("gaps of all components: 2, 9.")
    assert second.filled[1].startswith("component N alone: 1.0")
    assert second.too_short == ("between gaps, no picks there: 1 stretches, 0.51 s",)  # both ends count
    assert second.seconds == pytest.approx(110.5, abs=0.1)
    assert first.filled == (
        "no component E: zeros",
        "no component N: zeros",
        "gaps of more than 600 s: 1",
    )
    short = "a record of 5.00 s, shorter than a window of 5.12 s: filled up with zeros"
    assert first.too_short == (short, short)
    lines = str(second).splitlines()
    assert lines[0].startswith("XX.STA.HH: 110.")
    assert "  dropped: HN: HH is preferred" in lines


def test_what_cannot_be_used_at_all(eager, long_stream, make_trace):
    stream = long_stream() + obspy.Stream([make_trace(np.full(50, np.nan), "XX.NAN..HHZ")])
    report = eager.classify(stream, explain=True).reports["XX.NAN."]
    assert (report.instrument, report.n_picks, report.seconds) == (None, 0, 0)
    assert report.dropped == ("HH: no data, only masked samples or NaN",)
    assert str(report).startswith("XX.NAN. not used: 0.00 s of data")


def test_disagreement_and_offsets_are_noted(eager, long_stream, make_trace):
    stream = long_stream()
    stream += obspy.Stream([make_trace(np.zeros(10), "XX.STA..HHZ", 20.2537)])
    report = eager.classify(stream, explain=True).reports["XX.STA."]
    assert any("component Z: overlapping traces disagree, samples left out: 10" in n for n in report.notes)
    assert any("XX.STA..HHZ up to 0.37 samples off the time grid" in note for note in report.notes)

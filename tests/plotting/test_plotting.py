"""Pictures: what is drawn where, thinning, and what cannot be drawn."""

import datetime as dt
import io
import sys

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig, Pick, PickList
from lppn_np.errors import InputError, MissingDependencyError
from lppn_np.plotting import (
    Panel,
    figure_bytes,
    panels_of,
    plot_day,
    plot_panels,
    plot_record,
    plot_residuals,
    plot_section,
    residuals_of,
    save_figure,
)
from lppn_np.plotting.panel import thin
from lppn_np.plotting.section import scaled

pytest.importorskip("matplotlib")
obspy = pytest.importorskip("obspy")

START = dt.datetime(2019, 7, 4, 23, 59, 30, tzinfo=dt.UTC)
RNG = np.random.default_rng(0)


def panel(name="XX.A.", arrivals=((10.0, "P", 0.9), (14.0, "S", 0.7)), seconds=60.0, start=START):
    n = int(seconds * 10)
    rows = RNG.normal(size=(3, n))
    return Panel(f"{name}HH", name, start, seconds, "ENZ", np.arange(n) / 10, rows, list(arrivals))


def pixels(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="rgba", dpi=40)
    return np.frombuffer(buffer.getvalue(), np.uint8)


@pytest.fixture(scope="module")
def stream():
    return obspy.read()


@pytest.fixture(scope="module")
def picks(stream):
    start = stream[0].stats.starttime
    times = ((4.69, "P", 0.9), (5.65, "S", 0.6))
    return PickList(Pick("BW.RJOB.", start + t, start + t, start + t, p, phase) for t, phase, p in times)


# ---------------------------------------------------------------- panels


def test_panels_of_a_stream(stream, picks):
    other = Pick("XX.Y.", *[stream[0].stats.starttime + 1] * 3, 0.9, "P")
    (found,) = panels_of(stream, [*picks, other])
    assert (found.title, found.duration, found.components) == ("BW.RJOB..EH", 30.0, "ENZ")
    assert [(round(t, 6), phase) for t, phase, _ in found.arrivals] == [(4.69, "P"), (5.65, "S")]
    np.testing.assert_array_equal(found.vertical(), stream.select(component="Z")[0].data)
    assert found.curves == {}


def test_with_a_model_come_the_probabilities(stream, picks):
    model = LPPN(LPPNConfig(stride=32, features=4))
    (found,) = panels_of(stream, picks, model)
    assert set(found.curves) == {"P", "S"}
    assert found.curves["P"].shape == (-(-3000 // 32),)
    assert found.segment == 0.32


@pytest.mark.parametrize("n", [1, 7, 1000, 1001, 4321])
def test_thinning_keeps_extremes_and_places(n):
    data = RNG.normal(size=(3, n))
    data[:, n // 2] = 50.0
    seconds, rows = thin(data, 100.0, most=100)
    assert rows.shape == (3, len(seconds))
    assert len(seconds) <= max(101, min(n, 100))
    np.testing.assert_array_equal(rows.max(axis=1), data.max(axis=1))
    np.testing.assert_array_equal(rows.min(axis=1), data.min(axis=1))
    assert abs(seconds[rows[0].argmax()] - (n // 2) / 100) <= -(-n // 50) / 100
    assert (np.diff(seconds) >= 0).all()


def test_a_gap_stays_a_gap():
    data = RNG.normal(size=(3, 10_000))
    data[:, 4000:6000] = np.nan
    seconds, rows = thin(data, 100.0, most=200)
    inside = (seconds > 41) & (seconds < 58)
    assert inside.sum() > 10
    assert np.isnan(rows[:, inside]).all()
    assert np.isfinite(rows[:, (seconds < 38) | (seconds > 61)]).all()


def test_scaled():
    row = np.array([5.0, 5.0, 9.0, 3.0, np.nan])
    np.testing.assert_allclose(scaled(row), [0, 0, 1, -0.5, np.nan])
    np.testing.assert_array_equal(scaled(np.full(3, 7.0)), np.zeros(3))
    assert np.isnan(scaled(np.full(3, np.nan))).all()


def test_the_vertical_or_what_there_is():
    rows = np.stack([np.full(4, np.nan), np.arange(4.0), np.full(4, np.nan)])
    found = Panel("t", "t", None, 0.04, "ENZ", np.arange(4) / 100, rows, [])
    np.testing.assert_array_equal(found.vertical(), np.arange(4.0))


# ---------------------------------------------------------------- figures


def test_which_figure(stream, picks):
    station = picks.plot(stream)
    assert len(station.axes) == 4
    assert {text.get_text() for text in station.axes[0].texts} == {"P 4.69 s", "S 5.65 s"}
    assert len(picks.plot(stream, kind="section").axes) == 1
    assert len(picks.plot(stream, kind="day").axes) == 2


def test_several_records_are_a_section(stream, picks):
    more = stream.copy()
    for trace in more:
        trace.stats.station = "OTHER"
    figure = picks.plot(stream + more)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["BW.RJOB..EH", "BW.OTHER..EH"]
    with pytest.raises(InputError, match="kind 'station' draws one record, the Stream holds 2"):
        picks.plot(stream + more, kind="station")


@pytest.mark.parametrize(("start", "duration"), [(START, 4000.0), (None, 60.0)])
def test_every_kind_is_drawn(start, duration):
    panels = [panel("XX.A.", seconds=duration, start=start), panel("XX.B.", arrivals=(), seconds=duration)]
    for kind in ("station", "section", "day"):
        figures = plot_panels(panels, kind)
        assert len(figures) == (1 if kind == "section" else 2)
        assert len(np.unique(pixels(figures[0]))) > 5


def test_distances_are_the_order():
    panels = [panel("XX.A."), panel("XX.B."), panel("XX.C.")]
    figure = plot_section(panels, {"XX.A": 30.0, "XX.B.": 10.0, "XX.C": 20.0})
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["XX.B.HH\n10 km", "XX.C.HH\n20 km", "XX.A.HH\n30 km"]
    kept = plot_section([panels[2], panels[0]], keep_order=True)
    assert [label.get_text() for label in kept.axes[0].get_yticklabels()] == ["XX.C.HH", "XX.A.HH"]


def test_lines_of_a_day_and_their_picks():
    arrivals = [(1.0, "P", 0.9), (3000.0, "P", 0.9), (3001.0, "S", 0.9), (86_399.9, "S", 0.9)]
    midnight = dt.datetime(2019, 7, 4, tzinfo=dt.UTC) - dt.timedelta(milliseconds=2)
    figure = plot_day(panel(arrivals=arrivals, seconds=86_400.0, start=midnight))
    traces, rate = figure.axes
    names = [label.get_text() for label in traces.get_yticklabels()]
    assert names == [f"{hour:02d}:00" for hour in range(24)]
    widths = [patch.get_width() for patch in rate.patches]
    assert widths[:24] == [2.0] + [0.0] * 23
    assert widths[24:] == [1.0] + [0.0] * 22 + [1.0]


def test_plot_record_of_an_array():
    data = RNG.normal(size=(3, 3000))
    curves = {"P": np.zeros(188), "S": np.ones(188)}
    figure = plot_record(data, 100.0, "ENZ", [(4.0, "P", 0.9)], curves, 16, "title", {"P": 0.3, "S": 0.3})
    assert figure.get_suptitle() == "title"
    assert len(figure.axes[3].patches) == 2  # one step curve a phase


@pytest.mark.parametrize(("kind", "match"), [("pie", "kind is 'pie'"), ("auto", "nothing to draw")])
def test_refused(kind, match):
    with pytest.raises(InputError, match=match):
        plot_panels([], kind)


# ---------------------------------------------------------------- residuals


def picks_at(times, phase="P", trace_id="XX.A."):
    return [Pick(trace_id, *[START + dt.timedelta(seconds=t)] * 3, 0.9, phase) for t in times]


def test_residuals():
    reference = picks_at([10, 20, 30]) + picks_at([10], "S") + picks_at([50], trace_id="XX.B")
    ours = picks_at([10.02, 19.7, 20.1, 31]) + picks_at([50.01], trace_id="XX.B.00") + picks_at([50.0], "Sg")
    found, n = residuals_of(ours, reference, "P")
    assert n == 4
    np.testing.assert_allclose(np.sort(found), [0.01, 0.02, 0.1], atol=1e-9)
    assert [
        len(part) for part in (residuals_of(ours, reference, "S")[0], residuals_of([], reference, "P")[0])
    ] == [
        0,
        0,
    ]


def test_residuals_of_numbers_and_datetime64():
    for kind in (float, lambda t: np.datetime64(int(t * 1e9), "ns")):
        ours, theirs = ([Pick("A", kind(t), kind(t), kind(t), 1.0, "P")] for t in (1.25, 1.0))
        assert residuals_of(ours, theirs, "P")[0] == pytest.approx([0.25])


def test_residuals_are_drawn():
    figure = plot_residuals(picks_at([10.02, 20.04]), picks_at([10, 20]))
    text = figure.axes[0].texts[0].get_text()
    assert text.splitlines() == ["2 of 2 within 0.5 s", "mean +0.030 s", "std 0.010 s", "MAE 0.030 s"]
    assert figure.axes[1].texts[0].get_text() == "0 of 0 within 0.5 s"


# ---------------------------------------------------------------- saving


def test_a_figure_that_cannot_be_saved(tmp_path):
    figure = plot_day(panel())
    with pytest.raises(InputError, match=r"pictures are written as \.png, \.pdf or \.svg"):
        save_figure(figure, tmp_path / "p.bmp")
    with pytest.raises(InputError, match=r"2 figures need a \.pdf"):
        figure_bytes([figure, figure], tmp_path / "p.png")


def test_without_matplotlib(stream, picks, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "lppn-np\[plot\]"'):
        picks.plot(stream)

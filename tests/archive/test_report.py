"""The report: figures of all manifests, a calendar, failures; and nothing in it that a browser would run."""

import datetime
import io
import json
import shutil

import pytest

from lppn_np.archive.calendar import calendar
from lppn_np.archive.figures import gather
from lppn_np.archive.progress import Progress

from .conftest import DAY, rows, run_here, sds_path

BAD = sds_path("", "XX.AAA..HHZ", DAY)


@pytest.fixture(scope="module")
def picked(small_archive, tmp_path_factory):
    root = shutil.copytree(small_archive, tmp_path_factory.mktemp("report") / "sds")
    (root / BAD).write_bytes(b"<script>alert(1)</script>")
    (root / "<script>alert(2)").write_text("")
    output = root.parent / "<b>out"
    run_here(root, output, shard_days=2)
    return output


def test_figures(picked):
    figures = gather(picked)
    assert figures.n_station_days == 8
    assert figures.rows == len(rows(picked)) == sum(figures.phases.values()) == sum(figures.picks.values())
    assert figures.coverage["XX.AAA..HH", DAY] == pytest.approx(90 / 86_400)
    assert figures.coverage["XX.BBB.00.HH", DAY + datetime.timedelta(days=1)] == pytest.approx(180 / 86_400)
    assert set(figures.seconds) == {"read", "pick", "write", "total"}
    assert figures.cpu_seconds > 0
    assert [key[:2] for key in figures.errors] == [(str(BAD), "damaged")]


def test_html(picked):
    html = (picked / "report.html").read_text()
    assert "8 done of 8 in the archive" in html
    assert html.count("<rect") == 16
    assert "XX.BBB.00.HH 2020-01-04: 0.2%" in html
    assert str(BAD) in html
    assert "not a waveform format" in html
    assert "Files ignored<td>1, such as &lt;script&gt;" in html


def test_names_and_messages_are_text(picked):
    html = (picked / "report.html").read_text()
    assert "<script" not in html
    assert "<b>out" not in html
    assert "Content-Security-Policy" in html
    assert "http://" not in html
    assert "https://" not in html


@pytest.mark.parametrize("wrong", ["[]", "{", '{"format": 1}', '{"format": 9}', "null", "[" * 100_000])
def test_what_is_no_manifest_is_left_out(picked, tmp_path, wrong):
    copy = shutil.copytree(picked, tmp_path / "copy")
    path = next((copy / "manifests").rglob("*.json"))
    path.write_text(wrong)
    assert gather(copy).n_station_days == 6


@pytest.mark.parametrize("key", ["instrument", "days", "inputs", "errors", "output", "versions"])
def test_a_manifest_that_somebody_edited(picked, tmp_path, key):
    copy = shutil.copytree(picked, tmp_path / "copy")
    path = next((copy / "manifests").rglob("*.json"))
    manifest = json.loads(path.read_text())
    for value in ({"a": 1}, [{"a": "b"}], ["x"], 7):
        path.write_text(json.dumps(manifest | {key: value}))
        assert gather(copy).n_station_days in (6, 8)


def test_a_calendar_of_years_has_a_column_a_month():
    first = datetime.date(2015, 1, 1)
    values = {("A.B..HH", first + datetime.timedelta(days=i)): float(i % 7) for i in range(1500)}
    svg = calendar(values, "picks")
    assert svg.count("<rect") == 50
    assert "A.B..HH 2015-01:" in svg
    assert "A column is a month" in svg
    assert calendar({}, "picks") == "<p>Nothing yet.</p>"


def test_progress_on_a_terminal_and_elsewhere():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    time = iter([0.0, 10.0, 10.0, 10.0, 20.0, 20.0, 40.0, 40.0])
    screen = Terminal()
    bar = Progress(10, screen, lambda: next(time))
    bar.add(5)
    assert "5 of 10 station-days, 0.50 station-days/s, 0:10 left" in screen.getvalue()
    file = io.StringIO()
    time = iter([0.0, 1.0, 1.0, 4000.0, 4000.0])
    bar = Progress(100, file, lambda: next(time))
    bar.add(1)  # not a line a second
    assert file.getvalue() == ""
    bar.finish()
    assert file.getvalue().startswith("[------------------------] 1 of 100")

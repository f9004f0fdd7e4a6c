"""``lppn-np pick``: its outputs belong together; progress, summary, spans, components."""

import csv
import io
import re
import sys
from types import SimpleNamespace

import pytest

from lppn_np.annotating.report import StationReport
from lppn_np.cli.pick_progress import Progress
from lppn_np.cli.pick_summary import Summary

obspy = pytest.importorskip("obspy")


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """Three stations, a file each; the third has its record in two files, and one file is damaged."""
    folder = tmp_path_factory.mktemp("network")
    for i, name in enumerate("ABC"):
        stream = obspy.read()
        for trace in stream:
            trace.stats.network, trace.stats.station = "XX", name
            trace.stats.starttime += 60 * i
        if name == "C":
            stream[:1].write(str(folder / "C1.mseed"), format="MSEED")
            stream[1:].write(str(folder / "C2.mseed"), format="MSEED")
        else:
            stream.write(str(folder / f"{name}.mseed"), format="MSEED")
    (folder / "damaged.mseed").write_bytes(b"000001D " + b"\xff" * 600)
    return folder


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_with_a_damaged_file(network, run, weights, tmp_path):
    done = run("pick", network, "--model", weights, "-o", "p.csv", "--format", "phasenet")
    assert (done.status, done.files) == (1, ["p.csv", "p.csv.provenance"])
    assert "3 stations, 0.03 h of record, 6 picks (3 P, 3 S)" in done.err
    assert done.err.count("skipped") == 1
    assert "damaged.mseed" in done.err
    found = rows(tmp_path / "cwd" / "p.csv")
    assert [(r["station_id"], r["phase_type"]) for r in found] == [
        (f"XX.{n}.", p) for n in "ABC" for p in "PS"
    ]


def test_a_picture_of_several_stations(network, run, weights):
    pytest.importorskip("matplotlib")
    files = [network / name for name in ("A.mseed", "B.mseed")]
    assert run("pick", *files, "--model", weights, "--plot", "s.png", "-o", "p.json").files == [
        "p.json",
        "s.png",
    ]
    done = run("pick", *files, "--model", weights, "--plot", "p.pdf", "--plot-kind", "station", "-q")
    assert (done.status, done.err) == (0, "")
    with open("p.pdf", "rb") as file:  # noqa: PTH123  # relative to the folder the command ran in
        assert len(re.findall(rb"/Type /Page\b", file.read())) == 2
    done = run("pick", *files, "--model", weights, "--plot", "q.png", "--plot-kind", "station")
    assert done.status == 1
    assert "2 figures need a .pdf" in done.err
    assert "q.png" not in done.files


@pytest.mark.parametrize(
    "options",
    [["-o", "missing/p.csv", "--plot", "p.png"], ["-o", "p.csv", "--plot", "missing/p.png"]],
)
def test_picks_and_picture_both_or_neither(options, run, record, weights):
    pytest.importorskip("matplotlib")
    done = run("pick", record, "--model", weights, *options)
    assert (done.status, done.files) == (1, [])
    assert "cannot be written" in done.err


def test_picks_and_picture_in_one_file(run, record, weights):
    pytest.importorskip("matplotlib")
    done = run("pick", record, "--model", weights, "-o", "p.png", "--format", "csv", "--plot", "./p.png")
    assert (done.status, done.files) == (1, [])
    assert "cannot be the same file" in done.err


def test_a_station_that_can_be_picked_but_not_drawn(run, weights, tmp_path):
    pytest.importorskip("matplotlib")
    stream = obspy.read()
    slow = stream.copy().select(component="N").decimate(2)  # the north component at 50 Hz
    path = tmp_path / "rates.mseed"
    (stream.select(component="Z") + stream.select(component="E") + slow).write(str(path), format="MSEED")
    other = tmp_path / "other.mseed"
    for trace in stream:
        trace.stats.station = "OTHER"
    stream.write(str(other), format="MSEED")
    done = run("pick", path, other, "--model", weights, "-o", "p.csv", "--plot", "p.png")
    assert (done.status, done.files) == (1, ["p.csv", "p.png"])
    assert "BW.RJOB. cannot be drawn: " in done.err
    assert {row["trace_id"] for row in rows(tmp_path / "cwd" / "p.csv")} == {"BW.RJOB.", "BW.OTHER."}


@pytest.mark.parametrize(("name", "first"), [("gamma", "id,timestamp,prob,type"), ("quakeml", "<?xml")])
def test_a_format_is_printed(name, first, run, record, weights):
    done = run("pick", record, "--model", weights, "--format", name, "-q")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(first)


@pytest.mark.parametrize("name", ["parquet", "real"])
def test_a_format_that_cannot_be_printed(name, run, record, weights):
    done = run("pick", record, "--model", weights, "--format", name)
    assert (done.status, done.out) == (1, "")
    assert "cannot be printed: give -o" in done.err


def test_a_folder_as_output(run, record, weights):
    done = run("pick", record, "--model", weights, "--format", "real", "-o", "real")
    day = ["real/20090824", *(f"real/20090824/BW.RJOB.{p}.txt" for p in "PS")]
    assert done.files == ["real", *day, "real/picks.provenance"]
    again = run("pick", record, "--model", weights, "--format", "real", "-o", "real")
    assert again.status == 1
    assert "the folder is not empty" in again.err


@pytest.mark.parametrize(
    ("options", "phases"),
    [
        (["--from", "2009-08-24T00:20:08"], "S"),
        (["--to", "2009-08-24T00:20:08"], "P"),
        (["--from", "2009-08-24", "--to", "2009-08-24"], "PS"),
        (["--stations", "BW.*"], "PS"),
    ],
)
def test_spans_and_stations(options, phases, run, record, weights):
    done = run("pick", record, "--model", weights, *options)
    assert [line.split()[1] for line in done.out.splitlines()[1:]] == list(phases)


@pytest.mark.parametrize("options", [["--from", "2010-01-01"], ["--stations", "XX.*"]])
def test_nothing_is_left(options, run, record, weights):
    done = run("pick", record, "--model", weights, "-o", "p.csv", *options)
    assert (done.status, done.out, done.files) == (1, "", [])
    assert "nothing to pick" in done.err


def test_components(run, record, weights):
    all_three = run("pick", record, "--model", weights, "-q").out
    assert run("pick", record, "--model", weights, "-q", "--components", "nez").out == all_three
    assert run("pick", record, "--model", weights, "-q", "--components", "Z").out != all_three


def test_standard_input(run, record, weights, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(record.read_bytes())))
    assert run("pick", "-", "--model", weights).out.startswith("2 picks\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    done = run("pick", "-", "--model", weights)
    assert done.status == 1
    assert "standard input: the file is empty" in done.err


# ---------------------------------------------------------------- parts


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal():
    terminal = Terminal()
    progress = Progress(4, terminal)
    progress.step(1, 3, "CI.A.")
    progress.step(3, 2, "CI.B.")
    progress.close()
    shown = terminal.getvalue()
    assert "1/4 files, 3 picks  CI.A." in shown
    assert f"[{'#' * 24}] 4/4 files, 5 picks  CI.B." in shown
    assert shown.endswith("\r\x1b[K")


def test_no_progress_elsewhere():
    stream = io.StringIO()
    progress = Progress(4, stream)
    progress.step(4, 1, "CI.A.")
    progress.close()
    assert stream.getvalue() == ""


def test_stations_and_hours():
    summary = Summary()
    reports = [
        StationReport("CI.A.", "HH", 3, 3600.0),
        StationReport("CI.B.", None, 0, 0.0, ("LDO: no seismometer",)),
        StationReport("CI.C.", "EH", 0, 1800.0),
    ]
    summary.add({report.trace_id: report for report in reports})
    assert summary.hours == pytest.approx(1.5)
    assert summary.stations == {"CI.A.", "CI.C."}
    assert summary.complaints() == ["skipped: CI.B. cannot be used: LDO: no seismometer"]


def test_amplitudes_and_reports(network, run, weights, tmp_path):
    done = run("pick", network / "C1.mseed", "--model", weights, "-o", "p.csv", "--amplitude", "-v")
    assert done.status == 0
    assert "no component" in done.err
    assert "skipped" not in done.err
    found = rows(tmp_path / "cwd" / "p.csv")
    assert all(float(row["amplitude"]) > 100 for row in found)

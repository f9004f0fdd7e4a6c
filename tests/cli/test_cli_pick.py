"""``lppn-np pick``: waveform files to picks, printed, written, drawn."""

import csv
import json
import sys

import pytest

from lppn_np import pretrained

PNG = b"\x89PNG\r\n\x1a\n"


def assert_example_picks(rows, start="2009-08-24T00:20:"):
    """Rows of (phase, time as text); the arrivals are at 03 + 4.69 s and 03 + 5.65 s."""
    assert [phase for phase, _ in rows] == ["P", "S"]
    for (_, time), arrival in zip(rows, (7.69, 8.65), strict=True):
        assert time.startswith(start)
        assert abs(float(time.removeprefix(start)) - arrival) < 0.1


def test_picks_are_printed(run, record, weights):
    done = run("pick", record, "--model", weights)
    assert (done.status, done.files) == (0, [])
    assert done.err.startswith("1 station, 0.01 h of record, 2 picks (1 P, 1 S); read ")
    head, *lines = done.out.splitlines()
    assert head == "2 picks"
    assert_example_picks([line.split()[1:3] for line in lines])
    assert {line.split()[0] for line in lines} == {"BW.RJOB."}


def test_picks_to_a_file(run, record, weights):
    done = run("pick", record, "--model", weights, "-o", "picks.csv")
    assert (done.status, done.out, done.files) == (0, "", ["picks.csv"])
    assert done.err.startswith("picks.csv: 2 picks\n1 station, ")
    with open("picks.csv", newline="") as file:  # noqa: PTH123  # relative to the folder the command ran in
        rows = list(csv.DictReader(file))
    assert_example_picks([(row["phase"], row["peak_time"]) for row in rows])


def test_a_format_by_name(run, record, weights, tmp_path):
    done = run("pick", record, "--model", weights, "-o", tmp_path / "picks.txt", "--format", "json")
    assert done.status == 0
    rows = json.loads((tmp_path / "picks.txt").read_text())
    assert_example_picks([(row["phase"], row["peak_time"]) for row in rows])


def test_components_in_several_files(run, weights, shared_data):
    files = sorted(shared_data("records").glob("X1.53085*.sac"))
    assert len(files) == 3
    done = run("pick", *files, "--model", weights, "--threshold", "0.2")
    assert done.status == 0
    assert {line.split()[0] for line in done.out.splitlines()[1:]} == {"X1.53085.01"}


@pytest.mark.parametrize(
    ("options", "phases"),
    [
        (["--threshold", "0.9"], ["P"]),
        (["--P-threshold", "0.99"], ["S"]),
        (["--S-threshold", "0.99"], ["P"]),
        (["--threshold", "0.99", "--S-threshold", "0.5"], ["S"]),
        (["--threshold", "0.99", "--P-threshold", "0.5"], ["P"]),
        (["--threshold", "1"], []),
        (["--engine", "numpy"], ["P", "S"]),
        (["--threads", "2"], ["P", "S"]),
    ],
)
def test_options(options, phases, run, record, weights):
    done = run("pick", record, "--model", weights, *options)
    assert done.status == 0
    assert [line.split()[1] for line in done.out.splitlines()[1:]] == phases


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_a_picture(suffix, run, record, weights, tmp_path):
    pytest.importorskip("matplotlib")
    done = run("pick", record, "--model", weights, "--plot", f"out.{suffix}", "-o", "picks.csv")
    assert (done.status, done.files) == (0, [f"out.{suffix}", "picks.csv"])
    data = (tmp_path / "cwd" / f"out.{suffix}").read_bytes()
    assert data.startswith({"png": PNG, "pdf": b"%PDF", "svg": b"<?xml"}[suffix])
    if suffix == "png":
        from matplotlib.image import imread

        pixels = imread(tmp_path / "cwd" / "out.png")
        assert min(pixels.shape[:2]) > 300
        assert len({tuple(pixel) for pixel in pixels[::3, ::3].reshape(-1, pixels.shape[2])}) > 20


# ---------------------------------------------------------------- refused


def refused(done, match, status=1):
    assert (done.status, done.out, done.files) == (status, "", [])
    assert done.err.startswith("lppn-np pick: ")
    assert match in done.err
    assert "Traceback" not in done.err


def test_without_bundled_weights(run, record, monkeypatch, tmp_path):
    (tmp_path / "nothing").mkdir()
    monkeypatch.setattr(pretrained, "_FOLDER", tmp_path / "nothing")
    done = run("pick", record, "-o", "picks.csv")
    refused(done, "no bundled weights are called 'default' (there are: none in this version)")
    assert "lppn-np import CHECKPOINT --stride 16 -o weights.npz" in done.err


def test_bundled_weights_are_the_default(run, record, weights, monkeypatch, tmp_path):
    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "default.npz").write_bytes(weights.read_bytes())
    monkeypatch.setattr(pretrained, "_FOLDER", tmp_path / "bundled")
    assert pretrained.names() == ["default"]
    assert run("pick", record).out.startswith("2 picks\n")


BAD_FILES = [
    ("text.mseed", "not a waveform format"),
    ("empty.mseed", "the file is empty"),
    ("missing.mseed", "no such file"),
    ("nothing", "there are no waveform files in this folder"),
    ("*.sac", "no file matches"),
]


@pytest.fixture
def bad(tmp_path):
    (tmp_path / "text.mseed").write_text("no waveforms in here\n" * 50)
    (tmp_path / "empty.mseed").touch()
    (tmp_path / "nothing").mkdir()
    return tmp_path


@pytest.mark.parametrize(("name", "match"), BAD_FILES)
def test_unreadable_records_are_skipped(name, match, bad, run, record, weights):
    done = run("pick", bad / name, record, "--model", weights, "-o", "p.csv")
    assert (done.status, done.out, done.files) == (1, "", ["p.csv"])
    assert done.err.startswith("p.csv: 2 picks\n")
    (complaint,) = (line for line in done.err.splitlines() if "skipped" in line)
    assert complaint.startswith("lppn-np pick: skipped: ")
    assert str(bad / name) in complaint
    assert match in complaint


@pytest.mark.parametrize(("name", "match"), BAD_FILES)
def test_nothing_that_can_be_read(name, match, bad, run, weights):
    done = run("pick", bad / name, "--model", weights, "-o", "p.csv", "--plot", "p.png")
    refused(done, match)


def test_an_unknown_suffix_is_refused_before_anything_is_read(run):
    done = run("pick", "missing.mseed", "--model", "missing.npz", "-o", "picks.xyz")
    refused(done, "picks.xyz: no pick format 'xyz'; known are csv, json")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--threshold", "0"], "P_threshold is 0.0"),
        (["--S-threshold", "nan"], "S_threshold is nan"),
        (["--threads", "-1"], "n_threads is -1"),
        (["-o", "missing/picks.csv"], "missing/picks.csv: cannot be written"),
    ],
)
def test_bad_options(options, match, run, record, weights):
    refused(run("pick", record, "--model", weights, "-o", "picks.csv", *options), match)


def test_pictures_that_cannot_be_drawn(run, record, weights):
    pytest.importorskip("matplotlib")
    for options, name, match in (
        ([], "out.bmp", "pictures are written as .png, .pdf or .svg"),
        ([], "missing/out.png", "cannot be written"),
        (["--plot-kind", "day"], "missing/out.png", "cannot be written"),
    ):
        done = run("pick", record, "--model", weights, "-o", "picks.csv", "--plot", name, *options)
        refused(done, match)


@pytest.mark.parametrize(("module", "extra"), [("obspy", "waveforms"), ("matplotlib.figure", "plot")])
def test_without_optional_packages(module, extra, run, record, weights, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    done = run("pick", record, "--model", weights, "--plot", "out.png", "-o", "picks.csv")
    refused(done, f'pip install "lppn-np[{extra}]"')

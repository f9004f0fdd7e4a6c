"""Every example runs and says what it promises."""

import os
import re
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
if not EXAMPLES.exists():
    pytest.skip("not run from a checkout", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")  # examples are not run with warnings as errors by users


@pytest.fixture
def run(monkeypatch, capfd):
    """``run("one_array.py", ...)`` runs an example as a script: what it prints."""

    def call(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        monkeypatch.syspath_prepend(EXAMPLES)  # as for a script
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capfd.readouterr().out

    return call


def test_one_array(run):
    out = run("one_array.py")
    true_p, true_s = map(float, re.search(r"true: P ([\d.]+), S ([\d.]+)", out).groups())
    found = {phase: float(time) for phase, time in re.findall(r"^  ([PS]) ([\d.]+)  prob", out, re.M)}
    assert found["P"] == pytest.approx(true_p, abs=0.2)
    assert found["S"] == pytest.approx(true_s, abs=0.2)
    assert "XX.ABC." in out.splitlines()[-1]


def test_pictures(run, tmp_path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("obspy")
    out = run("pictures.py", "-o", tmp_path)
    assert int(out.split()[0]) > 20
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"hours.png", "station.png", "section.png"}
    assert min(sizes.values()) > 10_000


def test_fine_tune(run, tmp_path):
    pytest.importorskip("h5py")
    pytest.importorskip("scipy")
    out = run("fine_tune.py", "--steps", 4, "--records", 12, "-o", tmp_path / "mine.npz")
    assert re.search(r"before: F1 .* P [\d.]+, S [\d.]+\nafter: F1 .* P [\d.]+, S [\d.]+\n", out)
    assert (tmp_path / "mine.npz").exists()


def test_compare_without_seisbench(run, monkeypatch):
    pytest.importorskip("obspy")
    pytest.importorskip("pandas")
    monkeypatch.setitem(sys.modules, "seisbench", None)
    monkeypatch.setitem(sys.modules, "seisbench.models", None)
    out = run("compare_with_seisbench.py")
    assert "SeisBench is not installed" in out
    assert "pip install seisbench" in out
    ours = out.partition("LPPN:")[2]
    assert re.search(r"^  XX.DDD. P 2024-05-01T12:01:0\d", ours, re.M)
    assert "columns: station, time, start_time, end_time, probability, phase" in ours


def test_every_example_is_run_by_a_test():
    here = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    elsewhere = {"first_pick.py", "lppn_forward_60_lines.py"}  # make pick; tests/docs
    helpers = {"made_up_network.py"}
    for path in EXAMPLES.glob("*.py"):
        assert f'"{path.name}"' in here or path.name in elsewhere | helpers, path.name
    assert os.environ.get("CI") != "true" or "first_pick.py" in (EXAMPLES.parent / "Makefile").read_text()

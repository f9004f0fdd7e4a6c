"""A folder of waveforms to events: the made-up network, and the Ridgecrest sequence."""

import re
import runpy
import sys
from pathlib import Path

import pytest

WHY = (
    "the extra associate is not installed (`make associate` runs these tests in an environment of their own)"
)
EXAMPLES = Path(__file__).parents[2] / "examples"
if not EXAMPLES.exists():
    pytest.skip("not run from a checkout", allow_module_level=True)
pytest.importorskip("pyocto", reason=WHY)
pytest.importorskip("obspy")

pytestmark = pytest.mark.filterwarnings("ignore")  # of obspy and pandas, which are not under test


@pytest.fixture
def run(monkeypatch, capfd):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["folder_to_events.py", *map(str, arguments)])
        monkeypatch.syspath_prepend(EXAMPLES)
        runpy.run_path(str(EXAMPLES / "folder_to_events.py"), run_name="__main__")
        return capfd.readouterr().out

    return call


def test_a_made_up_network(run, tmp_path):
    out = run("-o", tmp_path)
    network = runpy.run_path(str(EXAMPLES / "made_up_network.py"))
    events = re.findall(r"^  2024-05-01T12:(\d+):([\d.]+)  ([\d.]+) (-[\d.]+)", out, re.M)
    assert len(events) == len(network["EVENTS"])
    for (minute, second, *place), true in zip(events, network["EVENTS"], strict=True):
        assert 60 * int(minute) + float(second) == pytest.approx(true[3], abs=0.5)
        assert [float(value) for value in place] == pytest.approx(true[:2], abs=0.02)  # about 2 km
    tables = {
        "picks.phasenet.csv",
        "picks.gamma.csv",
    }  # these have no place for the origin: a file beside each
    names = {path.name for path in tmp_path.iterdir()}
    assert names == tables | {f"{name}.provenance" for name in tables} | {"picks.xml", "events.csv"}


def test_ridgecrest(run, shared_data, tmp_path):
    folder = shared_data("continuous", "ridgecrest")
    stations = EXAMPLES / "ridgecrest_stations.csv"
    out = run(folder, "--stations", stations, "--reference", folder / "picks.csv", "-o", tmp_path)
    found, known = map(int, re.search(r"(\d+) of the (\d+) reference events", out).groups())
    assert known == 46
    assert found >= 30  # 37 with the weights of the day this was written

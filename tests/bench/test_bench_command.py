"""The command: what it refuses, and a small run from figures to document."""

import json

import pytest

from lppn_np.bench import forward, report, suite
from lppn_np.bench.problem import Case
from lppn_np.cli import main


@pytest.mark.parametrize("wrong", [["--only", "weather"], ["--rounds", "0"], ["--threads", "two"]])
def test_wrong_usage(wrong, capsys):
    with pytest.raises(SystemExit) as end:
        main(["bench", *wrong])
    assert end.value.code == 2
    assert wrong[-1] in capsys.readouterr().err


def test_a_folder_that_is_not_there(tmp_path, capsys):
    assert main(["bench", "--quick", "--json", str(tmp_path / "nowhere" / "x.json")]) != 0
    assert "there is no such folder" in capsys.readouterr().err


def test_from_figures_to_document(tmp_path):
    """Every time in the document stands in the figures."""
    pytest.importorskip("matplotlib")
    row = forward.measure(Case("paper", 64, 4), 1, 2, 2, 1024)
    assert not row["failed"], row["failed"]
    machine = {
        "date": "2026-01-01", "processor": "a processor", "cores": 2, "system": "a system", "python": "3.11",
        "versions": {"numpy": "2"}, "load": None,
    }  # fmt: skip
    found = {"format": 1, "machine": machine, "quick": True, "rounds": 2, "forward": [row]}
    found = json.loads(json.dumps(found))
    path, *charts = report.write(found, tmp_path / "performance.md")
    assert charts and all(chart.stat().st_size > 1000 for chart in charts)
    text = path.read_text()
    assert "a processor" in text
    for contender in row["contenders"].values():
        assert f"{contender['median'] * 1e3:.1f}" in text
    assert suite.failures(found) == []
    row["failed"] = {"someone": "differs"}
    assert suite.failures({"forward": [row]}) == ["S=64 n=4, 1 threads, someone: differs"]

"""The command: what it refuses, and a small run from figures to document."""

import json

import pytest

from lppn_np.bench import forward, suite
from lppn_np.bench.problem import Case
from lppn_np.cli import main
from lppn_np.errors import InputError


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
    found = {
        "format": suite.FORMAT, "machine": machine, "quick": True, "rounds": 2, "seconds": {"forward": 60.0},
        "failed": {}, "forward": [row],
    }  # fmt: skip
    found = json.loads(json.dumps(found))
    (tmp_path / "found.json").write_text(json.dumps(found))
    path = tmp_path / "performance.md"
    assert main(["bench", "--from", str(tmp_path / "found.json"), "--report", str(path)]) == 0
    charts = list(tmp_path.glob("performance-*.png"))
    assert charts and all(chart.stat().st_size > 1000 for chart in charts)
    text = path.read_text()
    assert "a processor" in text
    for contender in row["contenders"].values():
        assert f"{contender['median'] * 1e3:.1f}" in text
    assert suite.failures(found) == []
    row["failed"] = {"someone": "differs"}
    assert suite.failures({"forward": [row]}) == ["S=64 n=4, 1 threads, someone: differs"]


@pytest.mark.parametrize("content", ["", "{}", '{"format": 0}'])
def test_figures_that_are_none(content, tmp_path, capsys):
    (tmp_path / "found.json").write_text(content)
    assert main(["bench", "--from", str(tmp_path / "found.json")]) == 1
    assert "found.json" in capsys.readouterr().err


def test_a_run_that_is_cut_short_leaves_what_it_has(monkeypatch, tmp_path, capsys):
    """Every row is saved as it comes; a part that fails does not take the others with it."""

    def rows(*_):
        yield {
            "network": "S=8 n=4",
            "threads": 1,
            "contenders": {},
            "left_out": {},
            "failed": {},
            "ratios": {},
        }
        raise MemoryError("no room")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(suite.forward, "rows", rows)
    monkeypatch.setattr(suite.process, "measure", interrupted)
    path = tmp_path / "found.json"
    with pytest.raises(KeyboardInterrupt):
        main(["bench", "--quick", "--only", "forward,process", "--json", str(path)])
    found = json.loads(path.read_text())
    assert [row["network"] for row in found["forward"]] == ["S=8 n=4"]
    assert found["failed"] == {"forward": "MemoryError: no room"}
    assert "forward: 1 of 1" in capsys.readouterr().out
    assert main(["bench", "--from", str(path)]) == 1  # something failed, and the document says so
    assert "FAILED: MemoryError" in capsys.readouterr().out


def run_of(date, versions="1", **parts):
    machine = {"processor": "p", "versions": {"numpy": versions}, "date": date}
    return {"machine": machine, "seconds": dict.fromkeys(parts, 1.0), "failed": {}, **parts}


def test_runs_are_joined_by_parts():
    first = {**run_of("Monday", forward=[1], day=[2]), "failed": {"day": "no room"}}
    found = suite.join([first, run_of("Tuesday", day=[3], process={"x": 4})])
    assert (found["forward"], found["day"], found["process"]) == ([1], [3], {"x": 4})
    assert found["failed"] == {}
    assert found["machine"]["date"] == "Monday (day, process: Tuesday)"
    assert first["failed"] == {"day": "no room"}
    assert suite.join([first])["failed"] == first["failed"]


def test_runs_of_different_versions_are_not_joined():
    with pytest.raises(InputError, match="versions"):
        suite.join([run_of("Monday"), run_of("Tuesday", versions="2")])

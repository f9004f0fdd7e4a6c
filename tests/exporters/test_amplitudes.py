"""Formats that can hold an amplitude do so where the picks carry one, and have no such column elsewhere."""

import csv
import dataclasses
import json

import pytest

from lppn_np import PickList


@pytest.fixture
def with_amplitudes(picks):
    values = [1234.5, None, float("nan"), 1e-9, 0.0]
    return PickList(dataclasses.replace(p, amplitude=a) for p, a in zip(picks, values, strict=True))


@pytest.mark.parametrize(("name", "column"), [("phasenet", "phase_amplitude"), ("gamma", "amp")])
def test_tables(name, column, picks, with_amplitudes, tmp_path):
    with_amplitudes.write(tmp_path / "p.csv", name)
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[-1] == column
    assert [row[column] for row in rows] == ["1.234500e+03", "", "", "1.000000e-09", "0.000000e+00"]
    picks.write(tmp_path / "without.csv", name)
    assert column not in (tmp_path / "without.csv").read_text().splitlines()[0].split(",")


def test_plain(with_amplitudes, tmp_path):
    PickList(with_amplitudes[:2]).write(tmp_path / "p.json")
    rows = json.loads((tmp_path / "p.json").read_text())
    assert [row["amplitude"] for row in rows] == [1234.5, None]


def test_quakeml(with_amplitudes, tmp_path):
    obspy = pytest.importorskip("obspy")
    with_amplitudes.write(tmp_path / "p.xml")
    (event,) = obspy.read_events(str(tmp_path / "p.xml"))
    index = {str(pick.resource_id): i for i, pick in enumerate(event.picks)}
    found = {index[str(a.pick_id)]: a.generic_amplitude for a in event.amplitudes}
    assert found == {0: 1234.5, 3: 1e-9, 4: 0.0}

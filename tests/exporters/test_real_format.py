"""REAL's folder of files, read line by line."""

import datetime as dt
import os
from dataclasses import replace

import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import InputError


def test_files_by_day_station_and_phase(picks, tmp_path):
    folder = tmp_path / "real"
    picks.write(folder, "real")
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "20190704/CI.CLC.P.txt": "63239.9996 0.310 0.0\n",
        "20190704/CI.JRC2.P.txt": "63229.0400 0.912 0.0\n",
        "20190704/CI.JRC2.S.txt": "63233.1256 0.500 0.0\n",
        "20190704/NC.MPM.S.txt": "86399.9999 0.700 0.0\n",
        "20190705/NC.MPM.P.txt": "0.0000 0.250 0.0\n",
    }


def test_lines_are_in_order_of_time(picks, tmp_path):
    first = picks[0]
    later = replace(first, peak_time=first.peak_time + dt.timedelta(seconds=7))
    PickList([later, first]).write(tmp_path / "r", "real")
    lines = (tmp_path / "r/20190704/CI.JRC2.P.txt").read_text().splitlines()
    assert [float(line.split()[0]) for line in lines] == [63229.04, 63236.04]


def test_a_folder_with_something_in_it_is_refused(picks, tmp_path):
    (tmp_path / "old.txt").touch()
    with pytest.raises(InputError, match="the folder is not empty"):
        picks.write(tmp_path, "real")
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]


@pytest.mark.parametrize("trace_id", ["../x.A.", "CI.A/B.", "STA", ".STA.", ""])
def test_names_that_are_no_file_names(trace_id, picks, tmp_path):
    time = picks[0].peak_time
    with pytest.raises(InputError, match=r"the format 'real' (names files by|needs a station)"):
        PickList([*picks, Pick(trace_id, time, time, time, 0.5, "P")]).write(tmp_path / "r", "real")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_a_file(picks, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        picks.write(tmp_path / "file", "real")
    assert (tmp_path / "file").read_text() == ""


def test_nothing_is_left_of_a_folder_that_fails(picks, tmp_path, monkeypatch):
    calls = []

    def fail(handle):
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(28, "No space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match="No space left"):
        picks.write(tmp_path / "real", "real")
    assert list(tmp_path.iterdir()) == []

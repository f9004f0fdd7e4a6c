"""HypoInverse's station lines, read by the columns of its manual (Y2000 format)."""

import datetime as dt

import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import InputError
from lppn_np.exporters.hypoinverse import weight_code


def read_back(line):
    """Read one line as Fortran would: A5 A2 1X A1 A3 1X A2 A1 I1 I4 4I2 F5.2 ... F5.2 A2 1X I1 ... A2."""
    line = line.ljust(120)
    start = dt.datetime.strptime(line[17:29], "%Y%m%d%H%M").replace(tzinfo=dt.UTC)
    is_p = bool(line[13:15].strip())
    seconds = int(line[29:34] if is_p else line[41:46]) / 100
    assert line[29:34].strip() == "" or is_p
    remark, weight = (line[13:15], line[16]) if is_p else (line[46:48], line[49])
    trace_id = f"{line[5:7].strip()}.{line[:5].strip()}.{line[110:112].strip()}"
    return trace_id, remark.strip(), int(weight), start + dt.timedelta(seconds=seconds)


def test_lines(picks, tmp_path):
    picks.write(tmp_path / "p.arc")
    lines = (tmp_path / "p.arc").read_text().split("\n")
    assert lines[-2:] == ["", ""]
    for line, pick in zip(lines[:-2], picks, strict=True):
        trace_id, phase, weight, time = read_back(line)
        assert (trace_id, phase) == (pick.trace_id, pick.phase[0])
        assert weight == weight_code(pick.peak_value)
        assert abs(time - pick.peak_time) <= dt.timedelta(milliseconds=5.001)
        assert len(line) <= 120


@pytest.mark.parametrize(
    ("probability", "code"), [(None, 0), (1.0, 0), (0.8, 0), (0.79, 1), (0.5, 2), (0.3, 3), (0.1, 4)]
)
def test_weights(probability, code):
    assert weight_code(probability) == code


@pytest.mark.parametrize("trace_id", ["CI.TOOLONG.", "CIX.A.", "CI.A.100"])
def test_codes_that_do_not_fit(trace_id, picks, tmp_path):
    time = picks[0].peak_time
    with pytest.raises(InputError, match="does not fit"):
        PickList([Pick(trace_id, time, time, time, 0.5, "P")]).write(tmp_path / "p.arc")


def test_no_picks(tmp_path):
    PickList().write(tmp_path / "p.phs")
    assert (tmp_path / "p.phs").read_text() == "\n"

"""QuakeML, SCML and NonLinLoc: read back by obspy and by an XML parser, valid against their schemas."""

import datetime as dt
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import InputError, MissingDependencyError

obspy = pytest.importorskip("obspy")

BED = "{http://quakeml.org/xmlns/bed/1.2}"


def same(event, picks):
    assert len(event.picks) == len(picks)
    for got, pick in zip(event.picks, picks, strict=True):
        assert got.phase_hint == pick.phase
        assert abs(got.time.datetime.replace(tzinfo=dt.UTC) - pick.peak_time) < dt.timedelta(microseconds=2)
        wid = got.waveform_id
        assert f"{wid.network_code}.{wid.station_code}.{wid.location_code or ''}" == pick.trace_id
        assert got.evaluation_mode == "automatic"
        assert float(got.comments[0].text.split()[1]) == pytest.approx(pick.peak_value, abs=5.01e-4)


@pytest.mark.parametrize("name", ["p.xml", "p.qml"])
def test_quakeml(name, picks, tmp_path):
    picks.write(tmp_path / name)
    (event,) = obspy.read_events(str(tmp_path / name), format="QUAKEML")
    same(event, picks)
    assert event.origins == []


def test_quakeml_by_a_plain_parser(picks, tmp_path):
    picks.write(tmp_path / "p.xml")
    found = ElementTree.parse(tmp_path / "p.xml").iter(f"{BED}pick")
    rows = [
        (
            pick.find(f"{BED}waveformID").get("stationCode"),
            pick.find(f"{BED}phaseHint").text,
            pick.find(f"{BED}time/{BED}value").text,
        )
        for pick in found
    ]
    assert rows[0] == ("JRC2", "P", "2019-07-04T17:33:49.040000Z")
    assert [row[1] for row in rows] == ["P", "S", "Pg", "Sn", "P"]


def test_quakeml_is_valid(picks, tmp_path):
    pytest.importorskip("lxml", reason="obspy validates with lxml")
    from obspy.io.quakeml.core import _validate

    picks.write(tmp_path / "p.xml")
    assert _validate(str(tmp_path / "p.xml"))


def test_the_same_picks_make_the_same_file(picks, tmp_path):
    code = (
        "import sys, datetime as dt, lppn_np; t = dt.datetime(2019, 7, 4, 1, tzinfo=dt.UTC);"
        "lppn_np.PickList([lppn_np.Pick('CI.A.', t, t, t, 0.5, 'P')] * 2).write(sys.argv[1])"
    )
    for name in ("a.xml", "b.xml"):
        command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / name)]
        assert subprocess.run(command, check=False).returncode == 0
    first, second = ((tmp_path / name).read_bytes() for name in ("a.xml", "b.xml"))
    assert first == second


def test_scml(picks, tmp_path):
    pytest.importorskip("lxml", reason="obspy validates with lxml")
    from obspy.io.seiscomp.event import validate_scml

    picks.write(tmp_path / "p.scml")
    assert validate_scml(str(tmp_path / "p.scml"))
    (parameters,) = ElementTree.parse(tmp_path / "p.scml").getroot()
    space = parameters.tag.partition("}")[0] + "}"
    assert [child.tag for child in parameters] == [f"{space}pick"] * len(picks)
    for found, pick in zip(parameters, picks, strict=True):
        codes = found.find(f"{space}waveformID").attrib
        assert f"{codes['networkCode']}.{codes['stationCode']}.{codes['locationCode']}" == pick.trace_id
        assert found.find(f"{space}phaseHint").text == pick.phase
        time = dt.datetime.fromisoformat(found.find(f"{space}time/{space}value").text)
        assert abs(time - pick.peak_time) < dt.timedelta(microseconds=2)
        assert found.find(f"{space}evaluationMode").text == "automatic"


def test_nonlinloc(picks, tmp_path):
    picks.write(tmp_path / "p.obs")
    lines = [line.split() for line in (tmp_path / "p.obs").read_text().splitlines() if "PUBLIC" not in line]
    assert len(lines) == len(picks)
    by_time = sorted(picks, key=lambda pick: pick.peak_time)
    lines.sort(key=lambda line: (line[6], line[7], float(line[8])))
    for line, pick in zip(lines, by_time, strict=True):
        station, _, _, _, phase, _, date, minute, seconds, kind, error = line[:11]
        time = dt.datetime.strptime(date + minute, "%Y%m%d%H%M").replace(tzinfo=dt.UTC)
        time += dt.timedelta(seconds=float(seconds))
        assert (station, phase, kind) == (pick.trace_id.split(".")[1], pick.phase, "GAU")
        assert abs(time - pick.peak_time) < dt.timedelta(microseconds=51)
        assert float(error) == (0.2 if phase.startswith("S") else 0.1)


@pytest.mark.parametrize("name", ["quakeml", "scml", "nonlinloc"])
def test_refused(name, picks, tmp_path):
    time = picks[0].peak_time
    for bad, match in (
        (Pick("CI.A.", 1.0, 1.0, 1.0, 0.5, "P"), "needs dates"),
        (Pick("", time, time, time, 0.5, "P"), "needs a station"),
        (Pick("CI.A..HHZ", time, time, time, 0.5, "P"), r"NET\.STA\.LOC is expected"),
    ):
        with pytest.raises(InputError, match=match):
            PickList([*picks, bad]).write(tmp_path / "p", name)
    assert list(tmp_path.iterdir()) == []


def test_no_picks(tmp_path):
    for suffix in ("xml", "scml", "obs"):
        PickList().write(tmp_path / f"p.{suffix}")
    (event,) = obspy.read_events(str(tmp_path / "p.xml"))
    assert event.picks == []
    assert "<pick" not in (tmp_path / "p.scml").read_text()
    assert (tmp_path / "p.obs").read_bytes() == b""


def test_without_obspy(picks, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy.core.event", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "lppn-np\[waveforms\]"'):
        picks.write(tmp_path / "p.xml")

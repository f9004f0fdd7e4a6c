"""Every format says which weights made its picks, and readers of the format are not disturbed."""

import csv
import datetime as dt
import json
from dataclasses import replace

import pytest

from lppn_np import PickList
from lppn_np.exporters import FORMATS
from lppn_np.provenance import Provenance

FIRST = Provenance("0.1.0", "default", "a1" * 32, "paper", 16, 8, 0.3, 0.25)
SECOND = Provenance("0.1.0", "my, own.npz", "b2" * 32, "tiny", 8, 4, 0.5, 0.5)
#: Formats that readers take by place or by exact columns: nothing of theirs changes.
TABLES = ("phasenet", "gamma", "pyocto", "real", "hypoinverse")


@pytest.fixture
def made(picks):
    """The picks by two models; the second made the last two."""
    origins = [FIRST, FIRST, FIRST, SECOND, SECOND]
    return PickList(replace(pick, provenance=by) for pick, by in zip(picks, origins, strict=True))


def contents(path):
    files = [path] if path.is_file() else path.rglob("*")
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def need(name):
    if name in ("quakeml", "scml", "nonlinloc"):
        pytest.importorskip("obspy")
    if name == "parquet":
        pytest.importorskip("pyarrow")


@pytest.mark.parametrize("name", FORMATS)
def test_both_digests_are_told(name, made, tmp_path):
    need(name)
    made.write(tmp_path / "p", name)
    everything = b"".join(contents(tmp_path).values())
    assert FIRST.sha256.encode() in everything
    assert SECOND.sha256.encode() in everything


@pytest.mark.parametrize("name", FORMATS)
def test_no_picks_are_told_of_too(name, tmp_path):
    need(name)
    PickList([], [FIRST]).write(tmp_path / "p", name)
    assert FIRST.sha256.encode() in b"".join(contents(tmp_path).values())


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_told_of_picks_by_hand(name, picks, tmp_path):
    need(name)
    picks.write(tmp_path / "p", name)
    assert not any(file.endswith(".provenance") for file in contents(tmp_path))
    if name in ("csv", "json", "parquet"):
        assert b"made_by" not in (tmp_path / "p").read_bytes()


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_other_programs_stay_as_they_are(name, picks, made, tmp_path):
    picks.write(tmp_path / "by_hand", name)
    made.write(tmp_path / "made", name)
    plain, told = contents(tmp_path / "by_hand"), contents(tmp_path / "made")
    place = tmp_path / "made" / "picks.provenance" if name == "real" else tmp_path / "made.provenance"
    told.pop("picks.provenance", None)
    assert list(told.values()) == list(plain.values())
    assert json.loads(place.read_bytes()) == [FIRST.to_dict(), SECOND.to_dict()]


def test_a_file_beside_never_tells_of_another_file(picks, made, tmp_path):
    made.write(tmp_path / "p.csv", "gamma")
    picks.write(tmp_path / "p.csv", "gamma")
    assert json.loads((tmp_path / "p.csv.provenance").read_bytes()) == []
    PickList(made[:3]).write(tmp_path / "p.csv")
    assert json.loads((tmp_path / "p.csv.provenance").read_bytes()) == [FIRST.to_dict()]


def test_rows_of_csv_and_json(made, tmp_path):
    made.write(tmp_path / "p.csv")
    made.write(tmp_path / "p.json")
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, other, pick in zip(rows, json.loads((tmp_path / "p.json").read_bytes()), made, strict=True):
        for found in (row, other):
            assert found["weights_sha256"] == pick.provenance.sha256
            assert found["made_by"] == pick.provenance.made_by
    assert rows[0]["made_by"] == (
        "lppn-np 0.1.0 weights default: paper stride 16 features 8; thresholds P 0.3 S 0.25"
    )


def test_parquet_by_pyarrow(made, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    made.write(tmp_path / "p.parquet")
    table = parquet.read_table(tmp_path / "p.parquet")
    assert table.column("weights_sha256").to_pylist() == [pick.provenance.sha256 for pick in made]
    metadata = parquet.read_schema(tmp_path / "p.parquet").metadata
    assert json.loads(metadata[b"lppn-np"]) == [FIRST.to_dict(), SECOND.to_dict()]


def test_quakeml_by_obspy(made, tmp_path):
    obspy = pytest.importorskip("obspy")
    core = pytest.importorskip("obspy.io.quakeml.core")
    made.write(tmp_path / "p.xml")
    (event,) = obspy.read_events(str(tmp_path / "p.xml"))
    for found, pick in zip(event.picks, made, strict=True):
        by = pick.provenance
        *_, version, weights, digest = found.method_id.id.split("/")
        assert (version, digest) == (by.version, by.sha256)
        assert weights == by.weights.replace(" ", "_")
        info = found.creation_info
        assert (info.author, info.version) == (f"lppn-np weights {by.weights}", by.version)
        assert info.author_uri.id.endswith(by.sha256)
    assert [comment.text for comment in event.comments] == [str(FIRST), str(SECOND)]
    assert core._validate(str(tmp_path / "p.xml"))


def test_the_same_picks_by_other_weights_are_other_picks(picks, tmp_path):
    obspy = pytest.importorskip("obspy")
    names = set()
    for number, by in enumerate((FIRST, SECOND)):
        PickList(replace(pick, provenance=by) for pick in picks).write(tmp_path / f"{number}.xml")
        (event,) = obspy.read_events(str(tmp_path / f"{number}.xml"))
        names |= {pick.resource_id.id for pick in event.picks}
    assert len(names) == 2 * len(picks)


def test_scml_is_valid(made, tmp_path):
    pytest.importorskip("lxml", reason="obspy validates with lxml")
    event = pytest.importorskip("obspy.io.seiscomp.event")
    made.write(tmp_path / "p.scml")
    assert event.validate_scml(str(tmp_path / "p.scml"))
    text = (tmp_path / "p.scml").read_text()
    assert text.count(f"/default/{FIRST.sha256}</methodID>") == 3
    assert text.count(f"{SECOND.sha256}</authorURI>") == 2


def test_nonlinloc_has_short_lines_that_are_passed_over(picks, made, tmp_path):
    pytest.importorskip("obspy")
    picks.write(tmp_path / "plain.obs")
    made.write(tmp_path / "p.obs")
    lines = (tmp_path / "p.obs").read_text().splitlines()
    remarks = [line for line in lines if line.startswith("! ")]
    assert lines[: len(remarks)] == remarks
    assert f"! sha256 {SECOND.sha256}" in remarks
    # NonLinLoc's own instructions, which would end an event or a file.
    assert not {line.split()[1] for line in remarks} & {"END_EVENT", "END_FILE", "SKIP_NEXT_LINE"}
    phases = [line for line in lines if "GAU" in line]
    assert phases == [line for line in (tmp_path / "plain.obs").read_text().splitlines() if "GAU" in line]


def test_names_of_files_may_hold_anything(tmp_path):
    """What was a line break or no letter at all in a file's name must not be one in a format."""
    import lppn_np

    model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=32, features=1))
    path = tmp_path / "a\nb <&\x07ü.npz"
    try:
        model.save(path)
    except lppn_np.LPPNError:
        pytest.skip("this system has no files of such names")
    from lppn_np.picking.pipeline import Settings

    by = Provenance.of(lppn_np.LPPN.load(path), Settings())
    assert by.weights == "a?b <&?ü.npz"
    time = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = PickList([lppn_np.Pick("XX.A.", time, time, time, 0.5, "P", provenance=by)])
    for name in FORMATS:
        need(name)
        made.write(tmp_path / name, name)
    obspy = pytest.importorskip("obspy")
    (event,) = obspy.read_events(str(tmp_path / "quakeml"))
    assert event.picks[0].creation_info.author == f"lppn-np weights {by.weights}"
    assert [line[0] for line in (tmp_path / "nonlinloc").read_text().splitlines()] == ["!", "!", "P", "A"]

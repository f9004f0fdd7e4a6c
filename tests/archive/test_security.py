"""What an attacker may try: names and messages that leave the folder of results, links."""

import datetime
import json
import shutil

import pytest

from lppn_np.archive import places
from lppn_np.archive.codes import Instrument
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import attempt, attempt_text, outcome_of
from lppn_np.archive.planning import make_plan
from lppn_np.archive.shard import Shard
from lppn_np.archive.sources import LocalSource
from lppn_np.errors import ArchiveError

from .conftest import job_for, run_here


@pytest.fixture
def shard(small_archive, tmp_path):
    plan = make_plan(job_for(small_archive, tmp_path / "out"), LocalSource(small_archive), Layout("sds"))
    return plan.shards[0]


def changed(shard, **values):
    return json.dumps(json.loads(shard.to_json()) | values)


def test_a_shard_survives_the_way_to_a_worker(shard):
    assert Shard.from_json(shard.to_json()) == shard


@pytest.mark.parametrize(
    "instrument",
    [
        ["../../etc", "AAA", "", "HH"],
        ["XX", "..", "", "HH"],
        ["XX", "A/B", "", "HH"],
        ["XX", "A\\B", "", "HH"],
        ["XX", "AAA", "..", "HH"],
        ["XX", "AAA", "", "../"],
        ["XX", "A\0", "", "HH"],
        ["XX", "AAA\n", "", "HH"],
        ["", "AAA", "", "HH"],
        ["XX", "A" * 300, "", "HH"],
        ["XX", 7, "", "HH"],
        ["XX"],
    ],
)
def test_codes_cannot_leave_the_folder(instrument, shard):
    with pytest.raises(ArchiveError):
        Shard.from_json(changed(shard, instrument=instrument))


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a\\..\\x", "", "a\0b", 7, None])
def test_inputs_cannot_leave_the_archive(path, shard):
    inputs = json.loads(shard.to_json())["inputs"]
    inputs[0]["path"] = path
    with pytest.raises(ArchiveError):
        Shard.from_json(changed(shard, inputs=inputs))


@pytest.mark.parametrize(
    "values",
    [
        {"days": []},
        {"days": ["2020-01-04", "2020-01-03"]},
        {"days": ["2020-02-01", "2020-01-03"]},
        {"days": ["../2020"]},
        {"first": "0"},
        {"job": {}},
        {"job": []},
        {"inputs": [{}]},
        {"inputs": 7},
    ],
)
def test_messages_that_are_no_shard(values, shard):
    answer = json.loads(attempt_text(changed(shard, **values)))
    assert answer["manifest"] is None
    assert answer["failure"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"name": "x", "manifest": 7}', '{"a": 1}']
)
def test_answers_that_are_no_outcome(text, shard):
    outcome = outcome_of(text, shard)
    assert outcome.name == shard.name
    assert outcome.manifest is None
    assert outcome.failure


@pytest.mark.parametrize("folder", ["picks", "manifests", "picks/network=XX"])
def test_a_link_out_of_the_folder_is_not_followed(folder, small_archive, tmp_path):
    """Somebody who may write into the folder of results must not redirect what we write."""
    output, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    run_here(small_archive, output, shard_days=8)
    shutil.rmtree(output / folder)
    (output / folder).symlink_to(outside)
    with pytest.raises(ArchiveError, match="leaves the folder of results"):
        run_here(small_archive, output, shard_days=8)
    assert list(outside.rglob("*")) == []


def test_only_codes_make_paths(shard):
    evil = Shard.__new__(Shard)
    object.__setattr__(evil, "job", shard.job)
    object.__setattr__(evil, "instrument", Instrument("../../../../x", "x", "", "HH"))
    object.__setattr__(evil, "first", datetime.date(2020, 1, 1))
    with pytest.raises(places.OutputError, match="leaves the folder of results"):
        places.write(shard.job.output, places.picks_file(evil), b"x")


def test_other_weights_than_the_job_was_made_with_are_refused(shard):
    values = json.loads(shard.to_json())
    values["job"]["weights_sha256"] = "0" * 64
    outcome = attempt(Shard.from_json(json.dumps(values)))
    assert outcome.manifest is None
    assert "are not those of the archive's job" in outcome.failure

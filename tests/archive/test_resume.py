"""The same command again: nothing that is whole is done again, whatever is new or changed is."""

import datetime
import hashlib
import json
import os

import pytest

from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import Here
from lppn_np.archive.running import run_archive
from lppn_np.archive.selecting import Selection
from lppn_np.errors import ArchiveError

from .conftest import (
    DAY,
    errors,
    job_for,
    made_up,
    manifests,
    midnight,
    pq,
    rows,
    run_here,
    sds_path,
    write_record,
)

#: A file that one shard is picked from, and no other reads as context.
FIRST = sds_path("", "XX.AAA..HHZ", DAY)
#: One that two shards read.
SECOND = sds_path("", "XX.AAA..HHZ", DAY + datetime.timedelta(days=1))


def done_again(root, output, **options):
    """Names of the shards that a run has picked."""
    summary = run_here(root, output, shard_days=2, **options)
    assert summary.failures == {}
    return sorted(manifest["shard"] for manifest in summary.manifests)


@pytest.fixture
def picked(archive, tmp_path):
    output = tmp_path / "out"
    assert len(done_again(archive, output)) == 4
    return output


def test_nothing_is_done_twice(archive, picked):
    times = {path: path.stat().st_mtime_ns for path in picked.rglob("*.parquet")}
    assert done_again(archive, picked) == []
    assert done_again(archive, picked, verify=True) == []
    assert {path: path.stat().st_mtime_ns for path in picked.rglob("*.parquet")} == times


def test_parquet_says_which_weights_made_it(archive, picked):
    weights = {manifest["settings"]["weights_sha256"] for manifest in manifests(picked).values()}
    told = [json.loads(pq.read_schema(path).metadata[b"lppn-np"]) for path in picked.rglob("*.parquet")]
    assert len(told) == 4
    assert {origin["sha256"] for (origin,) in told} == weights


def test_the_manifest_says_what_was_done(archive, picked):
    manifest = manifests(picked)["XX.AAA.--.HH.2020-01-03"]
    assert [day["day"] for day in manifest["days"]] == ["2020-01-03", "2020-01-04"]
    assert [day["seconds"] for day in manifest["days"]] == [90.0, 180.0]
    inputs = {entry["path"]: entry for entry in manifest["inputs"]}
    file = archive / SECOND
    assert inputs[str(SECOND)]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert inputs[str(SECOND)]["size"] == file.stat().st_size
    assert [entry["context"] for entry in manifest["inputs"]] == [False] * 6 + [True] * 3
    assert {"read", "pick", "write", "total"} == set(manifest["seconds"])
    assert {"lppn-np", "numpy", "numba"} <= set(manifest["versions"])
    assert len(manifest["settings"]["weights_sha256"]) == 64
    table = pq.ParquetFile(picked / manifest["output"]["path"])
    assert table.metadata.num_rows == manifest["output"]["rows"]
    assert table.metadata.row_group(0).column(0).compression == "ZSTD"
    assert str(table.schema_arrow.field("peak_time").type) == "timestamp[ms]"


def test_the_folders_become_columns(picked, undisturbed):
    dataset = pytest.importorskip("pyarrow.dataset").dataset(picked / "picks", partitioning="hive")
    table = dataset.to_table()
    assert table.num_rows == len(undisturbed)
    assert set(table["network"].to_pylist()) == {"XX"}
    assert set(table["year"].to_pylist()) == {2020}


@pytest.mark.parametrize(
    ("change", "shards"),
    [
        ("touch", []),  # another time, the same content: hashed, and believed
        ("append", ["XX.AAA.--.HH.2020-01-03"]),
        ("manifest", ["XX.AAA.--.HH.2020-01-03"]),
        ("picks", ["XX.AAA.--.HH.2020-01-03"]),
        ("truncated picks", ["XX.AAA.--.HH.2020-01-03"]),
        ("damaged manifest", ["XX.AAA.--.HH.2020-01-03"]),
    ],
)
def test_what_has_changed_is_done_again(archive, picked, change, shards, undisturbed):
    manifest = next(picked.rglob("XX.AAA.--.HH.2020-01-03.json"))
    table = next(picked.rglob("XX.AAA.--.HH.2020-01-03.parquet"))
    if change == "touch":
        os.utime(archive / FIRST, (1e9, 1e9))
    elif change == "append":
        content = (archive / FIRST).read_bytes()
        (archive / FIRST).write_bytes(content + content[:512])  # its first record once more
    elif change == "manifest":
        manifest.unlink()
    elif change == "picks":
        table.unlink()
    elif change == "truncated picks":
        table.write_bytes(table.read_bytes()[:100])
    else:
        manifest.write_text("{")
    assert done_again(archive, picked) == shards
    assert rows(picked) == undisturbed
    assert done_again(archive, picked) == []


def test_verify_sees_what_size_and_time_hide(archive, picked):
    file, table = archive / FIRST, next(picked.rglob("XX.BBB.00.HH.2020-01-03.parquet"))
    times = file.stat()
    content = bytearray(file.read_bytes())
    content[5000] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    content = bytearray(table.read_bytes())
    content[100] ^= 1
    table.write_bytes(content)
    assert done_again(archive, picked) == []
    assert done_again(archive, picked, verify=True) == ["XX.AAA.--.HH.2020-01-03", "XX.BBB.00.HH.2020-01-03"]


def test_a_station_day_that_appears_while_it_runs(small_archive, tmp_path, undisturbed):
    """It is not in the plan; the next run picks it, and its neighbour again, which reads its beginning."""
    import shutil

    late = datetime.date(2020, 1, 5)
    root = tmp_path / "sds"
    shutil.copytree(small_archive, root, ignore=shutil.ignore_patterns(f"XX.AAA*{late:%j}"))

    class Late(Here):
        def run(self, shards):
            for outcome in super().run(shards):
                for component in "ENZ":
                    path = sds_path("", f"XX.AAA..HH{component}", late)
                    shutil.copy2(small_archive / path, root / path)
                yield outcome

    output = tmp_path / "out"
    assert len(done_again(root, output, runner=Late())) == 4
    assert len(rows(output)) < len(undisturbed)
    assert done_again(root, output) == ["XX.AAA.--.HH.2020-01-03", "XX.AAA.--.HH.2020-01-05"]
    assert rows(output) == undisturbed


def test_a_new_station_is_added(archive, picked):
    write_record(archive, made_up(6000, seed=99), midnight(DAY) + 50, "YY.CCC..EH")
    assert done_again(archive, picked) == ["YY.CCC.--.EH.2020-01-03"]
    assert (picked / "picks" / "network=YY" / "year=2020" / "month=01").is_dir()


def test_other_settings_are_refused(archive, picked):
    with pytest.raises(
        ArchiveError, match=r"begun with other settings: shard_days was 2, now 8\. Give another"
    ):
        run_here(archive, picked)
    job = job_for(archive, picked, P_threshold=0.4)
    with pytest.raises(ArchiveError, match=r"P_threshold was 0\.3, now 0\.4"):
        run_archive(job, Layout("sds"), Here(), shard_days=2)
    with pytest.raises(ArchiveError, match="start was None, now '2020-01-04'"):
        run_here(archive, picked, selection=Selection(start=datetime.date(2020, 1, 4)))
    (picked / "archive.json").write_text("[")
    with pytest.raises(ArchiveError, match="cannot be read"):
        done_again(archive, picked)


def test_another_folder_is_refused(archive, tmp_path):
    output = tmp_path / "home"
    output.mkdir()
    (output / "thesis.tex").write_text("")
    with pytest.raises(ArchiveError, match=r"holds 'thesis\.tex' and no archive\.json"):
        run_here(archive, output)
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="cannot be used as a folder of results"):
        run_here(archive, tmp_path / "file")


def test_one_run_at_a_time(archive, picked):
    class Second(Here):
        def run(self, shards):
            with pytest.raises(ArchiveError, match="another run is at work there"):
                run_here(archive, picked, shard_days=2)
            return super().run(shards)

    assert done_again(archive, picked, runner=Second()) == []


def test_leftovers_of_a_killed_writer_go(archive, picked, undisturbed):
    part = picked / "picks/network=XX/year=2020/month=01/.XX.AAA.--.HH.2020-01-03.parquet.abc.part"
    part.write_bytes(b"half")
    assert done_again(archive, picked) == []
    assert not part.exists()
    assert rows(picked) == undisturbed
    assert errors(picked) == []


def test_the_settings_file_is_plain(picked):
    settings = json.loads((picked / "archive.json").read_text())
    assert settings["pattern"].startswith("{year}/{network}")
    assert settings["shard_days"] == 2
    assert not any("secret" in key or "source" in key for key in settings)

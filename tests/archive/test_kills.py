"""kill -9 of the client and of workers, and full disks: a resume completes, no pick is lost or doubled."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lppn_np.archive import places, workers
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import Here
from lppn_np.archive.planning import make_plan
from lppn_np.archive.sources import LocalSource

from .conftest import job_for, manifests, rows, run_here

LINUX = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds child processes in /proc")


def start(root, output, *arguments):
    """Start ``lppn-np archive`` with one day a shard: eight shards."""
    options = ["--sds", root, "-o", output, "--shard-days", 1, "--threshold", 0.3, *arguments]
    command = [sys.executable, "-m", "lppn_np", "archive", *map(str, options)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds=600):  # a first worker may have to compile all kernels
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)


def n_done(output):
    return len(list(Path(output, "manifests").rglob("[!.]*.json")))


def children(pid):
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def is_running(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@LINUX
def test_the_client_is_killed(small_archive, tmp_path, undisturbed):
    output = tmp_path / "out"
    client = start(small_archive, output, "--workers", 1)
    wait_for(lambda: n_done(output) >= 1)
    (worker,) = children(client.pid)
    client.kill()
    client.communicate()
    assert 1 <= n_done(output) < 8
    wait_for(lambda: not is_running(worker), 60)  # workers do not outlive their client
    before = set(manifests(output))
    summary = run_here(small_archive, output, shard_days=1)
    assert summary.failures == {}
    assert {manifest["shard"] for manifest in summary.manifests}.isdisjoint(before)
    assert rows(output) == undisturbed


@LINUX
def test_a_worker_is_killed(small_archive, tmp_path, undisturbed):
    output = tmp_path / "out"
    client = start(small_archive, output, "--workers", 1)
    wait_for(lambda: n_done(output) >= 1)
    (worker,) = children(client.pid)
    os.kill(worker, signal.SIGKILL)
    _, err = client.communicate(timeout=300)
    assert client.returncode == 0, err
    assert "8 of 8 station-days" in err
    assert rows(output) == undisturbed


FAKE = """
import json, sys
for line in sys.stdin:
    shard = json.loads(line)
    first, codes = shard["first"], shard["instrument"]
    name = ".".join([*codes[:2], codes[2] or "--", codes[3], first])
    if name == "XX.BBB.00.HH.2020-01-04":
        sys.exit(7)
    answer = {"name": "another" if first == "2020-01-05" else name, "manifest": {"n": 1}}
    print("no outcome" if first == "2020-01-06" else json.dumps(answer), flush=True)
"""


def test_a_shard_that_kills_its_workers_is_left_and_the_others_are_done(small_archive, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-c", FAKE))
    job = job_for(small_archive, tmp_path / "out")
    shards = make_plan(job, LocalSource(small_archive), Layout("sds"), shard_days=1).shards
    outcomes = {outcome.name: outcome for outcome in workers.Workers(2).run(shards)}
    assert sorted(outcomes) == sorted(shard.name for shard in shards)
    failures = {name: outcome.failure for name, outcome in outcomes.items() if outcome.manifest is None}
    other, none = "the worker answered for another shard", "the worker's answer is no outcome"
    assert failures == {
        "XX.BBB.00.HH.2020-01-04": "its worker died 3 times, the last with status 7",
        "XX.AAA.--.HH.2020-01-05": other,
        "XX.BBB.00.HH.2020-01-05": other,
        "XX.AAA.--.HH.2020-01-06": none,
        "XX.BBB.00.HH.2020-01-06": none,
    }


def test_workers_end_with_the_loop_that_reads_them(small_archive, tmp_path):
    shards = make_plan(
        job_for(small_archive, tmp_path / "out"), LocalSource(small_archive), Layout("sds"), shard_days=1
    ).shards
    outcomes = workers.Workers(1).run(shards)
    assert next(outcomes).manifest is not None
    begin = time.monotonic()
    outcomes.close()
    assert time.monotonic() - begin < 30
    assert n_done(tmp_path / "out") < len(shards)


# ---------------------------------------------------------------- full disks


def test_a_full_disk_stops_the_run_and_a_resume_completes_it(
    small_archive, tmp_path, undisturbed, monkeypatch
):
    """The third file and all that follow find the disk full: nothing half is left, nothing more is tried."""
    output = tmp_path / "out"
    real, calls = places.atomic_write, []

    def full(path, content, error):
        calls.append(path)
        if len(calls) > 3:
            cause = OSError(errno.ENOSPC, "No space left on device")
            raise error(f"{path}: cannot be written ({cause.strerror})") from cause
        real(path, content, error)

    monkeypatch.setattr(places, "atomic_write", full)
    tried = []

    class Counting(Here):
        def run(self, shards):
            for outcome in super().run(shards):
                tried.append(outcome)
                yield outcome

    summary = run_here(small_archive, output, runner=Counting(), shard_days=1)
    assert len(tried) == 2
    assert tried[1].hopeless
    assert len(summary.failures) == 8  # seven shards and the report
    assert all("No space left" in reason for reason in summary.failures.values())
    monkeypatch.setattr(places, "atomic_write", real)
    assert run_here(small_archive, output, shard_days=1).failures == {}
    assert rows(output) == undisturbed


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of so many KB, or a skipped test."""
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(options, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def test_a_really_full_disk(small_archive, tmp_path, undisturbed):
    disk = tmp_path / "disk"
    with small_disk(disk, 40):
        output = disk / "out"
        summary = run_here(small_archive, output, shard_days=1)
        assert 0 < len(manifests(output)) < 8
        assert any("No space left on device" in reason for reason in summary.failures.values())
        assert len(rows(output)) < len(undisturbed)  # and whatever there is can be read
        subprocess.run(["mount", "-o", "remount,size=4096k", str(disk)], check=True)
        assert run_here(small_archive, output, shard_days=1).failures == {}
        assert rows(output) == undisturbed


def test_a_limit_on_the_size_of_files(small_archive, tmp_path):
    """Over a quota: a shard that cannot be written is told, and the command exits with 1."""
    code = (
        "import resource, sys; from lppn_np.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); sys.exit(main(sys.argv[1:]))"
    )
    options = ["--sds", small_archive, "-o", tmp_path / "out", "--workers", 0]
    command = [sys.executable, "-c", code, "archive", *map(str, options)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "is not done" in done.stderr
    assert "File too large" in done.stderr
    assert n_done(tmp_path / "out") == 0
    assert list(tmp_path.rglob("*.part")) == []


def test_the_manifest_goes_before_the_picks_change(small_archive, tmp_path, monkeypatch):
    """Killed between the two files of a shard: there is no manifest, so the shard counts as not done."""
    output = tmp_path / "out"
    run_here(small_archive, output, shard_days=8)
    name = "XX.AAA.--.HH.2020-01-01"
    path = next(output.rglob(f"{name}.json"))
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | {"days_planned": []}))

    class Killed(BaseException):
        pass

    real = places.atomic_write

    def killed(target, content, error):
        real(target, content, error)
        if target.suffix == ".parquet":
            raise Killed

    monkeypatch.setattr(places, "atomic_write", killed)
    with pytest.raises(Killed):
        run_here(small_archive, output, shard_days=8)
    assert name not in manifests(output)
    monkeypatch.setattr(places, "atomic_write", real)
    assert [manifest["shard"] for manifest in run_here(small_archive, output, shard_days=8).manifests] == [
        name
    ]

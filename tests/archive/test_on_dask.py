"""Dask distributed: its client, a worker and its scheduler are killed in turn, and nothing is lost."""

import contextlib
import socket
import subprocess
import sys

import pytest

from lppn_np.archive.on_dask import OnDask
from lppn_np.errors import ArchiveError

from .conftest import job_for, manifests, rows, run_here
from .test_kills import n_done, start, wait_for

pytest.importorskip("distributed", reason="needs Dask distributed")


def dask(name, *arguments):
    command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def cluster(threads=1):
    """A scheduler and two workers, all of them to be killed: address, scheduler, workers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
    options = ["--nthreads", threads, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    workers = [dask("worker", address, *options) for _ in range(2)]
    try:
        wait_for(lambda: _n_workers(address) == 2)
        yield address, scheduler, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def _n_workers(address):
    import distributed

    with contextlib.suppress(OSError), distributed.Client(address, set_as_default=False, timeout=2) as client:
        return len(client.scheduler_info()["workers"])
    return 0


# distributed says so itself when a client or a scheduler goes away.
@pytest.mark.filterwarnings("ignore")
def test_client_worker_and_scheduler_are_killed(small_archive, tmp_path, undisturbed):
    output = tmp_path / "out"
    with cluster() as (address, scheduler, workers):
        client = start(small_archive, output, "--scheduler", address)
        wait_for(lambda: n_done(output) >= 1)
        client.kill()
        client.communicate()

        client = start(small_archive, output, "--scheduler", address)
        wait_for(lambda: n_done(output) >= 3)
        workers[0].kill()
        _, err = client.communicate(timeout=300)
        assert client.returncode == 0, err
        assert rows(output) == undisturbed

        output = tmp_path / "again"
        client = start(small_archive, output, "--scheduler", address)
        wait_for(lambda: n_done(output) >= 1)
        scheduler.kill()
        _, err = client.communicate(timeout=300)
        assert client.returncode == 1, err
        assert f"the scheduler {address} is gone" in err
        assert "the same command tries them again" in err
    before = set(manifests(output))
    summary = run_here(small_archive, output, shard_days=1)
    assert summary.failures == {}
    assert before
    assert rows(output) == undisturbed


@pytest.mark.filterwarnings("ignore")
def test_nobody_answers(small_archive, tmp_path, monkeypatch):
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        runner = OnDask("tcp://127.0.0.1:9", job_for(small_archive, tmp_path / "out"))
        with pytest.raises(ArchiveError, match=r"tcp://127\.0\.0\.1:9: no Dask scheduler answers"):
            run_here(small_archive, tmp_path / "out", runner=runner)

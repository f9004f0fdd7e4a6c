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
def cluster():
    """A scheduler and two workers, all of them to be killed: address, scheduler, workers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
    options = ["--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
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
def test_nobody_answers(small_archive, tmp_path):
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        runner = OnDask("tcp://127.0.0.1:9", job_for(small_archive, tmp_path / "out"))
        with pytest.raises(ArchiveError, match=r"tcp://127\.0\.0\.1:9: no Dask scheduler answers"):
            run_here(small_archive, tmp_path / "out", runner=runner)


def test_with_certificates_nothing_goes_unencrypted(small_archive, tmp_path):
    from distributed import Security

    made = Security.temporary()
    files = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    job = job_for(small_archive, tmp_path / "out")
    runner = OnDask("tcp://127.0.0.1:9", job, [str(tmp_path / name) for name in files])
    with pytest.raises(ArchiveError, match="encryption required"):
        run_here(small_archive, tmp_path / "out", runner=runner)


class Fake:
    """A client of a scheduler whose workers are not as they should be."""

    def __init__(self, threads=1, problem=None):
        self.threads, self.problem = threads, problem

    def scheduler_info(self, n_workers):
        return {"workers": {"a": {"nthreads": 1}, "b": {"nthreads": self.threads}}}

    def register_plugin(self, plugin):
        if self.problem:
            raise self.problem


@pytest.mark.parametrize(
    ("client", "match"),
    [
        (Fake(threads=2), "workers with up to 2 threads; start them with --nthreads 1"),
        (Fake(problem=ArchiveError("lppn-np 0.0.1 here")), r"a worker cannot be used: lppn-np 0\.0\.1 here"),
    ],
)
def test_workers_that_cannot_be_used(client, match, small_archive, tmp_path):
    runner = OnDask("tcp://127.0.0.1:9", job_for(small_archive, tmp_path / "out"))
    with pytest.raises(ArchiveError, match=match):
        runner._prepare(client)


def test_the_plugin_checks_the_version_and_the_weights(small_archive, tmp_path):
    import json

    from lppn_np import __version__
    from lppn_np.archive.dask_plugin import WarmUp

    job = job_for(small_archive, tmp_path / "out").to_dict()
    WarmUp(json.dumps({"version": __version__, "job": job})).setup(None)
    with pytest.raises(ArchiveError, match=r"0\.0\.1 is expected"):
        WarmUp(json.dumps({"version": "0.0.1", "job": job})).setup(None)
    with pytest.raises(ArchiveError, match="are not those of the archive's job"):
        WarmUp(json.dumps({"version": __version__, "job": job | {"weights_sha256": "0"}})).setup(None)

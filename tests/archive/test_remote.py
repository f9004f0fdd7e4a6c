"""Archives on S3 through fsspec, on a server of moto's on loopback: SCEDC's layout, odd keys, lost files."""

import pytest

from lppn_np.archive.job import make_job
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import Here
from lppn_np.archive.planning import make_plan
from lppn_np.archive.running import run_archive
from lppn_np.archive.sources import open_source
from lppn_np.errors import ArchiveError
from lppn_np.picking.pipeline import Settings

from .conftest import errors, rows

moto = pytest.importorskip("moto.server", reason="needs moto's server")
s3fs = pytest.importorskip("s3fs", reason="needs s3fs")
# botocore and moto use what newer Pythons call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

ROOT = "s3://open-data/continuous_waveforms"


@pytest.fixture(scope="module")
def server():
    """Address of an S3 that lives in this process."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(server, monkeypatch, small_archive):
    """One station of the small archive as the SCEDC would keep it."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem(skip_instance_cache=True)
    if not store.exists("open-data"):
        store.mkdir("open-data", region_name="us-west-2")
    for path in sorted(small_archive.rglob("XX.AAA*")):
        _, _, _, channel, _, year, day = path.name.split(".")
        store.pipe_file(f"{ROOT}/{year}/{year}_{day}/XXAAA__{channel}___{year}{day}.ms", path.read_bytes())
    return store


def run(output):
    job = make_job(ROOT, str(output), settings=Settings(0.3, 0.3))
    return run_archive(job, Layout("scedc"), Here(), shard_days=2)


def test_an_archive_on_s3(store, tmp_path, undisturbed):
    output = tmp_path / "out"
    summary = run(output)
    assert summary.failures == {}
    assert errors(output) == []
    assert rows(output) == [row for row in undisturbed if row[1] == "AAA"]
    assert run(output).manifests == []
    path = f"{ROOT}/2020/2020_003/XXAAA__HHZ___2020003.ms"
    content = store.cat_file(path)
    store.pipe_file(path, content + content[:512])
    assert [manifest["shard"] for manifest in run(output).manifests] == ["XX.AAA.--.HH.2020-01-03"]
    store.pipe_file(path, content)


def test_keys_that_are_no_paths(store, tmp_path, server):
    """A key is any text: none of these may become a path outside, or stop the others."""
    import boto3

    client = boto3.client("s3", endpoint_url=server)
    keys = [
        "../../etc/passwd",
        "2020/../../x/XXAAA__HHZ___2020003.ms",
        "2020//2020_003/XXAAA__HHZ___2020003.ms",
    ]
    for key in keys:
        client.put_object(Bucket="open-data", Key=f"continuous_waveforms/{key}", Body=b"x")
    source = open_source(ROOT)
    job = make_job(ROOT, str(tmp_path / "out"))
    plan = make_plan(job, source, Layout("scedc"))
    assert len(plan.shards) == 1
    assert all(".." not in file.path for shard in plan.shards for file in shard.inputs)
    for key in keys:
        client.delete_object(Bucket="open-data", Key=f"continuous_waveforms/{key}")


def test_a_file_that_is_gone_when_it_is_read(store, tmp_path):
    class Vanishing(Here):
        def run(self, shards):
            store.rm(f"{ROOT}/2020/2020_006/XXAAA__HHZ___2020006.ms")
            return super().run(shards)

    job = make_job(ROOT, str(tmp_path / "out"), settings=Settings(0.3, 0.3))
    assert run_archive(job, Layout("scedc"), Vanishing(), shard_days=2).failures == {}
    assert {error["kind"] for error in errors(tmp_path / "out")} == {"unreadable"}


@pytest.mark.parametrize("url", ["s3://no-such-bucket/x", "nosuchscheme://x/y"])
def test_places_that_are_not_there(store, url, tmp_path):
    with pytest.raises(ArchiveError):
        make_plan(make_job(url, str(tmp_path / "out")), open_source(url), Layout("scedc"))

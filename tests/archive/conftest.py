"""What the tests of archives share: a small archive in SDS, a runner of it, and what its results hold."""

import datetime
import io
import json
from pathlib import Path

import numpy as np
import pytest

from lppn_np.archive.job import make_job
from lppn_np.archive.layouts import Layout
from lppn_np.archive.outcome import Here
from lppn_np.archive.running import run_archive
from lppn_np.data.synthetic import synthetic_noise, synthetic_record
from lppn_np.kernels import _jit
from lppn_np.picking.pipeline import Settings

obspy = pytest.importorskip("obspy", reason="archives are read with obspy")
pq = pytest.importorskip("pyarrow.parquet", reason="archives are written with pyarrow")

RATE = 100
#: Day number 18,264 after 1970, a multiple of four: 2048 samples, from window to window, divide its midnight.
DAY = datetime.date(2020, 1, 3)


@pytest.fixture(autouse=True)
def no_remark():
    """The first test to compile a kernel would find the remark about it in its output."""
    _jit._say_once()


def made_up(n_samples, seed, spacing=2500):
    """Noise with an earthquake every 25 s, (3, n_samples) int32 counts."""
    rng = np.random.default_rng(seed)
    data = synthetic_noise(rng, n_samples, rms=100.0)
    for start in range(0, n_samples - 2000, spacing):
        event = synthetic_record(rng, 2000, snr_db=float("inf"), distance_km=float(rng.uniform(10, 40)))
        data[:, start : start + 2000] += event.data * (5000 / np.abs(event.data).max())
    return np.rint(data).astype(np.int32)


def sds_path(root, channel_id, day):
    network, station, _, channel = channel_id.split(".")
    name = f"{channel_id}.D.{day:%Y}.{day:%j}"
    return Path(root) / f"{day:%Y}" / network / station / f"{channel}.D" / name


def write_day(path, channel_id, start, samples, rate=RATE):
    """Append to one MiniSEED file, whatever its path says."""
    network, station, location, channel = channel_id.split(".")
    header = {"network": network, "station": station, "location": location, "channel": channel}
    trace = obspy.Trace(samples, header=header | {"sampling_rate": rate, "starttime": start})
    records = io.BytesIO()
    trace.write(records, format="MSEED", reclen=512, encoding="STEIM2" if samples.dtype == np.int32 else None)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(records.getvalue())


def midnight(day):
    return obspy.UTCDateTime(day.year, day.month, day.day)


def write_record(root, data, start, station="XX.AAA..HH", components="ENZ"):
    """Cut a record at every midnight into SDS files, as an archive does."""
    for row, component in zip(data, components, strict=True):
        time, left = obspy.UTCDateTime(start), row
        while len(left):
            day = datetime.date(time.year, time.month, time.day)
            n = min(len(left), int(np.ceil((midnight(day) + 86400 - time) * RATE - 1e-6)))
            write_day(sds_path(root, station + component, day), station + component, time, left[:n])
            time, left = time + n / RATE, left[n:]


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory):
    """Return an archive of two stations, four days, a minute or two on either side of each midnight."""
    root = tmp_path_factory.mktemp("sds")
    for number, station in enumerate(("XX.AAA..HH", "XX.BBB.00.HH")):
        for step in range(3):
            start = midnight(DAY + datetime.timedelta(days=step + 1)) - 90
            write_record(root, made_up(18_000, seed=10 * number + step), start, station)
    return root


@pytest.fixture
def archive(small_archive, tmp_path):
    """Return a copy that a test may break."""
    import shutil

    return Path(shutil.copytree(small_archive, tmp_path / "sds"))


def job_for(root, output, **settings):
    return make_job(
        str(root), str(output), settings=Settings(**({"P_threshold": 0.3, "S_threshold": 0.3} | settings))
    )


def run_here(root, output, runner=None, shard_days=8, **options):
    """Pick an archive in this process and return the summary."""
    quiet = io.StringIO()
    job = job_for(root, output)
    return run_archive(job, Layout("sds"), runner or Here(), shard_days=shard_days, progress=quiet, **options)


def rows(output):
    """All picks of an archive: sorted tuples, so that lost and doubled ones both show."""
    found = []
    for path in sorted(Path(output, "picks").rglob("*.parquet")):
        if not path.name.startswith("."):
            columns = pq.ParquetFile(path).read().to_pydict()
            found += zip(*columns.values(), strict=True)
    return sorted(found)


def manifests(output):
    """Manifests by name of the shard."""
    paths = Path(output, "manifests").rglob("[!.]*.json")
    return {path.stem: json.loads(path.read_text()) for path in paths}


def errors(output):
    return [error for manifest in manifests(output).values() for error in manifest["errors"]]


@pytest.fixture(scope="session")
def undisturbed(small_archive, tmp_path_factory):
    """Rows of the small archive, picked without a fault."""
    output = tmp_path_factory.mktemp("undisturbed") / "out"
    summary = run_here(small_archive, output, shard_days=2)
    assert summary.failures == {}
    assert errors(output) == []
    found = rows(output)
    assert len(found) > 60
    return found

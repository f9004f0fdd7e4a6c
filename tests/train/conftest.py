"""Records made of impulses, an arrival being where the impulse is; and small data sets to train on."""

import csv
import signal

import numpy as np
import pytest

from lppn_np.data.synthetic import synthetic_noise, synthetic_record
from lppn_np.train.augment import ArrayRecord


@pytest.fixture(autouse=True)
def ctrl_c_arrives():
    """A shell starts background jobs with Ctrl-C ignored, and what they start inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def impulse_record(n_samples, p=None, s=None, is_noise=False):
    data = np.zeros((3, n_samples), np.float32)
    for sample in (p, s):
        if sample is not None:
            data[:, int(sample)] = 1.0
    return ArrayRecord(data, p, s, is_noise)


def noise_record(seed, n_samples, p=None, s=None, is_noise=False, scale=1.0):
    data = np.random.default_rng(seed).normal(size=(3, n_samples)).astype(np.float32) * np.float32(scale)
    return ArrayRecord(data, p, s, is_noise)


@pytest.fixture(scope="session")
def impulses():
    return impulse_record


@pytest.fixture(scope="session")
def white():
    return noise_record


def write_dataset(folder, splits=("train",) * 8 + ("dev",) * 4, damaged=(), n_samples=1500, noise=True):
    """SeisBench's layout: an event a split named, and a noise record in each split that is there.

    Records are called ``<split><number>`` and ``<split>-noise``; a damaged one holds NaN.
    """
    h5py = pytest.importorskip("h5py")
    rng = np.random.default_rng(0)
    records = {}
    for i, split in enumerate(splits):
        record = synthetic_record(rng, n_samples, distance_km=20.0, snr_db=25.0)
        records[f"{split}{i}"] = split, record.data, record.p_sample, record.s_sample
    for split in sorted(set(splits)) if noise else ():
        records[f"{split}-noise"] = split, synthetic_noise(rng, n_samples), "", ""
    folder.mkdir(exist_ok=True)
    with (
        h5py.File(folder / "waveforms.hdf5", "w") as waveforms,
        (folder / "metadata.csv").open("w", newline="") as stream,
    ):
        waveforms["data_format/component_order"] = "ENZ"
        waveforms["data_format/dimension_order"] = "CW"
        waveforms["data_format/sampling_rate"] = 100.0
        rows = csv.writer(stream)
        columns = ["trace_name", "split", "trace_category", "source_id", "station_code"]
        rows.writerow([*columns, "trace_p_arrival_sample", "trace_s_arrival_sample"])
        for i, (name, (split, data, p, s)) in enumerate(records.items()):
            waveforms[f"data/{name}"] = np.full_like(data, np.nan) if name in damaged else data
            category = "noise" if p == "" else "earthquake_local"
            rows.writerow([name, split, category, f"event {i}", f"S{i % 3}", p, s])
    return folder


@pytest.fixture(scope="session")
def make_dataset():
    """``make_dataset(folder)``, see :func:`write_dataset`."""
    return write_dataset


@pytest.fixture(scope="session")
def dataset_folder(tmp_path_factory):
    """Return the folder of a small data set with a train and a dev split."""
    return write_dataset(tmp_path_factory.mktemp("dataset"))

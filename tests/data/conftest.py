"""Small data sets in every layout, made in the test's own folder."""

import csv

import numpy as np
import pytest

h5py = pytest.importorskip("h5py")

#: SeisBench's columns and STEAD's for the same things.
SEISBENCH = {
    "p": "trace_p_arrival_sample",
    "s": "trace_s_arrival_sample",
    "network": "station_network_code",
    "station": "station_code",
}
STEAD = {
    "p": "p_arrival_sample",
    "s": "s_arrival_sample",
    "network": "network_code",
    "station": "receiver_code",
}


def write_csv(path, rows, columns=None):
    columns = columns or list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_hdf5(path, arrays, **data_format):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
        for name, value in data_format.items():
            file[f"data_format/{name}"] = value
    return path


def row(columns, name, *, p="", s="", category="earthquake_local", event="", **others):
    """A line of metadata, by default of an event without labels."""
    return {
        "trace_name": name,
        "trace_category": category,
        columns["network"]: "XX",
        columns["station"]: "STA",
        columns["p"]: p,
        columns["s"]: s,
        "source_id": event,
        **others,
    }


class Maker:
    """What the tests make data sets with."""

    write_csv = staticmethod(write_csv)
    write_hdf5 = staticmethod(write_hdf5)

    def __init__(self, folder):
        self.folder = folder

    def seisbench(self, rows, arrays=None, chunk="", **data_format):
        """``metadata<chunk>.csv`` and ``waveforms<chunk>.hdf5``; each row is (name, keywords of ``row``)."""
        lines = [row(SEISBENCH, name, **keywords) for name, keywords in rows]
        if arrays is None:
            arrays = {name: waveform(i) for i, (name, _) in enumerate(rows)}
        data_format = {
            "dimension_order": "CW",
            "component_order": "ENZ",
            "sampling_rate": 100.0,
            **data_format,
        }
        stated = {name: value for name, value in data_format.items() if value is not None}
        write_csv(self.folder / f"metadata{chunk}.csv", lines)
        arrays = {f"data/{name}": array for name, array in arrays.items()}
        write_hdf5(self.folder / f"waveforms{chunk}.hdf5", arrays, **stated)
        return self.folder

    def stead(self, rows, stem="merge", arrays=None, group=lambda _: "data"):
        """``<stem>.csv`` and ``<stem>.hdf5`` with samples first."""
        lines = [row(STEAD, name, **keywords) for name, keywords in rows]
        write_csv(self.folder / f"{stem}.csv", lines)
        if arrays is None:
            arrays = {f"{group(line)}/{line['trace_name']}": waveform(i).T for i, line in enumerate(lines)}
        write_hdf5(self.folder / f"{stem}.hdf5", arrays)
        return self.folder


def waveform(seed, n_samples=300):
    """Three rows (channels first) in which no two samples are alike."""
    return np.random.default_rng(seed).standard_normal((3, n_samples)).astype(np.float32)


@pytest.fixture
def make(tmp_path):
    return Maker(tmp_path)


@pytest.fixture
def made_waveform():
    """``made_waveform(i)`` is what the ``i``-th record of a made data set holds, as E, N, Z."""
    return waveform

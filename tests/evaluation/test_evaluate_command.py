"""The command line on a small dataset in SeisBench's layout."""

import json

import h5py
import numpy as np
import pytest

import lppn_np
from lppn_np.cli import main

METADATA = """\
trace_name,trace_source,split,trace_category,trace_p_arrival_sample,trace_s_arrival_sample,trace_snr_db
a,north,train,earthquake_local,1000,1800,12.5
b,north,test,earthquake_local,1500.5,,3
c,south,test,earthquake_local,2000,2300,
d,south,test,noise,,,
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset")
    header, *rows = METADATA.splitlines()
    lines = [header + ",trace_sampling_rate_hz,trace_component_order", *(row + ",100,ENZ" for row in rows)]
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    random = np.random.default_rng(0)
    with h5py.File(folder / "waveforms.hdf5", "w") as file:
        for name in "abcd":
            file[f"data/{name}"] = random.normal(size=(3, 6000)).astype(np.float32)
        file["data_format/dimension_order"] = "CW"
        file["data_format/component_order"] = "ENZ"
    return str(folder)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "untrained.npz"
    lppn_np.LPPN().save(path)
    return str(path)


@pytest.mark.parametrize("mode", ["window", "record"])
def test_tables_json_and_picture(dataset, weights, tmp_path, capsys, mode):
    out, picture = tmp_path / "report.json", tmp_path / "report.png"
    files = ["--json", str(out), "--plot", str(picture)]
    assert main(["evaluate", dataset, "--model", weights, "--mode", mode, "--threads", "2", *files]) == 0
    told = capsys.readouterr().out
    assert "4 records, 1 of them noise" in told
    report = json.loads(out.read_text())
    digest = lppn_np.LPPN.load(weights).sha256
    assert (report["provenance"]["sha256"], report["provenance"]["weights"]) == (digest, "untrained.npz")
    assert digest in told
    assert digest.encode() in picture.read_bytes()
    assert report["windows"] == mode
    assert report["phases"]["P"]["overall"]["scores"][-1]["n_labels"] == 3
    assert report["phases"]["S"]["overall"]["scores"][-1]["n_labels"] == 2
    assert set(report["phases"]["P"]["by_source"]) == {"north", "south"}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_selection_and_thresholds(dataset, weights, tmp_path):
    out = tmp_path / "report.json"
    options = ["--split", "test", "--source", "south", "--threshold", "0.9", "--S-threshold", "0.5"]
    assert main(["evaluate", dataset, "--model", weights, "--json", str(out), *options]) == 0
    report = json.loads(out.read_text())
    assert (report["n_records"], report["n_noise"]) == (2, 1)
    assert [report["phases"][phase]["threshold"] for phase in "PS"] == [0.9, 0.5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--source", "east"], "east"),
        (["--threshold", "2"], "P_threshold is 2.0"),
        (["--seed", "-1"], "seed"),
        (["--plot", "report.doc"], ".png, .pdf or .svg"),
        (["--json", "no/such/folder/report.json"], "cannot be written"),
        (["--model", "no-such.npz"], "no-such.npz"),
    ],
)
def test_what_fails_says_why(dataset, weights, capsys, monkeypatch, tmp_path, options, message):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", dataset, "--model", weights, *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith("lppn-np evaluate: ")
    assert message in error


def test_no_dataset(weights, tmp_path, capsys):
    assert main(["evaluate", str(tmp_path / "nowhere"), "--model", weights]) == 1
    assert "nowhere" in capsys.readouterr().err

"""Picks of an imported checkpoint equal those from PyTorch's output, with the same windows and decoding."""

import csv

import numpy as np
import pytest

import lppn_np
from lppn_np.weights_import import import_checkpoint, read_with_torch

torch = pytest.importorskip("torch", reason="picks are compared with PyTorch's")


class TorchLPPN(lppn_np.LPPN):
    """An LPPN whose forward pass is PyTorch's, from the state dict as PyTorch itself reads it."""

    @classmethod
    def around(cls, model, path):
        from lppn_np.weights_import.torch_reference import build_reference

        twin = cls(model.config, model.tensors)
        twin.reference = build_reference(model.config.variant, model.config.stride, model.config.features)
        twin.reference.load_state_dict(read_with_torch(path))
        twin.reference.eval()
        return twin

    def forward(self, x, engine="numba", n_threads=1, *, batch_statistics=False):
        with torch.no_grad():
            logits, offsets = self.reference(torch.from_numpy(x))
        return logits.numpy(), offsets.numpy()


@pytest.fixture(scope="module")
def models(shared_data):
    path = shared_data("checkpoints", "paper", "64-8.wave")
    model = import_checkpoint(path, 64)
    return model, TorchLPPN.around(model, path)


def assert_same_picks(record, models):
    ours, theirs = (lppn_np.pick(record, model=model) for model in models)
    assert [pick.phase for pick in ours] == [pick.phase for pick in theirs]
    for a, b in zip(ours, theirs, strict=True):
        assert abs(a.peak_time - b.peak_time) <= 0.01
        assert a.peak_value == pytest.approx(b.peak_value, abs=1e-4)
    return len(ours)


def test_raw_sac_record(shared_data, models):
    obspy = pytest.importorskip("obspy")
    folder = shared_data("records")
    stream = obspy.Stream([obspy.read(path)[0] for path in sorted(folder.glob("X1.53085*.sac"))])
    assert len(stream) == 3
    assert assert_same_picks(stream, models) > 0


def test_northern_california_records(shared_data, models):
    h5py = pytest.importorskip("h5py")
    with shared_data("events", "metadata.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["trace_source"] == "ncedc_test100"]
    names = [row["trace_name"] for row in rows if row["trace_live_components"] == "3"]
    assert len(names) == 67
    with h5py.File(shared_data("events", "waveforms.hdf5")) as file:
        records = [np.asarray(file["data"][name]) for name in names]
    assert sum(assert_same_picks(record, models) for record in records) > 67

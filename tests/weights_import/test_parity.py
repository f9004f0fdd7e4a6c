"""Forward parity with PyTorch for every published checkpoint, on real records as each family wants them."""

import numpy as np
import pytest

from lppn_np.picking.preprocess import network_input
from lppn_np.weights_import import compare, import_checkpoint, read_with_torch
from lppn_np.weights_import.parity import BOUNDS

pytest.importorskip("torch", reason="parity is checked against PyTorch")

PAPER = [(stride, features) for stride in (8, 16, 32, 64) for features in (4, 8, 16)]
SUCCESSORS = {"tiny": "china.lppnt.pt", "medium": "china.lppnm.pt", "large": "china.lppnl.pt"}
WINDOWS = 4


@pytest.fixture(scope="module")
def batch(shared_data):
    """Windows of real three-component records, the P somewhere inside, as a model's network sees them."""
    h5py = pytest.importorskip("h5py")

    def make(config):
        with h5py.File(shared_data("events", "waveforms.hdf5")) as file:
            names = [name for name in sorted(file["data"]) if name.startswith("webnet151_250hz")][:WINDOWS]
            first = 3000 - config.in_samples // 3
            raw = [file["data"][name][:, first : first + config.in_samples] for name in names]
        return network_input(np.stack(raw).astype(np.float64), config)

    return make


def check(model, state, x, training, factor_of_own_rounding=0.0):
    report = compare(model, state, x, training=training)
    tensors = [d for d in report.differences if d.kind == "tensor"]
    outputs = [d for d in report.differences if d.kind == "output"]
    assert len(tensors) == len(model.tensors)
    assert all(d.relative == 0 for d in tensors)
    assert {(d.engine, d.dtype) for d in outputs} == {(e, t) for e in ("numpy", "numba") for t in BOUNDS}
    for difference in outputs:
        bound = BOUNDS[difference.dtype]
        if difference.dtype == "float32":
            bound = max(bound, factor_of_own_rounding * report.own_rounding)
        assert difference.relative <= bound, difference


@pytest.mark.parametrize("training", [False, True], ids=["running", "batch"])
@pytest.mark.parametrize(("stride", "features"), PAPER)
def test_paper_checkpoints_equal_pytorch(shared_data, batch, stride, features, training):
    path = shared_data("checkpoints", "paper", f"{stride}-{features}.wave")
    model = import_checkpoint(path, stride)
    check(model, read_with_torch(path), batch(model.config), training)


@pytest.mark.parametrize("training", [False, True], ids=["running", "batch"])
@pytest.mark.parametrize("variant", SUCCESSORS)
def test_successors_equal_pytorch(shared_data, batch, variant, training):
    path = shared_data("checkpoints", "successors", SUCCESSORS[variant])
    model = import_checkpoint(path)
    assert model.config.variant == variant
    # tiny's weights amplify rounding: PyTorch's float32 strays from its own float64 by up to 4e-5 of the
    # largest logit, 3e-4 with batch statistics, so two right float32 answers may differ by that much.
    check(model, read_with_torch(path), batch(model.config), training, 3.0 if variant == "tiny" else 0.0)


def test_torchscript_archive_holds_the_weights_of_medium(shared_data, batch):
    path = shared_data("checkpoints", "successors", "lppnm.jit")
    model = import_checkpoint(path)
    check(model, read_with_torch(path), batch(model.config), training=False)
    plain = import_checkpoint(shared_data("checkpoints", "successors", SUCCESSORS["medium"]))
    assert all(np.array_equal(plain.tensors[name], tensor) for name, tensor in model.tensors.items())


@pytest.mark.parametrize("stride", [8, 16, 32, 64, 128])
@pytest.mark.parametrize(("variant", "features"), [("paper", 1), ("paper", 3), ("paper", 5), ("deep", 4)])
def test_any_width_and_stride_equals_pytorch(variant, stride, features):
    from lppn_np import LPPN, LPPNConfig

    model = LPPN(LPPNConfig(variant=variant, stride=stride, features=features), seed=stride + features)
    n_segments = 2 * 2**model.config.levels
    x = np.random.default_rng(1).normal(size=(3, 3, n_segments * stride)).astype(np.float32)
    # Untrained weights and statistics of a few dozen values: float32 noise is large, PyTorch's own as well.
    check(model, None, x, training=True, factor_of_own_rounding=5.0)


def test_report_tells_a_wrong_tensor(shared_data, batch):
    path = shared_data("checkpoints", "paper", "64-4.wave")
    model = import_checkpoint(path, 64)
    state = read_with_torch(path)
    state["cl.bias"] = state["cl.bias"] + 1e-3
    report = compare(model, state, batch(model.config))
    assert not report.passed
    assert "FAILED" in str(report)
    assert [d.name for d in report.differences if d.kind == "tensor" and d.relative] == ["class_head.bias"]

"""Both engines against what PyTorch computed (make_golden.py), without PyTorch."""

import json
from pathlib import Path

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig

FILES = sorted(Path(__file__).parent.glob("*.npz"))
#: Largest difference of logits over the largest logit, and of offsets over the stride.
BOUNDS = {"float32": 2e-5, "float64": 1e-10}


def read(path):
    with np.load(path, allow_pickle=False) as file:
        return json.loads(file["meta"].item()), {name: file[name] for name in file.files if name != "meta"}


@pytest.fixture(scope="session")
def golden(recipe):
    """``golden(path)``: the model that a file belongs to, its input, and PyTorch's results."""

    def load(path):
        meta, results = read(path)
        variant, stride, features = meta["network"]
        config = LPPNConfig(variant=variant, stride=stride, features=features)
        network = LPPN(config).network
        tensors = recipe.draw_tensors(network, meta["tensors_seed"])
        x = recipe.draw_input(stride, meta["input_seed"])
        assert recipe.checksum(tensors, x) == meta["sha256"], "other numbers were drawn than for the file"
        return LPPN(config, tensors), x, results

    return load


def test_every_file_is_there_and_says_what_it_is(recipe):
    assert [path.stem for path in FILES] == sorted(recipe.CASES)
    assert sum(path.stat().st_size for path in FILES) < 150_000
    for path in FILES:
        meta, results = read(path)
        assert (meta["magic"], meta["version"]) == (recipe.MAGIC, recipe.VERSION)
        assert meta["script"] == "tests/golden/make_golden.py"
        assert meta["torch"][0].isdigit()
        assert tuple(meta["network"]) == recipe.CASES[path.stem]
        assert sorted(results) == ["eval_logits", "eval_offsets", "train_logits", "train_offsets"]
        assert {values.dtype.name for values in results.values()} == {"float64"}


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_engines_equal_pytorch(golden, path, engine, dtype):
    model, x, results = golden(path)
    for mode, training in (("eval", False), ("train", True)):
        logits, offsets = model.forward(x.astype(dtype), engine, batch_statistics=training)
        expected = results[f"{mode}_logits"], results[f"{mode}_offsets"]
        assert (logits.shape, offsets.shape) == (expected[0].shape, expected[1].shape)
        largest = abs(expected[0]).max()
        assert largest > 0.1
        assert abs(logits - expected[0]).max() <= BOUNDS[dtype] * largest, mode
        assert abs(offsets - expected[1]).max() <= BOUNDS[dtype] * model.config.stride, mode


def test_the_two_modes_differ():
    """Or a file made without the running statistics would pass."""
    for path in FILES:
        _, results = read(path)
        assert abs(results["eval_logits"] - results["train_logits"]).max() > 0.01, path.stem

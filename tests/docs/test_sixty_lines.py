"""The script that docs/by-hand ends with: sixty lines, NumPy alone, and equal to ``model.forward``."""

import ast
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.picking.preprocess import network_input

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "lppn_forward_60_lines.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("lppn_forward_60_lines", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def random_statistics(model, seed):
    """The same network with other running statistics, gains and shifts than the identity it is drawn with."""
    rng = np.random.default_rng(seed)
    tensors = {name: tensor.copy() for name, tensor in model.tensors.items()}
    for name, tensor in tensors.items():
        if "norm" in name:
            low, high = (0.5, 2.0) if name.endswith(("var", "weight")) else (-0.5, 0.5)
            tensors[name] = rng.uniform(low, high, tensor.shape).astype(np.float32)
    return LPPN(model.config, tensors)


MODELS = [
    ("paper", 8, 4),
    ("paper", 16, 8),
    ("paper", 32, 3),
    ("paper", 64, 5),
    ("paper", 128, 2),
    ("deep", 16, 8),
]


def assert_equal(script, model, x):
    logits, offsets = script.forward(x, model.tensors, model.config.stride, model.config.levels)
    for engine in ("numba", "numpy"):
        expected_logits, expected_offsets = model.forward(x, engine=engine)
        assert logits.shape == expected_logits.shape
        assert offsets.shape == expected_offsets.shape
        assert abs(logits - expected_logits).max() <= 2e-5 * abs(expected_logits).max()
        assert abs(offsets - expected_offsets).max() <= 2e-5 * model.config.stride


@pytest.mark.parametrize(("variant", "stride", "features"), MODELS)
def test_it_equals_forward(script, variant, stride, features):
    config = LPPNConfig(variant=variant, stride=stride, features=features)
    model = random_statistics(LPPN(config), seed=1)
    record = np.random.default_rng(0).normal(size=(2, 3, config.in_samples))
    assert_equal(script, model, network_input(record, config))


def test_with_the_bundled_weights_on_an_earthquake(script):
    obspy = pytest.importorskip("obspy")
    model = LPPN.from_pretrained("default")
    stream = obspy.read()
    record = np.stack([stream.select(component=c)[0].data for c in model.component_order])
    window = np.full((1, 3, model.in_samples), np.nan)
    window[0, :, : record.shape[1]] = record[:, : model.in_samples]
    assert_equal(script, model, network_input(window, model.config))


def test_published_weights(script, shared_data):
    from lppn_np.weights_import import import_checkpoint

    model = import_checkpoint(shared_data("checkpoints", "paper", "16-8.wave"), stride=16)
    record = np.random.default_rng(0).normal(size=(1, 3, 3072))
    assert_equal(script, model, network_input(record, model.config))


def test_sixty_lines_and_numpy_alone():
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 60
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


def test_every_function_stands_on_a_page():
    """The reader has seen each function at the end of a layer's page, and ``forward`` in the whole script."""
    functions = [
        node.name for node in ast.parse(SCRIPT.read_text()).body if isinstance(node, ast.FunctionDef)
    ]
    pages = "".join(page.read_text() for page in (ROOT / "docs" / "by-hand").glob("*.md"))
    directive = "```{{literalinclude}} ../../examples/lppn_forward_60_lines.py\n:pyobject: {}\n```"
    missing = [name for name in functions if directive.format(name) not in pages]
    assert missing == ["forward"]

"""The table of layers in its three forms, and the paper's claims, counted a second time."""

import json
import math
from pathlib import Path

import pytest

from lppn_np import LPPN, InputError, LPPNConfig
from lppn_np.network.claims import claims_page, separation
from lppn_np.network.summary import summarise
from lppn_np.network.tables import markdown_table, text_table

DOCS = Path(__file__).resolve().parents[2] / "docs"
VARIANTS = [
    {},
    {"stride": 128, "features": 3},
    {"variant": "deep"},
    {"variant": "medium"},
    {"variant": "large"},
]


@pytest.fixture(params=VARIANTS, ids=str)
def model(request):
    return LPPN(LPPNConfig(**request.param))


def test_rows_fit_into_each_other(model):
    """Both depths have the same totals, and those of the tensors and activations themselves."""
    blocks, layers = model.summary(), model.summary(depth="layers")
    assert [row.name for row in layers.rows] == [step.name for step in model.network.steps]
    assert [row.name for row in blocks.rows] == [*model.network.blocks, "concat", "class_head", "offset_head"]
    for total in ("parameters", "multiply_adds", "activation_bytes", "receptive_field"):
        assert getattr(blocks, total) == getattr(layers, total) > 0
    assert blocks.parameters == model.n_parameters
    shapes = model.network.activation_shapes(model.in_samples)
    assert blocks.activation_bytes == 4 * sum(math.prod(shapes[step.name]) for step in model.network.steps)
    assert blocks.rows[0].input_shape == (3, model.in_samples)
    assert blocks.rows[0].kind == type(model.network.blocks["features.0"]).__name__
    for row, before in zip(blocks.rows[1:-3], blocks.rows, strict=False):
        assert row.input_shape == before.output_shape
        assert row.receptive_field >= before.receptive_field
    assert blocks.rows[-1].output_shape == (1, model.in_samples // model.config.stride)


def test_receptive_field_of_the_default():
    rows = {row.name: row for row in LPPN().summary().rows}
    assert rows["features.6"].receptive_field == 59
    assert rows["receptive_field.2"].receptive_field == 283
    assert rows["class_head"].receptive_field == 923
    assert rows["class_head"].receptive_field_seconds == pytest.approx(9.23)


def test_seconds_depend_on_the_sampling_rate():
    model = LPPN(LPPNConfig(sampling_rate=50.0))
    assert model.summary().rows[-1].receptive_field_seconds == pytest.approx(18.46)


def test_text(model):
    lines = str(model.summary()).splitlines()
    assert len(lines) == 1 + len(model.network.blocks) + 3 + 1
    words = lines[-1].split()
    assert words[:3] == ["total", str(model.in_samples), "samples"]
    assert words[3] == f"{model.n_parameters:,}"
    assert len({len(line) for line in lines}) == 1  # the last column ends at the right


def test_markdown_and_json_say_the_same(model):
    summary = model.summary()
    values = json.loads(summary.to_json())
    assert values == json.loads(json.dumps(summary.to_dict()))
    lines = summary.to_markdown().splitlines()
    assert len(lines) == 2 + len(values["rows"]) + 1
    for line, row in zip(lines[2:], values["rows"], strict=False):
        cells = [cell.strip().replace(",", "") for cell in line.strip("|").split("|")]
        assert cells[0] == row["name"]
        assert [int(cells[i]) for i in (4, 5, 6, 8)] == [
            row[name] for name in ("parameters", "multiply_adds", "receptive_field", "activation_bytes")
        ]
        assert cells[2] == "{} {}".format(*row["input_shape"])
    assert values["parameters"] == model.n_parameters


def test_unknown_depth():
    with pytest.raises(InputError, match="depth is 'deep'; 'blocks' or 'layers'"):
        LPPN().summary(depth="deep")


def test_tables():
    rows = [("a", "1"), ("bb", "1,000")]
    assert text_table(("x", "y"), rows) == "x       y\na       1\nbb  1,000"
    expected = "| x   |     y |\n| --- | ----: |\n| a   |     1 |\n| bb  | 1,000 |"
    assert markdown_table(("x", "y"), rows) == expected


@pytest.mark.parametrize("n", [1, 4, 8, 16])
def test_separation_counted_by_hand(n):
    """Of the paper's table, block by block; stride 16, 3072 samples."""
    widths = [3, *(n * k for k in (1, 2, 2, 3, 3, 4, 5)), *[5 * n] * 3]
    strides = (2, 1, 2, 1, 2, 1, 2, 2, 2, 2)
    saved, saved_work, times = 0, 0, 3072
    for index, stride in enumerate(strides):
        times //= stride
        hidden, out = 2 * widths[index], widths[index + 1]
        saved += 3 * hidden * out - (3 * hidden + 2 * hidden + hidden * out)
        saved_work += times * (3 * hidden * out - 3 * hidden - hidden * out)
    model = LPPN(LPPNConfig(features=n))
    found = separation(model.network, 3072)
    assert (found.parameters, found.multiply_adds) == (model.n_parameters, model.summary().multiply_adds)
    assert found.dense_parameters - found.parameters == saved
    assert found.dense_multiply_adds - found.multiply_adds == saved_work


def test_nothing_is_separated_in_large():
    network = LPPN(LPPNConfig(variant="large")).network
    found = separation(network, 6144)
    assert (found.parameters, found.multiply_adds) == (found.dense_parameters, found.dense_multiply_adds)


def test_claims_in_the_docs_are_up_to_date():
    assert (DOCS / "claims.md").read_text(encoding="utf-8") == claims_page(), "lppn-np summary --claims"


def test_figures_of_the_claims():
    page = claims_page()
    for cells in (["8", "60,200", "90,634", "1.51"], ["16", "192", "768", "12", "0.16"]):
        assert any(
            [cell.strip() for cell in line.strip("|").split("|")][: len(cells)] == cells
            for line in page.splitlines()
        )
    cost = summarise(LPPN(LPPNConfig(stride=32, features=16)).network, 3072, 100.0).multiply_adds
    assert f" {cost / 1e6:.1f} (" in page

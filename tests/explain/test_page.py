"""The page as a file: its size, what it holds, and what is refused."""

import base64
import json
import re
import zlib
from importlib.resources import files

import numpy as np
import pytest

import lppn_np
from lppn_np.errors import InputError
from lppn_np.explain import build_page, write_page
from lppn_np.explain.blobs import pack
from lppn_np.explain.graph import describe_boxes, describe_steps
from lppn_np.explain.page import MAX_SAMPLES
from lppn_np.picking.pipeline import Settings

DEFAULT = {"default": lppn_np.LPPN.from_pretrained("default")}


def noise(seconds):
    """What compresses worst."""
    return np.random.default_rng(0).normal(size=(3, round(100 * seconds)))


def content(page):
    """The data of a page."""
    return json.loads(re.search(r'id="page-data">(.*?)</script>', page, re.DOTALL)[1])


def unpack(blob):
    flat = np.frombuffer(zlib.decompress(base64.b64decode(blob["data"])), np.uint8)
    kind = np.dtype(blob["dtype"])
    return flat.reshape(kind.itemsize, -1).T.copy().view(kind).reshape(blob["shape"])


@pytest.mark.parametrize(("seconds", "megabytes"), [(60, 3), (600, 15)])
def test_size(seconds, megabytes):
    assert len(build_page(noise(seconds), DEFAULT).encode()) < megabytes * 1e6


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_arrays_come_back_to_the_last_bit(dtype):
    array = (np.random.default_rng(1).normal(size=(3, 17)) * 1e6).astype(dtype)
    array[0, :2] = np.array([0, -1], dtype)
    np.testing.assert_array_equal(unpack(pack(array)), array)


def test_weights_logits_and_record_are_in_it():
    data = noise(0.013 * DEFAULT["default"].in_samples)  # one window and a piece
    data[1] += 1e6
    data[:, 100:200] = np.nan
    found = content(build_page(data, DEFAULT, trace_id="XX.STA.", starttime="2024-01-01", notes=["a note"]))
    (model,) = found["models"]
    weights = unpack(model["weights"])
    for name, tensor in DEFAULT["default"].tensors.items():
        first = model["tensors"][name]["first"]
        np.testing.assert_array_equal(weights[first : first + tensor.size], tensor.reshape(-1))
    config = DEFAULT["default"].config
    assert unpack(model["logits"]).shape == (2, config.n_classes, config.in_samples // config.stride)
    record = found["record"]
    restored = unpack(record["data"]) * record["unit"] + np.array(record["means"])[:, None]
    np.testing.assert_allclose(restored, data, rtol=1e-9, atol=1e-6)
    assert (record["trace_id"], record["starttime"], record["notes"]) == ("XX.STA.", "2024-01-01", ["a note"])


@pytest.mark.parametrize("factor", [1e-12, 1e-60, 1e60])
def test_any_unit(factor):
    """float32 ends near 1e-38: the page has a unit of its own beyond."""
    data = noise(31)
    record = content(build_page(data * factor, DEFAULT))["record"]
    restored = unpack(record["data"]).astype(np.float64) * record["unit"] / factor
    np.testing.assert_allclose(restored, data - data.mean(axis=1, keepdims=True), rtol=0, atol=1e-5)


def test_components_in_another_order():
    data = noise(31)
    usual, other = (
        content(build_page(rows, DEFAULT, component_order=order))
        for rows, order in ((data, "ENZ"), (data[[2, 0, 1]], "ZEN"))
    )
    assert usual == other


def test_thresholds_are_the_models_own_unless_given():
    own = content(build_page(noise(31), DEFAULT))["models"][0]
    config = DEFAULT["default"].config
    assert (own["P_threshold"], own["S_threshold"]) == (config.P_threshold, config.S_threshold)
    given = content(build_page(noise(31), DEFAULT, settings=Settings(P_threshold=0.7)))["models"][0]
    assert (given["P_threshold"], given["S_threshold"]) == (0.7, config.S_threshold)


def test_nothing_is_loaded_from_elsewhere():
    page = build_page(noise(31), DEFAULT)
    assert not re.search(r"(src|href)=[\"'](?!#|data:)", page)
    assert "default-src 'none'" in page
    assert "Copyright (c) 2022 Leon Sorokin" in page
    assert "{{" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_a_name_cannot_end_the_data():
    page = build_page(noise(31), DEFAULT, trace_id="</script><script>alert(1)</script>{{data}}")
    assert page.count("<script") == 3
    assert "<title>How LPPN picks &lt;/script&gt;" in page
    assert content(page)["record"]["trace_id"] == "</script><script>alert(1)</script>{{data}}"


@pytest.mark.parametrize("variant", ["paper", "deep", "tiny", "medium", "large"])
def test_every_step_is_in_one_box(variant):
    model = lppn_np.LPPN(lppn_np.LPPNConfig(variant=variant))
    steps = [step["name"] for step in describe_steps(model.network, model.in_samples)]
    boxed = [name for box in describe_boxes(model.network) for name in box["steps"]]
    assert sorted(boxed) == sorted(steps)


def test_the_page_computes_every_kind_of_step():
    known = set()
    for name in ("engine.js", "terms.js"):
        text = (files("lppn_np.explain") / "template" / name).read_text("utf-8")
        known = set(re.findall(r"^  ([A-Z]\w+)[(:]", text, re.MULTILINE)) | (
            {"Input"} if name == "engine.js" else set()
        )
        for variant in ("paper", "large", "medium"):
            model = lppn_np.LPPN(lppn_np.LPPNConfig(variant=variant))
            assert {step["kind"] for step in describe_steps(model.network, model.in_samples)} <= known


@pytest.mark.parametrize(
    ("data", "options", "match"),
    [
        (np.zeros((2, 100)), {}, "shape"),
        (np.zeros((3, 0)), {}, "empty"),
        (np.full((3, 100), np.inf), {}, "infinity"),
        (np.zeros((3, MAX_SAMPLES + 1)), {}, "a page shows at most 360000"),
        (np.zeros((3, 100)), {"sampling_rate": 50.0}, "50 Hz"),
        (np.zeros((3, 100)), {"component_order": "ZZZ"}, "permutation"),
        (np.zeros((3, 100)), {"settings": Settings(P_threshold=2.0)}, "P_threshold is 2.0"),
        (np.zeros((3, 100)), {"settings": Settings(stacking="avg")}, "stacking is 'avg'"),
    ],
)
def test_refused(data, options, match):
    with pytest.raises(InputError, match=match):
        build_page(data, DEFAULT, **options)


def test_refused_without_a_model_and_without_a_folder(tmp_path):
    with pytest.raises(InputError, match="no model"):
        build_page(np.zeros((3, 100)), {})
    with pytest.raises(InputError, match="cannot be written"):
        write_page(tmp_path / "missing" / "page.html", "text")

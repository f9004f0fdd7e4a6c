"""What made the picks travels with them, from every way of picking to every kind of output."""

import copy
import json
import pickle
import re

import numpy as np
import pytest

import lppn_np
from lppn_np import LPPN, LPPNConfig, Pick, PickList
from lppn_np.cli import main
from lppn_np.picks import merge_lists
from lppn_np.provenance import Provenance, marks_of

LOW = {"P_threshold": 0.31, "S_threshold": 0.32, "engine": "numpy"}
RECORD = np.random.default_rng(0).normal(size=(3, 6000))


@pytest.fixture(scope="module")
def model():
    return LPPN(LPPNConfig(stride=32, features=1), seed=3)


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "own.npz"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def mseed(tmp_path_factory):
    obspy = pytest.importorskip("obspy")
    path = tmp_path_factory.mktemp("record") / "one.mseed"
    obspy.read().write(str(path), format="MSEED")
    return path


def expected(model, name=""):
    return Provenance(lppn_np.__version__, name, model.sha256, "paper", 32, 1, 0.31, 0.32)


# ---------------------------------------------------------------- weights


def test_the_digest_is_of_the_content(model, weights):
    """It is the same unsaved, saved, loaded, copied and pickled; other tensors have another."""
    assert re.fullmatch("[0-9a-f]{64}", model.sha256)
    loaded = LPPN.load(weights)
    built = LPPN(model.config, loaded.tensors, metadata={"docstring": "other words"})
    for same in (loaded, built, pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert same.sha256 == model.sha256
    tensors = {**model.tensors, "class_head.bias": model.tensors["class_head.bias"] + 1}
    assert LPPN(model.config, tensors).sha256 != model.sha256


def test_names_of_weights(model, weights):
    assert (model.weights_name, LPPN.load(weights).weights_name) == ("", "own.npz")
    assert LPPN.from_pretrained("small").weights_name == "small"
    assert pickle.loads(pickle.dumps(LPPN.load(weights))).weights_name == "own.npz"


# ---------------------------------------------------------------- picks


def test_picks_of_an_array(model, weights):
    picks = lppn_np.pick(RECORD, model=model, **LOW)
    assert len(picks) > 3
    assert {pick.provenance for pick in picks} == {expected(model)} == set(picks.provenance)
    (by,) = lppn_np.pick(RECORD, model=weights, **LOW).provenance
    assert by == expected(model, "own.npz")


def test_thresholds_are_the_models_where_none_are_given(model):
    (by,) = lppn_np.pick(np.zeros((3, 4000)), model=model, engine="numpy").provenance
    assert (by.P_threshold, by.S_threshold) == (model.config.P_threshold, model.config.S_threshold)


def test_picks_of_a_stream(model):
    obspy = pytest.importorskip("obspy")
    stream = obspy.read()
    for picks in (lppn_np.pick(stream, model=model, **LOW), model.classify(stream, **LOW).picks):
        assert len(picks) > 0
        assert {pick.provenance for pick in picks} == {expected(model)} == set(picks.provenance)
    none = model.classify(stream, P_threshold=1.0, S_threshold=1.0, engine="numpy").picks
    assert (len(none), len(none.provenance)) == (0, 1)


def test_picks_of_a_stream_that_grows(model, tmp_path):
    picker = lppn_np.StreamingPicker(model, **LOW)
    early = picker.feed(RECORD[:, :4500])
    picker.save(tmp_path / "state.npz")
    late = lppn_np.StreamingPicker.restore(tmp_path / "state.npz", model)
    for picks in (early, late.feed(RECORD[:, 4500:]), late.close()):
        assert {pick.provenance for pick in picks} == {expected(model)}


def test_equal_picks_stay_equal(model):
    by = expected(model)
    one, other = (Pick("A", 1.0, 2.0, 1.5, 0.5, "P", provenance=each) for each in (by, None))
    assert (one == other, hash(one) == hash(other), repr(one) == repr(other)) == (True, True, True)


def test_it_stays_with_picks_whatever_becomes_of_the_list(model):
    picks = lppn_np.pick(RECORD, model=model, **LOW)
    by = (expected(model),)
    for made in (
        picks.select(phase="P"),
        picks.select(phase="none"),
        PickList(picks[:2]),
        PickList(sorted(picks)),
        PickList(picks + picks),
        merge_lists([picks, PickList()]),
        merge_lists([PickList(provenance=by)]),
        pickle.loads(pickle.dumps(picks)),
        copy.deepcopy(picks),
    ):
        assert made.provenance == by
    assert PickList([Pick("A", 1.0)]).provenance == ()


def test_a_list_by_two_models_names_both(model):
    other = LPPN(model.config, seed=4)
    lists = [lppn_np.pick(RECORD, model=each, **LOW) for each in (model, other)]
    assert merge_lists(lists).provenance == (expected(model), expected(other))


def test_data_frames(model):
    pytest.importorskip("pandas")
    picks = lppn_np.pick(RECORD, model=model, **LOW)
    frame = picks.to_dataframe()
    assert set(frame.weights_sha256) == {model.sha256}
    assert frame.attrs["lppn-np"] == [expected(model).to_dict()]
    assert "lppn-np" not in PickList().to_dataframe().attrs


# ---------------------------------------------------------------- commands


def test_pick_command(model, weights, mseed, tmp_path, capsys):
    options = ["--model", str(weights), "--P-threshold", "0.31", "--S-threshold", "0.32", "--engine", "numpy"]
    output = ["-o", str(tmp_path / "p.csv"), "--format", "gamma"]
    assert main(["pick", str(mseed), *options, *output]) == 0
    by = expected(model, "own.npz")
    assert str(by) in capsys.readouterr().err
    assert json.loads((tmp_path / "p.csv.provenance").read_bytes()) == [by.to_dict()]
    # What lies beside picks is not taken for a record when the folder is picked.
    assert main(["pick", str(tmp_path), str(mseed), *options, "-o", str(tmp_path / "again.csv")]) == 1
    assert "p.csv.provenance" not in capsys.readouterr().err
    assert model.sha256.encode() in (tmp_path / "again.csv").read_bytes()


def test_stream_command(model, weights, mseed, tmp_path, capsys):
    options = ["--model", str(weights), "--P-threshold", "0.31", "--S-threshold", "0.32", "--engine", "numpy"]
    assert main(["stream", str(mseed), *options, "-o", str(tmp_path / "p.jsonl")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    by = expected(model, "own.npz")
    assert {(line["made_by"], line["weights_sha256"]) for line in lines} == {(by.made_by, by.sha256)}


# ---------------------------------------------------------------- pictures, pages, models


def test_png_says_it_to_other_readers(model, tmp_path):
    obspy, image = pytest.importorskip("obspy"), pytest.importorskip("PIL.Image")
    from lppn_np.plotting import save_figure

    stream = obspy.read()
    picks = PickList(lppn_np.pick(stream, model=model, **LOW)[:2])  # labels take seconds to place
    for kind in ("station", "section", "day"):
        assert marks_of(picks.plot(stream, kind)) == (expected(model),)
    save_figure(picks.plot(stream), tmp_path / "p.png")
    with image.open(tmp_path / "p.png") as picture:
        assert picture.text["Description"] == str(expected(model))


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_pdf_and_svg(suffix, model, tmp_path):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    from lppn_np.plotting import save_figure
    from lppn_np.provenance import mark

    path = tmp_path / f"p.{suffix}"
    save_figure(figure, path)
    assert model.sha256.encode() not in path.read_bytes()
    save_figure(mark(figure, [expected(model)]), path)
    assert model.sha256.encode() in path.read_bytes()


def test_pages(model):
    from lppn_np.explain import build_page
    from lppn_np.picking.pipeline import Settings

    page = build_page(RECORD, {"own": model}, settings=Settings(**LOW))
    (data,) = re.findall(r'id="page-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    (described,) = json.loads(data)["models"]
    assert described["provenance"] == expected(model).to_dict()


def test_onnx(model):
    onnx = pytest.importorskip("onnx")
    from lppn_np.onnx_export import onnx_model

    properties = {p.key: p.value for p in onnx.load_from_string(onnx_model(model)).metadata_props}
    assert (properties["sha256"], properties["weights"]) == (model.sha256, "")
    assert json.loads(properties["provenance"])["sha256"] == model.sha256

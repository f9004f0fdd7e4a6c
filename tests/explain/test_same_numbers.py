"""What the page computes in the browser is what the package computes."""

import base64
import json

import numpy as np
import pytest

from lppn_np.inspection.layers import describe
from lppn_np.picking.check import check_array
from lppn_np.picking.pipeline import Settings, find_arrivals, probability_curves
from lppn_np.picking.preprocess import network_input

NAMES = ("paper", "8-4", "64-4", "deep", "medium", "large")
THRESHOLDS = ((0.02, 0.05), (0.1, 0.3), (0.35, 0.2), (0.6, 0.55), (0.9, 0.97), (1.0, 1.0))

# What a typed array holds, as base64.
TEXT = """(array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}"""


def call(page, body, *arguments):
    return page.evaluate(f"async ([model, ...given]) => {{ const toText = {TEXT}; {body} }}", list(arguments))


def own_record(record, model):
    return check_array(record, "ENZ", model.component_order)


@pytest.mark.parametrize("name", NAMES)
def test_picks(name, opened, record, models):
    model = models[name]
    samples = own_record(record, model)
    body = """
      const page = LPPN.app.page;
      return given[0].map(([P, S]) => LPPN.pick(page, page.models[model], { P, S })
        .map((pick) => [pick.label, pick.time, pick.probability, pick.begin, pick.end, pick.window]));
    """
    found = call(opened, body, NAMES.index(name), THRESHOLDS)
    numbers = 0
    for (P, S), rows in zip(THRESHOLDS, found, strict=True):
        expected = find_arrivals(model, samples, Settings(P, S).resolve(model))
        got = np.array(rows, float).reshape(-1, 6).T
        for values, column in zip(got, vars(expected).values(), strict=False):
            np.testing.assert_allclose(values, column, rtol=0, atol=1e-9)
        assert len(rows) == len(expected)
        numbers += len(rows)
    assert numbers > 10  # or nothing was compared


@pytest.mark.parametrize("name", NAMES)
def test_probability_curves(name, opened, record, models):
    model = models[name]
    body = """
      const { page } = LPPN.app;
      return LPPN.probabilityCurves(page.record, page.models[model]).map(toText);
    """
    texts = call(opened, body, NAMES.index(name))
    got = np.stack([np.frombuffer(base64.b64decode(text)) for text in texts])
    expected = probability_curves(model, own_record(record, model), Settings().resolve(model))
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_every_activation(name, opened, record, models):
    """The bound of the parity with PyTorch: 2e-5 of the largest value."""
    model = models[name]
    body = """
      const { page } = LPPN.app;
      const activations = await LPPN.forward(page.record, page.models[model], given[0]);
      return JSON.stringify([...activations].map(([name, rows]) => [name, rows.map(toText)]));
    """
    window = 1
    got = {
        step: np.stack([np.frombuffer(base64.b64decode(text), np.float32) for text in texts])
        for step, texts in json.loads(call(opened, body, NAMES.index(name), window))
    }
    samples = own_record(record, model)
    start = model.in_samples - model.config.overlap
    windows = np.stack(samples.piece(start, start + model.in_samples))[None]
    trace = model.trace(network_input(windows, model.config), engine="numpy")
    assert list(got) == list(trace)
    for step, expected in trace.items():
        largest = np.abs(expected).max()
        np.testing.assert_allclose(got[step], expected[0], rtol=0, atol=2e-5 * largest + 1e-30, err_msg=step)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_multiplied_out_is_the_number_in_the_map(name, opened, models):
    """To the last bit, at the ends of the window and inside, for a channel of every step."""
    body = """
      const { page } = LPPN.app;
      const own = page.models[model];
      const activations = await LPPN.forward(page.record, own, 0);
      const wrong = [];
      let sums = 0;
      for (const step of own.steps)
        for (const t of [0, 1, step.time >> 1, step.time - 2, step.time - 1]) {
          const channel = (7 * t + 1) % step.channels;
          const found = LPPN.explainValue(page, own, 0, activations, step, channel, t);
          if (!found.rows) continue;
          sums++;
          const { total, value } = found;
          if (Math.fround(total) !== value) wrong.push([step.name, channel, t, total, value]);
        }
      return [sums, wrong];
    """
    sums, wrong = call(opened, body, NAMES.index(name))
    assert wrong == []
    convolutions = ("Pointwise", "Depthwise", "DenseConv")
    kinds = [layer.kind for layer in describe(models[name].network, models[name].in_samples)]
    assert sums == 5 * sum(kind in convolutions for kind in kinds)


@pytest.mark.parametrize(
    ("name", "step", "samples"),
    [
        ("paper", "features.6.project_norm", 59),
        ("paper", "receptive_field.2.project_norm", 283),
        ("8-4", "features.6.project_norm", 31),
        ("8-4", "receptive_field.2.project_norm", 143),
        ("64-4", "features.6.project_norm", 191),
        ("64-4", "receptive_field.2.project_norm", 1087),
        ("paper", "input", 1),
    ],
)
def test_what_a_number_sees(name, step, samples, opened):
    """The receptive fields of docs/architecture.md."""
    body = """
      const own = LPPN.app.page.models[model];
      return LPPN.sees(own, given[0], own.stepByName.get(given[0]).time >> 1);
    """
    low, high = call(opened, body, NAMES.index(name), step)
    assert high - low + 1 == samples


def test_the_page_says_how_far_off_it_is(opened):
    """Against the logits that the package wrote into the page."""
    body = """
      const { page } = LPPN.app;
      const activations = await LPPN.forward(page.record, page.models[model], 0);
      return LPPN.largestDifference(page.models[model], 0, activations);
    """
    difference = call(opened, body, 0)
    assert 0 < difference["logits"] < 2e-5 * difference["largestLogit"]
    assert 0 < difference["offsets"] < 1e-3

"""From a pick to the segment that made it."""

import numpy as np
import pytest

import lppn_np
from lppn_np import InputError
from lppn_np.inspection import locate, saliency
from lppn_np.picking.preprocess import network_input


@pytest.fixture(scope="module")
def model():
    return lppn_np.LPPN.from_pretrained()


@pytest.fixture(scope="module")
def record():
    """30 s of a small earthquake, P at 4.7 s and S at 5.7 s, that comes with obspy."""
    obspy = pytest.importorskip("obspy", reason="the record comes with obspy")
    return np.stack([obspy.read().select(component=c)[0].data for c in "ENZ"])


@pytest.fixture(scope="module")
def long_record(record):
    """The earthquake after two minutes of noise, where several windows overlap."""
    noise = np.random.default_rng(0).normal(0, record[:, :300].std(), (3, 12_000))
    return np.concatenate([noise, record], axis=1)


def test_every_pick_is_found_again(model, record, long_record):
    for data in (record, long_record, record[:, 300:2000]):
        picks = lppn_np.pick(data, model=model)
        assert {pick.phase for pick in picks} == {"P", "S"}
        for pick in picks:
            place = locate(model, data, pick.peak_time * 100, pick.phase)
            stride = model.config.stride
            assert abs(place.time - pick.peak_time * 100) <= stride
            assert place.value > 0.1
            assert place.x.shape == (1, 3, model.in_samples)
            offsets = model.forward(place.x)[1]
            time = place.start + place.target.segment * stride + offsets[0, place.target.segment]
            assert place.time == pytest.approx(time)
            assert model.labels[place.target.label] == pick.phase
            found = saliency(model, place.x, place.target)
            assert found.value == pytest.approx(np.log(place.value / (1 - place.value)), abs=1e-3)


def test_window_is_the_one_that_picking_cuts(model, long_record):
    place = locate(model, long_record, 12_470, "P")
    assert place.start > 0
    cut = long_record[None, :, place.start : place.start + model.in_samples]
    np.testing.assert_array_equal(place.x, network_input(cut, model.config))


def test_components_in_another_order(model, record):
    one = locate(model, record, 470, "P")
    other = locate(model, record[[2, 1, 0]], 470, "P", component_order="ZNE")
    np.testing.assert_array_equal(one.x, other.x)
    assert one.target == other.target


def test_one_may_ask_where_nothing_is_picked(model, record):
    place = locate(model, record, 2500, "S", quantity="probability")
    assert place.value < 0.1
    assert place.target.quantity == "probability"


@pytest.mark.parametrize(
    ("sample", "phase", "message"),
    [
        (470, "Pn", "phase is 'Pn'; the model has N, P, S"),
        (-1, "P", "sample -1 is outside of the record of 3000"),
        (3000, "P", "sample 3000 is outside"),
        (float("nan"), "P", "sample nan is outside"),
    ],
)
def test_what_cannot_be_located(model, record, sample, phase, message):
    with pytest.raises(InputError, match=message):
        locate(model, record, sample, phase)
    with pytest.raises(InputError, match=r"\(3, n_samples\) is expected"):
        locate(model, record[0], 470, "P")

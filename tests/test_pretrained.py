"""The weights that come with the package: whole, and right on a record that everybody has."""

import numpy as np
import pytest

import lppn_np


@pytest.fixture(scope="module")
def record():
    obspy = pytest.importorskip("obspy")
    stream = obspy.read()
    return np.stack([stream.select(component=component)[0].data for component in "ENZ"])


def test_default_is_there_and_says_what_it_is():
    assert "default" in lppn_np.LPPN.list_pretrained()
    model = lppn_np.LPPN.from_pretrained()
    assert model.n_parameters == 60200
    assert model.metadata["licence"] == "MIT"
    assert "docs/models.md" in model.weights_docstring


def test_what_comes_with_the_package_can_be_looked_through():
    details = lppn_np.LPPN.list_pretrained(details=True)
    assert list(details) == lppn_np.LPPN.list_pretrained()
    for name, known in details.items():
        model = lppn_np.LPPN.from_pretrained(name)
        assert known["sha256"] == model.sha256
        assert known["parameters"] == model.n_parameters
        assert known["config"] == model.config.to_dict()
        assert known["licence"] == "MIT"
        assert 0 < known["bytes"] < 2e6
        assert known["docstring"]


@pytest.mark.parametrize("factor", [1.0, 1e-12, 1e6])
def test_default_picks_the_record_that_comes_with_obspy(record, factor):
    picks = lppn_np.pick(record * factor)
    assert [pick.phase for pick in picks] == ["P", "S"]
    # Five published pickers put P at 4.68 to 4.70 s and S at 5.64 to 5.67 s.
    assert picks[0].peak_time == pytest.approx(4.69, abs=0.1)
    assert picks[1].peak_time == pytest.approx(5.65, abs=0.1)
    unscaled = lppn_np.pick(record)
    assert [p.peak_time for p in picks] == pytest.approx([p.peak_time for p in unscaled], abs=1e-3)


def test_default_finds_what_its_model_card_says(shared_data):
    pytest.importorskip("h5py")
    from lppn_np.data import open_dataset
    from lppn_np.evaluation import evaluate

    dataset = open_dataset(shared_data("events")).select(source="ncedc_test100")
    live = [i for i, item in enumerate(dataset) if (np.ptp(item.data, axis=1) > 0).all()]
    assert len(live) == 67
    report = evaluate("default", dataset.take(live))
    assert report.phases["P"].overall.scores[-1].f1 == pytest.approx(0.835, abs=0.02)
    assert report.phases["S"].overall.scores[-1].f1 == pytest.approx(0.820, abs=0.02)

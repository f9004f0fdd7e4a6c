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
    assert (model.config.variant, model.n_parameters) == ("deep", 90_520)
    assert model.metadata["licence"] == "MIT"
    assert "docs/models.md" in model.weights_docstring
    assert lppn_np.LPPN.from_pretrained("paper").n_parameters == 60_200


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


@pytest.mark.parametrize("name", lppn_np.LPPN.list_pretrained())
def test_bundled_weights_find_what_their_file_says(name, shared_data):
    pytest.importorskip("h5py")
    from lppn_np.bench.quality import held_out_sets
    from lppn_np.data import open_dataset
    from lppn_np.evaluation import evaluate

    scores = lppn_np.LPPN.list_pretrained(details=True)[name]["scores"]
    sets = held_out_sets(open_dataset(shared_data("events")))
    assert {source: len(records) for source, records in sets.items()} == {"ncedc_test100": 67, "obst56": 65}
    for source, records in sets.items():
        report = evaluate(name, records)
        for phase, result in report.phases.items():
            assert result.overall.scores[-1].f1 == pytest.approx(scores[source][phase], abs=0.02)

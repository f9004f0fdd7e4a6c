"""Arguments and datasets that ``evaluate`` refuses, and what it says then."""

import pytest

import lppn_np
from lppn_np.evaluation import evaluate


@pytest.fixture(scope="module")
def good(record, records):
    return records([record("good", 1000, 2000)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"windows": "day"}, "window, record is expected"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 1.5}, "whole number"),
        ({"thresholds": (0.0, 0.5)}, "probabilities"),
        ({"thresholds": ()}, "probabilities"),
        ({"thresholds": 0.5}, "probabilities"),
        ({"tolerances": (0.1, -1)}, "seconds > 0"),
        ({"tolerances": (float("nan"),)}, "seconds > 0"),
        ({"snr_edges": ("a",)}, "snr_edges"),
        ({"P_threshold": 2.0}, "P_threshold is 2.0"),
        ({"in_samples": 1000}, "a window of 1000 samples"),
        ({"n_threads": -1}, "n_threads"),
        ({"engine": "abacus"}, "abacus"),
    ],
)
def test_what_cannot_work_is_refused(good, arguments, message):
    with pytest.raises(lppn_np.LPPNError, match=message):
        evaluate(lppn_np.LPPN(), good, **arguments)


def test_a_dataset_without_anything_to_judge_is_refused(oracle, record, records):
    for empty in (records([]), records([record("unlabelled")])):
        with pytest.raises(lppn_np.InputError, match="nothing to evaluate"):
            evaluate(oracle, empty)


@pytest.mark.parametrize(("name", "value"), [("sampling_rate", 50.0), ("component_order", "ZNE")])
def test_a_dataset_that_does_not_suit_the_model_is_refused(oracle, good, records, name, value):
    other = records(good.records)
    setattr(other, name, value)
    with pytest.raises(lppn_np.InputError, match=name):
        evaluate(oracle, other)

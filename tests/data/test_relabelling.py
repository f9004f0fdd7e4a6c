"""Labels of some sources that are known to be of no use."""

import pytest

from lppn_np.data import open_dataset, without_labels
from lppn_np.errors import InputError


@pytest.fixture
def dataset(make):
    rows = [
        ("a", {"p": "10", "s": "20", "trace_source": "good"}),
        ("b", {"p": "30", "s": "40", "trace_source": "bad"}),
        ("c", {"p": "50", "s": "60", "trace_source": "worse"}),
    ]
    return open_dataset(make.seisbench(rows))


def labels(dataset):
    return [(record.entry.p_sample, record.entry.s_sample) for record in dataset]


def test_only_the_named_labels_are_dropped(dataset):
    chosen = dataset.take([2, 1, 0])
    dropped = without_labels(chosen, {"bad": "S", "worse": "PS"})
    assert labels(dropped) == [(None, None), (30.0, None), (10.0, 20.0)]
    assert labels(chosen) == [(50.0, 60.0), (30.0, 40.0), (10.0, 20.0)]
    assert labels(without_labels(dataset, {})) == labels(dataset)


@pytest.mark.parametrize(
    ("unknown", "message"),
    [
        ({"bat": "S"}, "no source bat to drop labels of; known are bad, good, worse"),
        ({"bad": "X"}, "the labels to drop of bad are 'X'; P, S or PS"),
        ({"bad": ""}, "P, S or PS is expected"),
    ],
)
def test_what_cannot_be_dropped_is_refused(dataset, unknown, message):
    with pytest.raises(InputError, match=message):
        without_labels(dataset, unknown)

"""A data set as a sequence: views, joins, accounts."""

import numpy as np
import pytest

from lppn_np.data import Dataset, join, open_dataset
from lppn_np.errors import InputError

ROWS = [
    ("a", {"split": "train", "trace_source": "one", "p": "10", "trace_snr_db": "3"}),
    ("b", {"split": "dev", "trace_source": "one", "trace_snr_db": "20"}),
    ("c", {"split": "train", "trace_source": "two", "category": "noise"}),
    ("d", {"split": "test", "trace_source": "two", "trace_snr_db": "30"}),
]


@pytest.fixture
def dataset(make):
    return open_dataset(make.seisbench(ROWS))


def names(dataset):
    return "".join(entry.name for entry in dataset.entries)


def test_entries_are_a_sequence(dataset):
    assert len(dataset.entries) == len(dataset) == 4
    assert dataset.entries[-1].name == "d"
    assert [entry.name for entry in dataset.entries[1:3]] == ["b", "c"]
    assert dataset.entries[0] == dataset.entries[0]
    with pytest.raises(IndexError):
        dataset.entries[4]


def test_a_data_set_is_a_sequence(dataset, made_waveform):
    np.testing.assert_array_equal(dataset[-1].data, made_waveform(3))
    assert names(dataset[::2]) == "ac"
    assert [record.entry.name for record in dataset] == list("abcd")
    assert [record.entry.name for record in dataset.records([3, 0])] == ["d", "a"]
    with pytest.raises(IndexError):
        dataset.read(4)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, "abcd"),
        ({"split": "train"}, "ac"),
        ({"split": ["train", "test"]}, "acd"),
        ({"split": "train", "noise": False}, "a"),
        ({"noise": True}, "c"),
        ({"source": "two"}, "cd"),
        ({"source": {"one"}, "split": "test"}, ""),
        ({"where": lambda entry: (entry.snr_db or 0) >= 20}, "bd"),
        ({"where": lambda entry: (entry.snr_db or 0) >= 20, "split": "dev"}, "b"),
    ],
)
def test_select(dataset, conditions, expected):
    assert names(dataset.select(**conditions)) == expected


def test_views_of_views(dataset, made_waveform):
    view = dataset.select(noise=False).take([2, 0, 0])
    assert names(view) == "daa"
    np.testing.assert_array_equal(view.read(0).data, made_waveform(3))
    assert view.counts("split") == {"train": 2, "test": 1}
    assert names(view.select(split="test")) == "d"
    with pytest.raises(IndexError):
        dataset.take([4])


def test_an_empty_view_is_a_view(dataset):
    empty = dataset.select(source="one", noise=True)
    assert (len(empty), list(empty), list(empty.entries), empty.counts("split")) == (0, [], [], {})
    assert (empty.component_order, empty.sampling_rate) == ("ENZ", 100.0)
    assert repr(empty) == "<Dataset of 0 records (none), 0 skipped>"
    assert names(join([empty, dataset])) == "abcd"


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"split": "dve"}, "no split dve; known are dev, test, train"),
        ({"source": ["one", "three"]}, "no source three; known are one, two"),
    ],
)
def test_a_slip_of_the_pen_is_no_empty_view(dataset, conditions, message):
    with pytest.raises(InputError, match=message):
        dataset.select(**conditions)


def test_a_split_that_nothing_is_in_may_be_asked_for(make):
    dataset = open_dataset(make.seisbench(ROWS[:1]))
    assert len(dataset.select(split="test")) == 0


def test_join(make, tmp_path, made_waveform):
    first = open_dataset(make.seisbench(ROWS))
    make.folder = tmp_path / "other"
    make.folder.mkdir()
    second = open_dataset(
        make.stead([("e", {"p": "10"}), ("lost", {})], arrays={"data/e": made_waveform(9).T})
    )
    both = join([first.select(split="train"), second, first.select(split="test")])
    assert isinstance(both, Dataset)
    assert names(both) == "aced"
    np.testing.assert_array_equal(both.read(2).data, made_waveform(9))
    np.testing.assert_array_equal(both.read(3).data, made_waveform(3))
    assert len(both.places.parts) == 2
    assert list(both.skipped) == ["lost"]
    assert both.counts("source") == {"one": 1, "two": 2, "other": 1}
    assert names(join([both, both]).select(source="other")) == "ee"


def test_records_of_one_name_from_two_files_keep_two_lines(make, tmp_path):
    bad = {"bad": np.full((3, 300), np.nan), "good": np.ones((3, 300))}
    datasets = []
    for folder in ("x", "y"):
        make.folder = tmp_path / folder
        make.folder.mkdir()
        datasets.append(open_dataset(make.seisbench([(name, {}) for name in bad], bad)))
    both = join(datasets)
    assert [record.entry.name for record in both] == ["good", "good"]
    assert list(both.skipped) == ["bad", f"bad ({tmp_path / 'y' / 'metadata.csv'})"]
    assert list(datasets[1].skipped) == ["bad"]


def test_what_is_lost_is_known_to_all_views(make):
    arrays = {"bad": np.full((3, 300), np.nan), "good": np.ones((3, 300))}
    dataset = open_dataset(make.seisbench([("bad", {}), ("good", {"p": "400"})], arrays))
    view = dataset.take([0, 1, 0])
    assert len(list(view)) == 1
    assert list(dataset.skipped) == list(view.skipped) == ["bad"]
    assert dataset.remarks == {"P label outside the record": 1}
    assert repr(dataset).endswith("1 skipped>")

"""What cells mean: unknown is not zero, and nothing unreadable becomes a label."""

import math

import numpy as np
import pytest

from lppn_np.data import open_dataset
from lppn_np.data.cells import letters, mean_of, number, word
from lppn_np.errors import InputError


def labels(dataset):
    return [(entry.p_sample, entry.s_sample) for entry in dataset.entries]


@pytest.mark.parametrize("blank", ["", " ", "nan", "NaN", "None", "null", "NA", "<NA>"])
def test_blank_is_unknown_and_not_noise(make, blank):
    dataset = open_dataset(make.seisbench([("a", {"p": blank, "s": "12.5"})]))
    assert labels(dataset) == [(None, 12.5)]
    assert not dataset.entries[0].is_noise
    assert dataset.remarks == {}


def test_the_earliest_of_each_kind(make):
    others = {
        "trace_Pg_arrival_sample": "33",
        "trace_pn_arrival_sample": "31",
        "trace_S_arrival_sample": "50",
        "trace_sg_arrival_sample": "51",
        "trace_pP_arrival_sample": "5",  # a depth phase never comes first, whatever it says
    }
    dataset = open_dataset(make.seisbench([("a", {"p": "32", **others}), ("b", {"p": "7"})]))
    assert labels(dataset) == [(31.0, 50.0), (7.0, None)]


def test_columns_of_another_name(make):
    made = make.seisbench([("a", {"p": "1", "my_P": "20", "my_S": "30"})])
    assert labels(open_dataset(made, p_columns=["my_p"], s_columns="my_s")) == [(20.0, 30.0)]
    assert labels(open_dataset(made, s_columns=())) == [(1.0, None)]


def test_labels_outside_the_record_are_unknown_and_counted(make):
    rows = [
        ("negative", {"p": "-1"}),
        ("last", {"p": "299.5"}),
        ("beyond", {"p": "10", "s": "300"}),
        ("far", {"s": "1e9"}),
    ]
    dataset = open_dataset(make.seisbench(rows))
    # Where a record ends is known when it is read, not before.
    assert labels(dataset) == [(None, None), (299.5, None), (10.0, 300.0), (None, 1e9)]
    for _ in range(2):
        found = [(r.entry.p_sample, r.entry.s_sample) for r in dataset]
        assert found == [(None, None), (299.5, None), (10.0, None), (None, None)]
    assert dataset.remarks == {"P label outside the record": 1, "S label outside the record": 2}


def test_labels_are_judged_at_opening_where_the_length_is_stated(make):
    rows = [("a", {"p": "299", "trace_npts": "300"}), ("b", {"p": "300", "trace_npts": "300.0"})]
    dataset = open_dataset(make.seisbench(rows))
    assert labels(dataset) == [(299.0, None), (None, None)]
    assert dataset.remarks == {"P label outside the record": 1}


def test_a_label_that_is_no_number_is_unknown_and_counted(make):
    rows = [("a", {"p": "early", "s": "20"}), ("b", {"p": "inf"}), ("c", {"p": "[[5.]]"})]
    dataset = open_dataset(make.seisbench(rows))
    assert labels(dataset) == [(None, 20.0), (None, None), (None, None)]
    assert dataset.remarks == {"P label is no number": 3}


@pytest.mark.parametrize(
    ("column", "text", "is_noise"),
    [
        ("trace_category", "noise", True),
        ("trace_category", "Noise", True),
        ("trace_category", "urban_noise", True),
        ("source_type", "noise", True),
        ("trace_category", "noisy", False),
        ("trace_category", "", False),
    ],
)
def test_noise(make, column, text, is_noise):
    dataset = open_dataset(make.seisbench([("a", {column: text}), ("b", {})]))
    assert [entry.is_noise for entry in dataset.entries] == [is_noise, False]


def test_noise_with_a_label_is_noise(make):
    dataset = open_dataset(make.seisbench([("a", {"category": "noise", "p": "10"})]))
    assert labels(dataset) == [(None, None)]
    assert dataset.remarks == {"noise record with a P label": 1}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"trace_snr_db": "[1. 2. nan]"}, (1.5, None)),
        ({"snr_db": "7.25"}, (7.25, None)),
        ({"trace_snr_db": "3|5|-2"}, (2.0, None)),
        ({"trace_snr_db": "None", "source_distance_km": "10.5"}, (None, 10.5)),
        ({"source_distance_km": "far"}, (None, None)),
    ],
)
def test_snr_and_distance(make, others, expected):
    (entry,) = open_dataset(make.seisbench([("a", others)])).entries
    assert (entry.snr_db, entry.distance_km) == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "XX.STA"),
        ({"station_network_code": ""}, ".STA"),
        ({"station_network_code": "nan", "station_code": ""}, ""),
    ],
)
def test_station(make, others, expected):
    assert open_dataset(make.seisbench([("a", others)])).entries[0].station == expected


def test_source_is_the_folder_where_no_column_names_it(make):
    dataset = open_dataset(make.seisbench([("a", {"trace_source": "here"}), ("b", {})]))
    assert [entry.source for entry in dataset.entries] == ["here", make.folder.name]


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ("p", r"metadata\.csv: no column of P arrivals, one of p_arrival_sample, .* p_columns=\(\) if there"),
        ("s", r"no column of S arrivals, one of s_arrival_sample, trace_S_arrival_sample.*s_columns"),
    ],
)
def test_a_missing_column_of_labels_is_no_data_set_without_labels(make, phase, message):
    made = make.seisbench([("a", {})])
    text = (made / "metadata.csv").read_text().replace(f"trace_{phase}_arrival", "trace_onset")
    (made / "metadata.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        open_dataset(made)


def test_noise_alone_needs_no_labels(make):
    made = make.seisbench([("a", {"category": "noise"})])
    text = (made / "metadata.csv").read_text().replace("_arrival_sample", "_onset")
    (made / "metadata.csv").write_text(text)
    assert len(open_dataset(made)) == 1


def test_cells():
    assert (word(" None "), word("Nona"), number("1e2"), letters("e, n, z")) == ("", "Nona", 100.0, "ENZ")
    assert math.isnan(number("")) and math.isnan(mean_of("nan nan"))
    assert mean_of("[1e999 4]") == 4.0
    with pytest.raises(ValueError, match="not a finite number"):
        number("-inf")


def test_the_record_is_not_changed_by_its_entry(make):
    dataset = open_dataset(make.seisbench([("a", {"p": "10"})]))
    first = dataset.read(0)
    first.data[:] = 0
    assert np.any(dataset.read(0).data)

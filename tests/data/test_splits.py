"""Splits: what the metadata declare, else the same hash everywhere; an event stays together."""

import collections

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from lppn_np.data import open_dataset
from lppn_np.data.assigning import assign_splits, mixed_events
from lppn_np.data.splits import declared_split, split_by_hash
from lppn_np.data.table import Row, TableBuilder
from lppn_np.errors import InputError

FRACTIONS = (0.8, 0.1, 0.1)
EVENTS = st.text(min_size=1, max_size=12)
RECORDS = st.lists(
    st.tuples(st.sampled_from(["", "e1", "e2", "e3", "e4", "e5"]), st.sampled_from(["", "test"]))
)


def table_of(records):
    """A table of (event, declared split)."""
    builder = TableBuilder()
    for i, (event, split) in enumerate(records):
        words = (split, "XX.STA", event, "source", "ENZ", "data")
        builder.append(Row(f"record{i}", f"record{i}", False, (np.nan,) * 5, words))
    return builder.table()


def splits_of(table):
    return [table.words["split"][row] for row in range(len(table))]


def test_the_hash_never_changes():
    """Another hash would put events that old models were trained on into the test split."""
    keys = ["8556349", "ci10283301", "ridgecrest_scsn56:38443535", "Ätna", ""]
    assert [split_by_hash(key) for key in keys] == ["dev", "test", "train", "train", "dev"]


def test_shares_are_what_they_should_be():
    found = collections.Counter(split_by_hash(f"event {i}") for i in range(20_000))
    assert found["train"] == pytest.approx(16_000, abs=300)
    assert found["dev"] == pytest.approx(2_000, abs=200)


@given(EVENTS, st.floats(0, 1))
def test_more_training_data_never_takes_an_event_out_of_training(event, more):
    fewer = split_by_hash(event, (more / 2, 0.0, 1 - more / 2))
    assert fewer == "test" or split_by_hash(event, (more, 0.0, 1 - more)) == "train"


@given(RECORDS, RECORDS)
def test_no_event_is_in_two_splits_and_other_records_change_nothing(first, second):
    undeclared = [[(event, "") for event, _ in records] for records in (first, second)]
    tables = [table_of(records) for records in undeclared]
    together = assign_splits(tables, FRACTIONS)
    assert mixed_events((table, np.arange(len(table))) for table in together) == []
    alone = [split for table in tables for split in splits_of(assign_splits([table], FRACTIONS)[0])]
    assert [split for table in together for split in splits_of(table)] == alone


@given(RECORDS, RECORDS)
def test_records_follow_the_declared_split_of_their_event(first, second):
    tables = [table_of(first), table_of(second)]
    declared = {event for event, split in first + second if split and event}
    for records, table in zip((first, second), assign_splits(tables, FRACTIONS), strict=True):
        for (event, split), found in zip(records, splits_of(table), strict=True):
            if split or event in declared:
                assert found == "test"
            elif event:
                assert found == split_by_hash(event, FRACTIONS)


def test_splits_of_the_metadata(make):
    declared = ["train", "Dev", "TEST", "validation", "fold_3", ""]
    rows = [(f"r{i}", {"split": split, "event": f"e{i}"}) for i, split in enumerate(declared)]
    dataset = open_dataset(make.seisbench(rows))
    found = [entry.split for entry in dataset.entries]
    assert found == ["train", "dev", "test", "dev", "fold_3", split_by_hash("e5")]
    assert len(dataset.select(split="fold_3")) == 1


def test_an_event_stays_together_across_chunks(make):
    for chunk in "abc":
        rows = [(f"{chunk}{i}", {"event": f"event{i}"}) for i in range(40)]
        made = make.seisbench(rows, chunk=chunk)
    dataset = open_dataset(made)
    assert dataset.mixed_events() == []
    assert [e.split for e in dataset.entries[:40]] == [e.split for e in dataset.entries[80:]]
    assert set(dataset.counts("split")) == {"train", "dev", "test"}


def test_events_that_the_metadata_tear_apart_are_listed(make):
    rows = [
        ("a", {"event": "e1", "split": "train"}),
        ("b", {"event": "e1", "split": "test"}),
        ("c", {"event": "e2", "split": "test"}),
    ]
    dataset = open_dataset(make.seisbench(rows))
    assert dataset.mixed_events() == ["e1"]
    assert dataset.select(split="test").mixed_events() == []


def test_an_event_without_identity_goes_by_its_origin_time(make):
    rows = [(f"r{i}", {"source_origin_time": "2006-07-23 15:58:50.88"}) for i in range(8)]
    (event,) = {(entry.event, entry.split) for entry in open_dataset(make.stead(rows)).entries}
    assert event[0] == "origin 2006-07-23 15:58:50.88"


def test_noise_goes_by_its_name(make):
    rows = [(f"r{i}", {"category": "noise"}) for i in range(60)]
    dataset = open_dataset(make.stead(rows))
    assert set(dataset.counts("split")) == {"train", "dev", "test"}
    assert [e.split for e in dataset.entries] == [split_by_hash(f"XX.STA r{i}") for i in range(60)]


def test_other_shares(make):
    rows = [(f"r{i}", {"event": f"e{i}"}) for i in range(20)]
    assert open_dataset(make.stead(rows), split_fractions=[0, 0, 1]).counts("split") == {"test": 20}


@pytest.mark.parametrize("fractions", [(0.8, 0.2), (0.8, 0.1, 0.2), (1.2, -0.1, -0.1), (np.nan, 0.5, 0.5)])
def test_shares_that_are_none(make, fractions):
    with pytest.raises(InputError, match="three shares of 0 to 1 for train, dev, test"):
        open_dataset(make.stead([("a", {})]), split_fractions=fractions)


def test_declared():
    assert [declared_split(text) for text in ("valid", " Testing ", "nan")] == ["dev", "test", ""]

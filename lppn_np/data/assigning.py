"""Splits for whole tables: what the metadata declare, and a hash of the event for the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lppn_np.data.splits import split_by_hash
from lppn_np.data.table import Rows, Table, WordColumn


def assign_splits(tables: Sequence[Table], fractions: Sequence[float]) -> list[Table]:
    """
    Give every record a split; the records of one event that declare none go together.

    They follow a record of their event that declares one, in whichever table that is, and the hash of the
    event's identity if there is no such record. Noise of no event goes by its station and name.

    Parameters
    ----------
    tables
        All the tables of one data set.
    fractions
        Shares of train, dev and test for what is hashed.
    """
    declared: dict[str, str] = {}
    for table in tables:
        for event, split in event_splits(table, np.arange(len(table))):
            if split:
                declared.setdefault(event, split)
    return [_assigned(table, declared, fractions) for table in tables]


def event_splits(table: Table, rows: Rows) -> Iterator[tuple[str, str]]:
    """Each event of some rows with each split that its records are in."""
    events, splits = table.words["event"], table.words["split"]
    width = len(splits.words)
    for pair in np.unique(events.codes[rows].astype(np.int64) * width + splits.codes[rows]).tolist():
        event, split = events.words[pair // width], splits.words[pair % width]
        if event:
            yield event, split


def mixed_events(groups: Iterable[tuple[Table, Rows]]) -> list[str]:
    """Events with records in more than one split."""
    first: dict[str, str] = {}
    mixed: dict[str, None] = {}
    for table, rows in groups:
        for event, split in event_splits(table, rows):
            if first.setdefault(event, split) != split:
                mixed[event] = None
    return list(mixed)


def _assigned(table: Table, declared: dict[str, str], fractions: Sequence[float]) -> Table:
    splits, events, stations = (table.words[name] for name in ("split", "event", "station"))
    open_rows = np.flatnonzero(splits.isin(np.arange(len(table)), {""}))
    if not open_rows.size:
        return table
    codes = {split: code for code, split in enumerate(splits.words)}
    new = splits.codes.copy()
    by_event: dict[str, str] = {}
    for row in open_rows.tolist():
        event = events[row]
        if event:
            split = by_event.get(event) or declared.get(event) or split_by_hash(event, fractions)
            by_event[event] = split
        else:
            split = split_by_hash(f"{stations[row]} {table.names[row]}", fractions)
        new[row] = codes.setdefault(split, len(codes))
    column = WordColumn(list(codes), new)
    return dataclasses.replace(table, words={**table.words, "split": column})

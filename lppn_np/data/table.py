"""Metadata by column: a million records take the memory of their names and little more.

That is 200 bytes a record of STEAD, less than its line of text has. One :class:`Entry` object a record would
add 216 (measured), and every pass of the garbage collector would walk through all of them; so they are made
when they are asked for.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.entries import Entry

Rows = NDArray[np.int64]

#: Columns of numbers (NaN: unknown) and of words that many records share.
NUMBERS = ("p_sample", "s_sample", "snr_db", "distance_km", "rate")
WORDS = ("split", "station", "event", "source", "components", "group")


class Row(NamedTuple):
    """One record on its way into a table."""

    name: str
    location: str
    is_noise: bool
    numbers: tuple[float, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class WordColumn:
    """A column in which words repeat: a small number a row, and each word once."""

    words: list[str]
    codes: NDArray[np.int32]

    def __getitem__(self, row: int) -> str:
        word: str = self.words[self.codes[row]]
        return word

    def isin(self, rows: Rows, wanted: Collection[str]) -> NDArray[np.bool_]:
        """Which of the rows hold one of the words."""
        hits = np.array([word in wanted for word in self.words], dtype=bool)
        return hits[self.codes[rows]]

    def counts(self, rows: Rows) -> dict[str, int]:
        """How many of the rows hold each word that occurs in them."""
        codes, counts = np.unique(self.codes[rows], return_counts=True)
        return {self.words[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


@dataclass(frozen=True, eq=False)
class Table:
    """
    The usable records of one metadata file.

    Attributes
    ----------
    names : list of str
        Record names.
    locations : list of str
        Where the waveforms lie below their hdf5 group; mostly the very same strings.
    noise : np.ndarray, shape (n_records,), bool
        Records without any arrival.
    numbers, words : dict
        The columns :data:`NUMBERS` and :data:`WORDS`.
    """

    names: list[str]
    locations: list[str]
    noise: NDArray[np.bool_]
    numbers: dict[str, NDArray[np.float64]]
    words: dict[str, WordColumn]

    def __len__(self) -> int:
        return len(self.names)

    def entry(self, row: int) -> Entry:
        """Make the entry of one row."""
        p_sample, s_sample, snr_db, distance_km = (_or_none(self.numbers[name][row]) for name in NUMBERS[:4])
        return Entry(
            name=self.names[row],
            split=self.words["split"][row],
            is_noise=bool(self.noise[row]),
            p_sample=p_sample,
            s_sample=s_sample,
            station=self.words["station"][row],
            event=self.words["event"][row],
            snr_db=snr_db,
            distance_km=distance_km,
            source=self.words["source"][row],
        )


class TableBuilder:
    """Grows a :class:`Table` row by row, compactly from the first row on."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._locations: list[str] = []
        self._noise = bytearray()
        self._numbers = tuple(array("d") for _ in NUMBERS)
        self._codes = tuple(array("i") for _ in WORDS)
        # A word's code is its place in the dictionary, which keeps the order of insertion.
        self._vocabularies: tuple[dict[str, int], ...] = tuple({} for _ in WORDS)

    def append(self, row: Row) -> None:
        """Add a row at the end."""
        self._names.append(row.name)
        self._locations.append(row.location)
        self._noise.append(row.is_noise)
        for numbers, value in zip(self._numbers, row.numbers, strict=True):
            numbers.append(value)
        for codes, vocabulary, word in zip(self._codes, self._vocabularies, row.words, strict=True):
            codes.append(vocabulary.setdefault(word, len(vocabulary)))

    def table(self) -> Table:
        """The finished table."""
        numbers = (np.array(values, np.float64) for values in self._numbers)
        columns = (
            WordColumn(list(vocabulary), np.array(codes, np.int32))
            for vocabulary, codes in zip(self._vocabularies, self._codes, strict=True)
        )
        return Table(
            names=self._names,
            locations=self._locations,
            noise=np.frombuffer(bytes(self._noise), np.bool_),
            numbers=dict(zip(NUMBERS, numbers, strict=True)),
            words=dict(zip(WORDS, columns, strict=True)),
        )


def _or_none(value: np.floating[Any]) -> float | None:
    return None if math.isnan(value) else float(value)

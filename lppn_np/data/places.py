"""Which records of which files a data set consists of, and in which order."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np

from lppn_np.data.entries import Entry
from lppn_np.data.part import Part
from lppn_np.data.table import Rows


class Places:
    """
    An ordered choice of records: eight bytes each, whatever else is known of them.

    Parameters
    ----------
    parts
        Pairs of files.
    index : np.ndarray of int64, optional
        Which of their records, counted through all parts; by default all.
    """

    def __init__(self, parts: Sequence[Part], index: Rows | None = None) -> None:
        self.parts = tuple(parts)
        self._starts = (0, *itertools.accumulate(len(part) for part in self.parts))
        self._index = np.arange(self._starts[-1], dtype=np.int64) if index is None else index

    def __len__(self) -> int:
        return int(self._index.size)

    def locate(self, place: int) -> tuple[Part, int]:
        """
        The part in which a record lies, and its row there.

        Raises
        ------
        IndexError
            There is no such record.
        """
        position = int(self._index[place])
        part = bisect.bisect_right(self._starts, position) - 1
        return self.parts[part], position - self._starts[part]

    def by_part(self) -> Iterator[tuple[Part, Rows, Rows]]:
        """Each part, the places of its records here, and their rows in the part."""
        of_part = np.searchsorted(self._starts, self._index, side="right") - 1
        for number, part in enumerate(self.parts):
            places = np.flatnonzero(of_part == number)
            yield part, places, self._index[places] - self._starts[number]

    def take(self, places: Iterable[int]) -> Places:
        """
        Some of the records, in the order given.

        Raises
        ------
        IndexError
            There is no such record.
        """
        return Places(self.parts, self._index[np.fromiter(places, np.int64)])

    def with_parts(self, parts: Sequence[Part]) -> Places:
        """The same choice from parts that hold the same records in the same rows."""
        return Places(parts, self._index)

    def counts(self, what: str) -> dict[str, int]:
        """How many of the records have each word of a column."""
        found: Counter[str] = Counter()
        for part, _, rows in self.by_part():
            found.update(part.table.words[what].counts(rows))
        return dict(found)

    def words(self, what: str) -> set[str]:
        """The words that a column has, whether or not one of these records has them."""
        return {word for part in self.parts for word in part.table.words[what].words}


class Entries(Sequence[Entry]):
    """The metadata of a data set, one :class:`Entry` at a time."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        part, row = self._places.locate(index)
        return part.table.entry(row)


def chain(choices: Sequence[Places]) -> Places:
    """One choice after the other; a part that several of them share stays one part."""
    parts = list(dict.fromkeys(part for places in choices for part in places.parts))
    starts = dict(zip(parts, itertools.accumulate((len(part) for part in parts), initial=0), strict=False))
    index = [np.empty(len(places), np.int64) for places in choices]
    for positions, places in zip(index, choices, strict=True):
        for part, here, rows in places.by_part():
            positions[here] = starts[part] + rows
    return Places(parts, np.concatenate(index))

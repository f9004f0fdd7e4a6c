"""Labelled records as a sequence: views instead of copies, waveforms when they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import overload

import numpy as np

from lppn_np.data.assigning import mixed_events
from lppn_np.data.entries import Entry, TraceRecord, UnusableRecord
from lppn_np.data.places import Entries, Places
from lppn_np.data.splits import SPLITS
from lppn_np.errors import InputError


class Dataset:
    """
    Labelled records, made by :func:`lppn_np.data.open_dataset` and :func:`lppn_np.data.join`.

    Only metadata are in memory. A data set can be shared by threads, used after a fork and pickled; each
    process opens its files for itself and lists for itself what it cannot read.

    Parameters
    ----------
    places
        The records.
    """

    def __init__(self, places: Places) -> None:
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> TraceRecord: ...
    @overload
    def __getitem__(self, index: slice) -> Dataset: ...
    def __getitem__(self, index: int | slice) -> TraceRecord | Dataset:
        if isinstance(index, slice):
            return self.take(range(*index.indices(len(self))))
        return self.read(index)

    def __iter__(self) -> Iterator[TraceRecord]:
        return self.records()

    def __repr__(self) -> str:
        splits = ", ".join(f"{name} {count}" for name, count in self.counts("split").items())
        return f"<Dataset of {len(self)} records ({splits or 'none'}), {len(self.skipped)} skipped>"

    @property
    def component_order(self) -> str:
        """What the rows of a record are."""
        return self.places.parts[0].options.component_order

    @property
    def sampling_rate(self) -> float:
        """Samples per second of every record."""
        return self.places.parts[0].options.sampling_rate

    @property
    def entries(self) -> Entries:
        """The metadata; as long as the data set, and in its order."""
        return Entries(self.places)

    @property
    def skipped(self) -> dict[str, str]:
        """Records that cannot be used, and why: found at opening, or when this process tried to read them.

        All that the files lost, of whatever split. Of two with one name, the second also names its file.
        """
        found: dict[str, str] = {}
        for part in self.places.parts:
            for name, reason in list(part.ledger.skipped.items()):
                found[name if name not in found else f"{name} ({part.path})"] = reason
        return found

    @property
    def remarks(self) -> dict[str, int]:
        """How many records lost something but not themselves, such as a label outside the record."""
        found: Counter[str] = Counter()
        for part in self.places.parts:
            found.update({what: len(names) for what, names in list(part.ledger.remarks.items())})
        return dict(found)

    def read(self, index: int) -> TraceRecord:
        """
        Read one record and nothing else.

        Parameters
        ----------
        index
            Its place in the data set; negative ones count from the end.

        Raises
        ------
        UnusableRecord
            This record is damaged; it is listed in :attr:`skipped` from now on.
        InputError
            Its file cannot be opened any more.
        IndexError
            There is no such record.
        """
        part, row = self.places.locate(index)
        return part.read(row)

    def records(self, indices: Iterable[int] | None = None) -> Iterator[TraceRecord]:
        """
        Read records one after the other; those that cannot be used are listed in :attr:`skipped` instead.

        Parameters
        ----------
        indices
            Which, in this order; by default all.

        Yields
        ------
        TraceRecord
        """
        for index in range(len(self)) if indices is None else indices:
            try:
                record = self.read(index)
            except UnusableRecord:
                continue
            yield record

    def select(
        self,
        *,
        split: str | Collection[str] | None = None,
        source: str | Collection[str] | None = None,
        noise: bool | None = None,
        where: Callable[[Entry], bool] | None = None,
    ) -> Dataset:
        """
        View some of the records; conditions are combined, and nothing is copied.

        Parameters
        ----------
        split, source : str or collection of str, optional
            One or several splits and sources.
        noise : bool, optional
            Noise records only (True), or none of them (False).
        where : callable, optional
            Takes an :class:`Entry` and says whether to keep it.

        Returns
        -------
        Dataset
            Perhaps an empty one; it shares :attr:`skipped` with this one.

        Raises
        ------
        InputError
            The data set has no such source, or the split is neither in it nor train, dev or test.
        """
        splits = _checked("split", split, {*self.places.words("split"), *SPLITS})
        sources = _checked("source", source, self.places.words("source"))
        keep = np.zeros(len(self), dtype=bool)
        for part, places, rows in self.places.by_part():
            keep[places] = part.matches(rows, splits, sources, noise)
        chosen = np.flatnonzero(keep).tolist()
        return self.take(i for i in chosen if where is None or where(self.entries[i]))

    def take(self, indices: Iterable[int]) -> Dataset:
        """
        View the records at some places, in that order.

        Raises
        ------
        IndexError
            There is no such place.
        """
        return Dataset(self.places.take(indices))

    def counts(self, what: str) -> dict[str, int]:
        """How many records there are of each ``"split"``, ``"source"``, ``"station"`` or ``"event"``."""
        return self.places.counts(what)

    def mixed_events(self) -> list[str]:
        """
        Events with records in more than one split: training on one of them would give away the other.

        Only metadata that declare such splits, or joined data sets, can bring that about.
        """
        return mixed_events((part.table, rows) for part, _, rows in self.places.by_part())


def _checked(
    what: str, wanted: str | Collection[str] | None, known: Collection[str]
) -> frozenset[str] | None:
    if wanted is None:
        return None
    words = frozenset([wanted] if isinstance(wanted, str) else wanted)
    if not words <= set(known):
        missing = ", ".join(sorted(words - set(known)))
        raise InputError(f"no {what} {missing}; known are {', '.join(sorted(known))}")
    return words

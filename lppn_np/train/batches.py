"""Batches as a pure function of (seed, step): a run that was cut off goes on with the same windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import LPPNConfig
from lppn_np.data import Dataset, Entry, TraceRecord, UnusableRecord
from lppn_np.errors import InputError
from lppn_np.train.augment import build_window
from lppn_np.train.config import TrainConfig
from lppn_np.train.records import ArrayRecord

#: Records kept in memory by each process that makes batches: reading one takes longer than augmenting it
#: (1.7 against 0.4 ms). A data set that is larger is read again and again, in bounded memory.
_CACHE_BYTES = 512 * 2**20
#: Draws after which a batch gives up on damaged records.
_TRIES = 50


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows and what the network should answer.

    Attributes
    ----------
    x : ndarray, shape (B, 3, T), float32
    classes : ndarray, shape (B, T / S), int8
    offsets : ndarray, shape (B, T / S), float32
    skipped : dict of str to str
        Records that were drawn and could not be used, with the reason.
    """

    x: NDArray[np.float32]
    classes: NDArray[np.int8]
    offsets: NDArray[np.float32]
    skipped: dict[str, str]


class Sampler:
    """Draws training windows from a dataset.

    Parameters
    ----------
    dataset : Dataset
        The split to draw from.
    model : LPPNConfig
        Of the model: window, stride, normalisation.
    config : TrainConfig
        Seed, weights of the sources, augmentation.

    Raises
    ------
    InputError
        There is nothing to draw from.
    """

    def __init__(self, dataset: Dataset, model: LPPNConfig, config: TrainConfig) -> None:
        self._dataset, self._model, self._config = dataset, model, config
        # The sampler draws whether a second record is there at all, so that it is read only then.
        self._augment = dataclasses.replace(config.augment, noise=1.0, second=1.0)
        self._entries = entries = list(dataset.entries)
        is_noise = np.array([entry.is_noise for entry in entries], bool)
        labelled = np.array(
            [not e.is_noise and (e.p_sample is not None or e.s_sample is not None) for e in entries]
        )
        self._events, self._noise = np.flatnonzero(labelled), np.flatnonzero(is_noise)
        complete = [i for i in self._events if None not in (entries[i].p_sample, entries[i].s_sample)]
        # A second event without its S would leave a quarter of all segments unlabelled (measured: 23 %).
        self._complete = np.array(complete or self._events, np.intp)
        if not len(self._events):
            raise InputError(f"{dataset!r} has no record with a labelled arrival")
        weights = dict(config.source_weights)
        share = np.array([weights.get(entries[i].source, 1.0) for i in self._events], float)
        if not share.sum() > 0:
            raise InputError("the source weights leave no record to train on")
        self._cumulative = np.cumsum(share / share.sum())
        self._cache: dict[int, ArrayRecord] = {}
        self._cached = 0
        self.doubt({})

    def doubt(self, doubts: Mapping[int, Sequence[float]]) -> None:
        """Leave out what seems to be an arrival and has no label; see :mod:`lppn_np.train.review`.

        Parameters
        ----------
        doubts : mapping of int to sequence of float
            By record of the dataset: samples.
        """
        self._doubts = {index: tuple(samples) for index, samples in doubts.items()}
        self._cache.clear()
        self._cached = 0
        quiet: dict[str, list[int]] = {}
        for i, entry in enumerate(self._entries):
            if entry.station and _has_quiet(entry, self._doubts.get(i, ())):
                quiet.setdefault(entry.station, []).append(i)
        self._stations = {station: np.array(members, np.intp) for station, members in quiet.items()}
        self._everywhere = np.array(sorted(i for members in quiet.values() for i in members), np.intp)

    def batch(self, step: int) -> Batch:
        """Draw the batch of a step; the same step gives the same batch in any process."""
        size = self._config.batch_size
        skipped: dict[str, str] = {}
        windows = [self._window(step * size + i, skipped) for i in range(size)]
        x, classes, offsets = (np.stack(parts) for parts in zip(*windows, strict=True))
        return Batch(x, classes, offsets, skipped)

    def _window(self, number: int, skipped: dict[str, str]) -> tuple[Any, Any, Any]:
        rng = np.random.default_rng([self._config.seed, number])
        for _ in range(_TRIES):
            try:
                index = self._draw(rng)
                record = self._read(index)
                noise = self._quiet(rng, index) if rng.random() < self._config.augment.noise else None
                second = None
                if rng.random() < self._config.augment.second:
                    second = self._read(_one_of(rng, self._complete))
                return build_window(rng, record, self._model, self._augment, noise, second)
            except UnusableRecord as error:
                skipped[error.name] = error.reason
        raise InputError(f"{_TRIES} records in a row cannot be used, the last: {list(skipped.items())[-1]}")

    def _draw(self, rng: np.random.Generator) -> int:
        if len(self._noise) and rng.random() < self._config.noise_share:
            return _one_of(rng, self._noise)
        place = min(int(np.searchsorted(self._cumulative, rng.random(), side="right")), len(self._events) - 1)
        return int(self._events[place])

    def _read(self, index: int) -> ArrayRecord:
        record = self._cache.get(index)
        if record is None:
            record = _array_record(self._dataset.read(index), self._doubts.get(index, ()))
            self._cached += record.data.nbytes
            if self._cached <= _CACHE_BYTES:
                self._cache[index] = record
        return record

    def _quiet(self, rng: np.random.Generator, index: int) -> NDArray[np.float32] | None:
        """Noise of the record's station, or of any: a noise record, or what stands before another's P."""
        members = self._stations.get(self._entries[index].station)
        foreign = self._config.augment.foreign_noise
        if foreign and rng.random() < foreign:
            members = self._everywhere
        if members is None or not len(members):
            return None
        other = self._read(_one_of(rng, members))
        if other.is_noise:
            return other.data
        if other.p_sample is None:
            return None
        before = other.data[:, : max(0, int(other.p_sample) - _MARGIN)]
        return before if before.shape[1] >= _LEAST_NOISE else None


#: Samples of a record before P that are not taken for noise, and the least that is worth taking.
_MARGIN, _LEAST_NOISE = 50, 500


def _has_quiet(entry: Entry, doubts: Sequence[float]) -> bool:
    if entry.is_noise:
        return True
    p = entry.p_sample
    return p is not None and p >= _MARGIN + _LEAST_NOISE and not any(sample < p for sample in doubts)


def _one_of(rng: np.random.Generator, members: NDArray[np.intp]) -> int:
    """One of the members; ``rng.choice`` takes three times as long."""
    return int(members[rng.integers(len(members))])


def _array_record(record: TraceRecord, doubts: tuple[float, ...]) -> ArrayRecord:
    entry = record.entry
    p, s = entry.p_sample, entry.s_sample
    if p is not None and s is not None and s <= p:
        raise UnusableRecord(entry.name, f"S (sample {s}) does not come after P (sample {p})")
    return ArrayRecord(record.data, p, s, entry.is_noise, doubts)

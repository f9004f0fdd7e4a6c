"""The model's picks on every piece of record, and which of them can be judged.

* A label counts where it lies on the piece that the model saw.
* On a noise record there is no arrival: every pick of either phase is false.
* On an earthquake record, a phase without a label on the piece is unknown, not absent: nobody looked, or the
  arrival is outside. Its picks there are neither right nor wrong and are left out.
* On an earthquake record, a phase with a label is taken to have no other arrival: further picks are false.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.data import UnusableRecord
from lppn_np.engines.threads import in_threads
from lppn_np.evaluation.matching import PhaseTable
from lppn_np.evaluation.placement import window_spans
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings, find_arrivals

if TYPE_CHECKING:
    from lppn_np.data import Dataset, Entry, TraceRecord

PHASES = ("P", "S")
#: Seconds between an arrival and its window's ends, where there is room: an onset needs a before and after.
MARGIN = 1.0
#: Records held in memory at once.
_CHUNK = 64

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Observation:
    """One piece of record, what is labelled on it, and what the model picked on it.

    Attributes
    ----------
    record : int
        Index in the dataset.
    entry : Entry
        Its metadata.
    hours : float
        Of data on the piece.
    start : int
        Its first sample in the record.
    length : int, optional
        Samples in the window that the piece fills; None where it is a whole record.
    labels : dict of str to tuple of float
        Samples of the record, by phase; empty for a phase without a label on the piece.
    picks : dict of str to (ndarray, ndarray)
        Samples of the record and probabilities, by phase, in order of time.
    """

    record: int
    entry: Entry
    hours: float
    start: int
    length: int | None
    labels: dict[str, tuple[float, ...]]
    picks: dict[str, tuple[Array, Array]]

    def judges(self, phase: str) -> bool:
        """Whether picks of the phase on this piece can be called right or wrong."""
        return self.entry.is_noise or bool(self.labels[phase])

    def place(self, phase: str) -> float | None:
        """Where in the window the label stands, in per cent; None without a label or a window."""
        if self.length is None or not self.labels[phase]:
            return None
        return 100 * (self.labels[phase][0] - self.start) / self.length


@dataclass(frozen=True)
class Survey:
    """All that can be judged.

    Attributes
    ----------
    observations : list of Observation
        In the dataset's order.
    n_unlabelled : int
        Records without a label that are not noise.
    n_unusable : int
        Records that the dataset could not read.
    """

    observations: list[Observation]
    n_unlabelled: int
    n_unusable: int


def observe(model: LPPN, dataset: Dataset, settings: Settings, length: int | None, seed: int) -> Survey:
    """Pick every record that can be judged.

    Parameters
    ----------
    model : LPPN
    dataset : Dataset
    settings : Settings
        Resolved, with the lowest thresholds that will be asked for. Its threads share the records.
    length : int, optional
        Samples in a window; None takes whole records.
    seed : int
        Of the windows' positions.
    """
    wanted = [i for i, entry in enumerate(dataset.entries) if entry.is_noise or arrivals_of(entry)]
    observations: list[Observation] = []
    n_unlabelled, n_unusable = len(dataset.entries) - len(wanted), 0
    for first in range(0, len(wanted), _CHUNK):
        chunk = wanted[first : first + _CHUNK]
        read = _read(dataset, chunk)
        # A label may turn out to lie beyond the end of its record.
        judged = [pair for pair in read if pair[1].entry.is_noise or arrivals_of(pair[1].entry)]
        n_unusable += len(chunk) - len(read)
        n_unlabelled += len(read) - len(judged)
        observations += _observe_chunk(model, judged, settings, length, seed)
    return Survey(observations, n_unlabelled, n_unusable)


def phase_table(observations: list[Observation], phase: str) -> PhaseTable:
    """Gather the labels and the judged picks of one phase; the pieces are numbered like the observations."""
    labels = [observation.labels[phase] for observation in observations]
    picks = [o.picks[phase] if o.judges(phase) else (np.empty(0), np.empty(0)) for o in observations]
    return PhaseTable(
        np.repeat(np.arange(len(labels)), [len(samples) for samples in labels]),
        np.array([sample for samples in labels for sample in samples], np.float64),
        np.repeat(np.arange(len(picks)), [len(samples) for samples, _ in picks]),
        np.concatenate([samples for samples, _ in picks]).astype(np.float64),
        np.concatenate([probability for _, probability in picks]).astype(np.float64),
    )


def arrivals_of(entry: Entry) -> dict[str, float]:
    """The labels of an entry in samples, P first; a phase without a label is absent."""
    if entry.is_noise:
        return {}
    samples = {"P": entry.p_sample, "S": entry.s_sample}
    return {phase: float(s) for phase, s in samples.items() if s is not None and not math.isnan(s)}


def _read(dataset: Dataset, indices: list[int]) -> list[tuple[int, TraceRecord]]:
    """The records that can be used. One thread reads: HDF5 serves one at a time anyway."""
    records = []
    for index in indices:
        with contextlib.suppress(UnusableRecord):
            records.append((index, dataset.read(index)))
    return records


def _observe_chunk(
    model: LPPN, records: list[tuple[int, TraceRecord]], settings: Settings, length: int | None, seed: int
) -> list[Observation]:
    alone = dataclasses.replace(settings, n_threads=1)

    def watch(part: NDArray[np.intp]) -> list[list[Observation]]:
        chosen = [records[place] for place in part]
        return [_observe_record(model, index, record, alone, length, seed) for index, record in chosen]

    parts = in_threads(watch, np.arange(len(records)), settings.n_threads) if records else []
    return [observation for part in parts for pieces in part for observation in pieces]


def _observe_record(
    model: LPPN, index: int, record: TraceRecord, settings: Settings, length: int | None, seed: int
) -> list[Observation]:
    entry, data = record.entry, record.data
    arrivals = arrivals_of(entry)
    spans = [(0, data.shape[1])]
    if length is not None:
        margin = round(MARGIN * model.sampling_rate)
        spans = window_spans(entry.name, list(arrivals.values()), data.shape[1], length, seed, margin)
    observations = []
    for start, stop in spans:
        piece = data[:, start:stop]
        hours = np.count_nonzero(~np.isnan(piece).all(axis=0)) / model.sampling_rate / 3600
        inside = [(phase, sample) for phase, sample in arrivals.items() if start <= sample < stop]
        labels = {phase: tuple(sample for name, sample in inside if name == phase) for phase in PHASES}
        picks = _pick(model, piece, start, settings)
        observations.append(Observation(index, entry, hours, start, length, labels, picks))
    return observations


def _pick(model: LPPN, piece: Array, start: int, settings: Settings) -> dict[str, tuple[Array, Array]]:
    """Samples of the record and probabilities, by phase; Pg and Pn are P."""
    found = find_arrivals(model, piece, settings)
    phase_of = np.array([label[0] for label in model.labels])[found.label]
    return {
        phase: (start + found.time[phase_of == phase], found.probability[phase_of == phase])
        for phase in PHASES
    }

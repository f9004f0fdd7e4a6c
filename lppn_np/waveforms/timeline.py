"""When the samples of a record were taken: each piece of a component by its own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Timeline:
    """The pieces of one component, in order of their first sample.

    A piece that starts between two points of the record's grid is moved to the nearest, and one whose rate is
    a little off drifts away from it (99.995 Hz for 100: 4 s a day). This tells when samples were taken.

    Attributes
    ----------
    first, stop : ndarray of float64
        Where each piece lies in the record, [first, stop) in samples; no whole numbers after resampling.
    seconds : ndarray of float64
        Of the piece's first sample, after the record's starttime.
    step : ndarray of float64
        Seconds between its samples.
    """

    first: Floats
    stop: Floats
    seconds: Floats
    step: Floats

    def at(self, samples: NDArray[Any]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return seconds after the starttime of samples of the record, and whether a piece covers them.

        Outside all pieces the clock of the last one before goes on.
        """
        piece = np.maximum(np.searchsorted(self.first, samples, "right") - 1, 0)
        seconds = self.seconds[piece] + (samples - self.first[piece]) * self.step[piece]
        return seconds, (samples >= self.first[piece]) & (samples < self.stop[piece])

    def resampled(self, ratio: float) -> Timeline:
        """Sample i becomes sample ``i * ratio``, taken at the same time."""
        return Timeline(self.first * ratio, self.stop * ratio, self.seconds, self.step / ratio)

    def moved(self, samples: float, seconds: float) -> Timeline:
        """Place the pieces further into a record that starts earlier."""
        return Timeline(self.first + samples, self.stop + samples, self.seconds + seconds, self.step)

    @staticmethod
    def join(parts: Sequence[Timeline]) -> Timeline:
        """All pieces of several timelines of one record."""
        columns = [np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])]
        order = np.argsort(columns[0], kind="stable")
        return Timeline(*(column[order] for column in columns))


def seconds_of(timelines: Sequence[Timeline], samples: NDArray[Any]) -> Floats:
    """Seconds after a record's starttime of some samples: the mean of the components that have data there.

    Parameters
    ----------
    timelines : sequence of Timeline
        One a component; those without a piece do not count.
    samples : ndarray, shape (n,)
        Whole numbers or not.
    """
    clocks = [timeline.at(samples) for timeline in timelines if len(timeline.first)]
    seconds = np.array([clock[0] for clock in clocks])
    covered = np.array([clock[1] for clock in clocks])
    covered |= ~covered.any(axis=0)
    return np.asarray((seconds * covered).sum(axis=0) / covered.sum(axis=0))

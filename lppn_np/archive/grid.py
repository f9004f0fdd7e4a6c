"""One time grid for all days: samples and windows are counted from 1970, whatever the day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction

_SECOND = 10**9
_EPOCH = datetime.date(1970, 1, 1)
#: Seconds beyond a whole window on either side of midnight in which candidates are as in the unbroken record.
_BEYOND = 10


@dataclass(frozen=True)
class Grid:
    """Sample i stands at i / rate seconds after 1970, window k begins at sample k * step.

    Attributes
    ----------
    rate : fractions.Fraction
        Samples per second.
    length, step : int
        Samples in a window, and from one window to the next.
    """

    rate: Fraction
    length: int
    step: int

    @staticmethod
    def of(sampling_rate: float, length: int, overlap: int) -> Grid:
        """The grid of a model's windows."""
        return Grid(Fraction(sampling_rate).limit_denominator(10**6), length, length - overlap)

    def index(self, nanoseconds: int) -> int:
        """The sample next to a time (ns after 1970), in whole numbers throughout."""
        times, per = self.rate.numerator, self.rate.denominator * _SECOND
        return (2 * nanoseconds * times + per) // (2 * per)

    def nanoseconds(self, index: int) -> int:
        """The time of a sample, to the nearest nanosecond."""
        times, per = self.rate.numerator, self.rate.denominator * _SECOND
        return (2 * index * per + times) // (2 * times)

    def midnight(self, day: datetime.date) -> int:
        """The first sample of a day."""
        return self.index((day - _EPOCH).days * 86_400 * _SECOND)

    def piece(self, day: datetime.date) -> tuple[int, int]:
        """Samples [first, stop) that a day is picked from.

        A whole window and ten seconds more on either side, then on to where windows begin and end. So every
        window that touches a midnight, and those around it, are the same in the pieces of both days.
        """
        context = self.length + int(_BEYOND * self.rate)
        first = (self.midnight(day) - context) // self.step * self.step
        least = self.midnight(day + datetime.timedelta(days=1)) + context - first - self.length
        return first, first + self.length - (-least // self.step) * self.step

    def floor(self, index: int) -> int:
        """The last window's start that is not after a sample."""
        return index // self.step * self.step

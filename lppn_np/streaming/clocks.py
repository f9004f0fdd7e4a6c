"""When the samples of a growing record were taken: each component by its own packets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.waveforms.timeline import Timeline, seconds_of

#: Seconds. A packet whose time differs by less from what the one before it leads to goes on with its clock:
#: MiniSEED tells times to a tenth of a millisecond.
_ROUNDED = 1.01e-4

#: First sample and the one after the last, seconds of the first, seconds from sample to sample.
Piece = list[float]


class Clocks:
    """Times of the packets, as :class:`lppn_np.waveforms.timeline.Timeline` has them for a whole record."""

    def __init__(self, pieces: list[list[Piece]] | None = None) -> None:
        self.pieces: list[list[Piece]] = pieces or [[], [], []]

    def add(self, row: int, first: int, stop: int, seconds: float, step: float) -> None:
        """Samples [first, stop) of a component, the first at ``seconds``, then every ``step`` seconds."""
        own = self.pieces[row]
        if own and own[-1][1] == first and own[-1][3] == step:
            expected = own[-1][2] + (first - own[-1][0]) * step
            if abs(expected - seconds) < _ROUNDED:
                own[-1][1] = stop
                return
        own.append([first, stop, seconds, step])

    def forget(self, before: int) -> None:
        """Let go of pieces that end before that sample, but for the last of a component."""
        for own in self.pieces:
            if own and own[0][1] < before:
                own[:-1] = [piece for piece in own[:-1] if piece[1] >= before]

    def seconds(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds after the record's start of some samples."""
        lines = [np.array(sorted(own), np.float64).reshape(-1, 4).T for own in self.pieces]
        columns: Any = [Timeline(*line) for line in lines]
        return seconds_of(columns, samples)

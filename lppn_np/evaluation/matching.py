"""Which pick answers which label.

One to one and by distance: of all pairs of a label and a pick on the same piece of record, no further
apart than the tolerance, the closest is matched first, and both are gone. Of equally close pairs the one
with the more probable pick wins, then the one with the earlier pick. What is left is missed or false.

Matching in this order with a wide tolerance and then asking which pairs are closer than a narrow one
gives the same as matching with the narrow one, because no pair ever displaces a closer one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
Float = NDArray[np.float64]

#: Samples that a residual may exceed the tolerance by: the rounding of float32 offsets.
ROUNDING = 1e-3


@dataclass(frozen=True)
class PhaseTable:
    """Labels and judged picks of one phase, over all pieces of record.

    Attributes
    ----------
    label_piece, pick_piece : ndarray of int
        The piece that each stands on, ascending.
    label_sample, pick_sample : ndarray of float64
        Where, in samples of its record.
    pick_probability : ndarray of float64
        What the network gave the pick.
    """

    label_piece: Index
    label_sample: Float
    pick_piece: Index
    pick_sample: Float
    pick_probability: Float

    def on(self, pieces: NDArray[np.bool_]) -> PhaseTable:
        """The part on the pieces that are True in a mask."""
        labels, picks = pieces[self.label_piece], pieces[self.pick_piece]
        return PhaseTable(
            self.label_piece[labels],
            self.label_sample[labels],
            self.pick_piece[picks],
            self.pick_sample[picks],
            self.pick_probability[picks],
        )


@dataclass(frozen=True)
class Pairs:
    """Pairs of a label and a pick that may be matched, the first to be matched first.

    Attributes
    ----------
    label, pick : ndarray of int
        Rows of the table.
    residual : ndarray of float64
        Pick - label, in samples.
    probability : ndarray of float64
        Of the pick.
    """

    label: Index
    pick: Index
    residual: Float
    probability: Float

    def take(self, index: NDArray[np.generic]) -> Pairs:
        """Select by a mask or by indices."""
        return Pairs(self.label[index], self.pick[index], self.residual[index], self.probability[index])

    def __len__(self) -> int:
        return len(self.label)


def near_pairs(table: PhaseTable, limit: float) -> Pairs:
    """All pairs on the same piece at most ``limit`` samples apart (inclusive), in the order of matching."""
    first = np.searchsorted(table.pick_piece, table.label_piece, "left")
    count = np.searchsorted(table.pick_piece, table.label_piece, "right") - first
    label = np.repeat(np.arange(len(count)), count)
    place_in_piece = np.arange(len(label)) - np.repeat(np.cumsum(count) - count, count)
    pick = np.repeat(first, count) + place_in_piece
    residual = table.pick_sample[pick] - table.label_sample[label]
    pairs = Pairs(label, pick, residual, table.pick_probability[pick])
    pairs = pairs.take(np.abs(residual) <= limit + ROUNDING)
    keys = (pairs.label, table.pick_sample[pairs.pick], -pairs.probability, np.abs(pairs.residual))
    return pairs.take(np.lexsort(keys))


def match(pairs: Pairs) -> Pairs:
    """The matched pairs: at most one for each label and for each pick.

    A pair that is the first of its label and the first of its pick has nobody before it and is matched; what
    shares a label or a pick with it goes. Repeated, that is the greedy walk down the list, but a
    few array operations for any number of labels.
    """
    matched = [pairs.take(np.empty(0, np.intp))]
    while len(pairs):
        first_of_label = np.unique(pairs.label, return_index=True)[1]
        first_of_pick = np.unique(pairs.pick, return_index=True)[1]
        won = pairs.take(np.intersect1d(first_of_label, first_of_pick))
        matched.append(won)
        pairs = pairs.take(~(np.isin(pairs.label, won.label) | np.isin(pairs.pick, won.pick)))
    columns = zip(*(vars(part).values() for part in matched), strict=True)
    return Pairs(*(np.concatenate(column) for column in columns))

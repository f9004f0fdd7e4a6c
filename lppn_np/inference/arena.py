"""One float array for everything a window needs, and who may use which part of it when."""

from __future__ import annotations

from dataclasses import dataclass

#: Elements before a row that belong to it: zero padding to the left, and rows that start on a cache line.
LEFT = 16


@dataclass(frozen=True)
class Buffer:
    """A signal (C, T) in the arena.

    Attributes
    ----------
    at : int
        Place of channel 0, sample 0.
    row : int
        From one channel to the next.
    n_channels, n_columns : int
        C and T. A row has LEFT elements before it and ``slack`` or more behind.
    odd : int
        0 if samples stand in their order; otherwise even ones stand first, and the odd ones this far on.
    """

    at: int
    row: int
    n_channels: int
    n_columns: int
    odd: int = 0

    def channel(self, c: int) -> int:
        """Place of a channel's first sample, counted from channel 0's."""
        return c * self.row

    @property
    def begin(self) -> int:
        """First element of the arena that belongs to it."""
        return self.at - LEFT

    @property
    def end(self) -> int:
        """First element of the arena that does not belong to it any more."""
        return self.begin + self.n_channels * self.row


class Arena:
    """Gives out buffers, each where nothing that is still needed stands; first fit.

    Parameters
    ----------
    slack : int
        Elements behind each row, for steps that write and read whole vectors.
    """

    def __init__(self, slack: int) -> None:
        self._slack = slack
        self._alive: list[Buffer] = []
        #: Elements of the whole arena so far.
        self.size = 0

    def take(self, n_channels: int, n_columns: int, phases_apart: bool = False) -> Buffer:
        """Find room for a signal, all of its even samples before the odd ones if its reader has stride 2."""
        odd = -(-(n_columns // 2 + self._slack) // 16) * 16 if phases_apart else 0
        row = _row_length(LEFT + odd + (n_columns // 2 if phases_apart else n_columns) + self._slack)
        begin = 0
        for other in sorted(self._alive, key=lambda buffer: buffer.begin):
            if begin + n_channels * row <= other.begin:
                break
            begin = max(begin, other.end)
        buffer = Buffer(begin + LEFT, row, n_channels, n_columns, odd)
        self._alive.append(buffer)
        self.size = max(self.size, buffer.end)
        return buffer

    def give_back(self, buffer: Buffer) -> None:
        """Let the buffer's room be used again."""
        self._alive.remove(buffer)


def _row_length(n: int) -> int:
    """Return a whole number of cache lines, an odd one: rows 4 kB apart would share their places in L1."""
    lines = -(-n // 16)
    return 16 * (lines | 1)

"""Before the first window is done, any chunk may still turn out to hold the record's first sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from lppn_np.streaming.chunk import Chunk
from lppn_np.streaming.counts import Counts

_ORDER = attrgetter("order")


class Opening:
    """Keeps what has come, until it is known where the record begins.

    Which sample a packet's first one is hangs on the time of the record's first sample. So the chunks are put
    in place anew when an earlier one comes.

    Parameters
    ----------
    counts : Counts
        Of what came before.
    held : iterable of Chunk
        What has come.
    """

    def __init__(self, counts: Counts, held: Iterable[Chunk] = ()) -> None:
        self.held = list(held)
        self.counts = replace(counts)
        self._first = min(self.held, key=_ORDER, default=None)

    @property
    def nbytes(self) -> int:
        """Memory of the chunks."""
        return sum(chunk.values.nbytes for chunk in self.held)

    def take(self, chunks: list[Chunk], limit: float) -> tuple[list[Chunk], Chunk | None]:
        """Hold chunks; return those to be put in place, and the record's first one if that is another now.

        Parameters
        ----------
        chunks : list of Chunk
        limit : float
            Nanoseconds; an earlier chunk is too late to begin the record.
        """
        before = self._first
        for chunk in chunks:
            if before is None or chunk.time.ns >= limit:
                self.held.append(chunk)
                if self._first is None or chunk.order < self._first.order:
                    self._first = chunk
        if self._first is not before:
            return sorted(self.held, key=_ORDER), self._first
        return chunks, None

"""Before the first window is done, any chunk may still turn out to hold the record's first sample."""

from __future__ import annotations

from dataclasses import replace

from lppn_np.streaming.chunk import Chunk
from lppn_np.streaming.counts import Counts


class Opening:
    """Keeps what has come, until it is known where the record begins.

    Which sample a packet's first one is hangs on the time of the record's first sample. So the chunks are put
    in place anew when an earlier one comes.

    Parameters
    ----------
    counts : Counts
        Of what came before.
    """

    def __init__(self, counts: Counts) -> None:
        self.held: list[Chunk] = []
        self.counts = replace(counts)

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
        before = min(self.held, key=lambda chunk: chunk.order, default=None)
        self.held += [chunk for chunk in chunks if before is None or chunk.time.ns >= limit]
        first = min(self.held, key=lambda chunk: chunk.order)
        if before is None or first.order < before.order:
            return sorted(self.held, key=lambda chunk: chunk.order), first
        return chunks, None

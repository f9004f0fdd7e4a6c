"""What has happened to the samples of a stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Counts:
    """Samples, those of each component counted.

    Attributes
    ----------
    received : int
        All.
    repeated : int
        Held already, with the same value.
    late : int
        Came when their window had been worked on, or too late to tell whether they are repeated; left out.
    disputed : int
        Came with two values; left out.
    """

    received: int = 0
    repeated: int = 0
    late: int = 0
    disputed: int = 0

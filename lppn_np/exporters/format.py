"""What a pick format is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lppn_np.picks import Pick


@dataclass(frozen=True)
class Format:
    """One kind of pick file.

    Attributes
    ----------
    name : str
        What ``format=`` and ``--format`` call it.
    suffixes : tuple of str
        File suffixes, lower case and without the dot, that mean this format.
    encode : callable
        Picks to the content of the file; for a folder, to contents by relative path.
    binary : bool
        Not to be printed.
    folder : bool
        Several files in a folder.
    """

    name: str
    suffixes: tuple[str, ...]
    encode: Callable[[Sequence[Pick]], bytes | dict[str, bytes]]
    binary: bool = False
    folder: bool = False


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """CSV with a header line; None becomes an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()

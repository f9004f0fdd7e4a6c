"""Rows of words as a table: aligned text, or Markdown."""

from __future__ import annotations

from collections.abc import Sequence

Rows = Sequence[Sequence[str]]


def text_table(header: Sequence[str], rows: Rows, left: int = 1) -> str:
    """Columns as wide as their longest word; the first ``left`` begin left, the others end right."""
    widths = _widths(header, rows)
    return "\n".join(_line(row, widths, left, "  ").rstrip() for row in (header, *rows))


def markdown_table(header: Sequence[str], rows: Rows, left: int = 1) -> str:
    """Like :func:`text_table`, in Markdown; the source is aligned too."""
    widths = [max(width, 3) for width in _widths(header, rows)]
    rule = ["-" * width if index < left else "-" * (width - 1) + ":" for index, width in enumerate(widths)]
    return "\n".join(f"| {_line(row, widths, left, ' | ')} |" for row in (header, rule, *rows))


def _widths(header: Sequence[str], rows: Rows) -> list[int]:
    return [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]


def _line(row: Sequence[str], widths: list[int], left: int, between: str) -> str:
    words = (
        word.ljust(width) if index < left else word.rjust(width)
        for index, (word, width) in enumerate(zip(row, widths, strict=True))
    )
    return between.join(words)

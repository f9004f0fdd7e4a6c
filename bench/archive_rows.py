"""The rows of two archives of picks, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lppn_np.archive import places
from lppn_np.optional import require

#: Columns that say which pick it is; the others are what was found about it.
_KEY = ("trace_id", "instrument", "phase", "peak_time")


def compare_archives(expected: Path, found: Path) -> dict[str, int]:
    """Compare two folders of results, one instrument after the other: 500 days are 2 GB of Python."""
    total: Counter[str] = Counter()
    files = [_files(output) for output in (expected, found)]
    for instrument in sorted(set(files[0]) | set(files[1])):
        total.update(compare(*(read_rows(some.get(instrument, [])) for some in files)))
    return dict(total)


def _files(output: Path) -> dict[str, list[Path]]:
    """Parquet files by the instrument in their names, which is in all their rows."""
    files: dict[str, list[Path]] = {}
    for path in sorted((output / places.PICKS).rglob("*.parquet")):
        if not path.name.startswith("."):
            files.setdefault(path.name.rsplit(".", 2)[0], []).append(path)
    return files


def read_rows(paths: Sequence[Path]) -> Counter[tuple[Any, ...]]:
    """How often each row stands in some Parquet files."""
    parquet = require("pyarrow.parquet", "archive")
    rows: Counter[tuple[Any, ...]] = Counter()
    for path in paths:
        columns = parquet.ParquetFile(path).read().to_pydict()
        rest = sorted(set(columns) - set(_KEY))
        rows.update(zip(*(columns[name] for name in (*_KEY, *rest)), strict=True))
    return rows


def compare(expected: Counter[tuple[Any, ...]], found: Counter[tuple[Any, ...]]) -> dict[str, int]:
    """Count the picks that are lost, doubled, changed, or should not be there."""
    wanted, got = (_by_key(rows) for rows in (expected, found))
    return {
        "expected": expected.total(),
        "found": found.total(),
        "lost": sum(key not in got for key in wanted),
        "doubled": sum(got[key].total() > rows.total() for key, rows in wanted.items() if key in got),
        "changed": sum(set(got[key]) != set(rows) for key, rows in wanted.items() if key in got),
        "new": sum(key not in wanted for key in got),
    }


def _by_key(rows: Counter[tuple[Any, ...]]) -> dict[tuple[Any, ...], Counter[tuple[Any, ...]]]:
    groups: dict[tuple[Any, ...], Counter[tuple[Any, ...]]] = {}
    for row, count in rows.items():
        groups.setdefault(row[: len(_KEY)], Counter())[row[len(_KEY) :]] = count
    return groups

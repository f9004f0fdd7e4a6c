"""The rows of two archives of picks, compared."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from lppn_np.archive import places
from lppn_np.optional import require

#: Columns that say which pick it is; the others are what was found about it.
_KEY = ("trace_id", "instrument", "phase", "peak_time")


def read_rows(output: Path) -> Counter[tuple[Any, ...]]:
    """How often each row stands in the Parquet files of a folder of results."""
    parquet = require("pyarrow.parquet", "archive")
    rows: Counter[tuple[Any, ...]] = Counter()
    for path in sorted((output / places.PICKS).rglob("*.parquet")):
        if not path.name.startswith("."):
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

"""Pick files: one function a format, in one table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lppn_np.errors import InputError
from lppn_np.files import atomic_write

if TYPE_CHECKING:
    from lppn_np.picks import Pick

COLUMNS = ("trace_id", "start_time", "end_time", "peak_time", "peak_value", "phase")


def time_text(time: Any) -> str:
    """Seconds with four decimals for a number, ISO text for a date."""
    if isinstance(time, float | int):
        return f"{time:.4f}"
    return time.isoformat() if hasattr(time, "isoformat") else str(time)


def _rows(picks: Sequence[Pick]) -> list[dict[str, Any]]:
    rows = []
    for pick in picks:
        row = {name: getattr(pick, name) for name in COLUMNS}
        for name in ("start_time", "end_time", "peak_time"):
            row[name] = None if row[name] is None else time_text(row[name])
        row["peak_value"] = None if row["peak_value"] is None else round(float(row["peak_value"]), 6)
        rows.append(row)
    return rows


def _csv(picks: Sequence[Pick]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(picks))
    return text.getvalue()


def _json(picks: Sequence[Pick]) -> str:
    return json.dumps(_rows(picks), indent=1) + "\n"


FORMATS: dict[str, Callable[[Sequence[Pick]], str]] = {"csv": _csv, "json": _json}


def check_format(path: Path, format: str | None) -> str:  # noqa: A002
    """Name of the format for a path, or an InputError that lists the known ones."""
    name = format or path.suffix.removeprefix(".").lower()
    if name not in FORMATS:
        raise InputError(f"{path}: no pick format {name!r}; known are {', '.join(FORMATS)}")
    return name


def write(picks: Sequence[Pick], path: Path, format: str | None = None) -> None:  # noqa: A002
    """Write picks to ``path``; see :meth:`lppn_np.picks.PickList.write`."""
    text = FORMATS[check_format(path, format)](picks)
    atomic_write(path, text.encode(), InputError)

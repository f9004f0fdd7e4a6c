"""Picks as they are: one row a pick, columns named like the attributes of :class:`lppn_np.Pick`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from lppn_np.exporters.format import Format, table_text
from lppn_np.exporters.origin import COLUMNS as ORIGIN
from lppn_np.exporters.origin import origin_fields
from lppn_np.exporters.times import time_text

if TYPE_CHECKING:
    from lppn_np.picks import Pick

COLUMNS = ("trace_id", "start_time", "end_time", "peak_time", "peak_value", "phase")
_TIMES = ("start_time", "end_time", "peak_time")


def columns_of(picks: Sequence[Pick]) -> list[str]:
    """The six columns, and whatever else some of the picks carry (amplitude, SNR, what made them)."""
    names = [field.name for pick in picks[:1] for field in fields(pick)]
    more = [name for name in names if name not in (*COLUMNS, "provenance")]
    origin = ORIGIN if any(pick.provenance is not None for pick in picks) else ()
    return [*COLUMNS, *(n for n in more if any(getattr(pick, n) is not None for pick in picks)), *origin]


def value_of(pick: Pick, name: str) -> Any:
    """What a column of :func:`columns_of` says about a pick."""
    value = origin_fields(pick).get(name) if name in ORIGIN else getattr(pick, name)
    if value is None or isinstance(value, str):
        return value
    if name in _TIMES:
        return time_text(value)
    return round(float(value), 6) if name == "peak_value" else float(f"{float(value):.6g}")


def _csv(picks: Sequence[Pick]) -> bytes:
    columns = columns_of(picks)
    return table_text(columns, ([value_of(pick, name) for name in columns] for pick in picks))


def _json(picks: Sequence[Pick]) -> bytes:
    columns = columns_of(picks)
    rows = [{name: value_of(pick, name) for name in columns} for pick in picks]
    return (json.dumps(rows, indent=1) + "\n").encode()


CSV = Format("csv", ("csv",), _csv)
JSON = Format("json", ("json",), _json)

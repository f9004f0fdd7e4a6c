"""Parquet, compressed with zstd; dates are ``timestamp[ms, UTC]``, bare numbers float64 seconds.

What made the picks is in two columns, and as JSON in the metadata of the schema (key ``lppn-np``).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lppn_np.exporters.format import Format
from lppn_np.exporters.origin import COLUMNS as ORIGIN
from lppn_np.exporters.origin import as_json, origin_fields
from lppn_np.exporters.plain import columns_of
from lppn_np.exporters.times import epoch_ns, is_relative, rounded
from lppn_np.optional import require
from lppn_np.provenance import SOFTWARE, provenance_of

if TYPE_CHECKING:
    from lppn_np.picks import Pick

_TIMES = ("start_time", "end_time", "peak_time")
_MILLISECOND = 10**6


def _encode(picks: Sequence[Pick]) -> bytes:
    arrow = require("pyarrow", "archive")
    columns = {name: _column(arrow, picks, name) for name in columns_of(picks)}
    buffer = io.BytesIO()
    table = arrow.table(columns)
    if provenance := provenance_of(picks):
        table = table.replace_schema_metadata({SOFTWARE: as_json(provenance)})
    require("pyarrow.parquet", "archive").write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _column(arrow: Any, picks: Sequence[Pick], name: str) -> Any:
    if name in ORIGIN:
        texts = [origin_fields(pick).get(name) for pick in picks]
        return arrow.array(texts, arrow.string()).dictionary_encode()
    values = [getattr(pick, name) for pick in picks]
    if name in ("trace_id", "phase"):
        return arrow.array(values, arrow.string()).dictionary_encode()
    if name not in _TIMES:
        return arrow.array([None if value is None else float(value) for value in values], arrow.float32())
    if any(is_relative(value) for value in values):
        return arrow.array(values, arrow.float64())
    milliseconds = [
        None if value is None else rounded(epoch_ns(value, "parquet"), _MILLISECOND) // _MILLISECOND
        for value in values
    ]
    return arrow.array(milliseconds, arrow.timestamp("ms", tz="UTC"))


PARQUET = Format("parquet", ("parquet",), _encode, binary=True)

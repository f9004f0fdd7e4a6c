"""Picks as a Parquet file."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from lppn_np.archive.codes import Instrument
from lppn_np.archive.day_picks import DayPicks
from lppn_np.optional import require
from lppn_np.provenance import SOFTWARE, Provenance

_MILLISECOND = 10**6


def schema() -> Any:
    """Columns of a shard's Parquet file; network, year and month are its folders."""
    arrow = require("pyarrow", "archive")
    return arrow.schema(
        [
            ("trace_id", arrow.string()),  # NET.STA.LOC
            ("station", arrow.string()),
            ("instrument", arrow.string()),  # band and instrument code, such as HH
            ("phase", arrow.string()),
            ("peak_time", arrow.timestamp("ms")),  # UTC
            ("start_time", arrow.timestamp("ms")),
            ("end_time", arrow.timestamp("ms")),
            ("peak_value", arrow.float32()),
        ]
    )


def parquet(picks: DayPicks, instrument: Instrument, provenance: Provenance) -> bytes:
    """Return picks as the bytes of a Parquet file, compressed with zstd; equal picks give equal bytes.

    What made them is JSON in the metadata of the schema, under the key that other Parquet files of ours have.
    """
    arrow = require("pyarrow", "archive")
    same = [instrument.trace_id, instrument.station, instrument.band]
    columns = [arrow.repeat(arrow.scalar(text), len(picks.peak)) for text in same]
    columns.append(arrow.array(picks.phase.tolist(), arrow.string()))
    for times in (picks.peak, picks.start, picks.end):
        rounded = np.floor_divide(times + _MILLISECOND // 2, _MILLISECOND)
        columns.append(arrow.array(rounded, arrow.int64()).cast(arrow.timestamp("ms")))
    columns.append(arrow.array(picks.probability.astype(np.float32)))
    sink = arrow.BufferOutputStream()
    made_by = {SOFTWARE: json.dumps([provenance.to_dict()])}
    table = arrow.Table.from_arrays(columns, schema=schema().with_metadata(made_by))
    require("pyarrow.parquet", "archive").write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())

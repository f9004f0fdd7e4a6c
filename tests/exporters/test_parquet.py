"""Parquet: types, compression, values, read by pyarrow and pandas."""

import datetime as dt
import sys

import pytest

from lppn_np import Pick, PickList
from lppn_np.errors import MissingDependencyError


def test_types_and_values(picks, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    picks.write(tmp_path / "p.parquet")
    file = parquet.ParquetFile(tmp_path / "p.parquet")
    table = file.read()
    assert table.schema.names == ["trace_id", "start_time", "end_time", "peak_time", "peak_value", "phase"]
    assert table.schema.field("peak_time").type == arrow.timestamp("ms", tz="UTC")
    row_group = file.metadata.row_group(0)
    assert {row_group.column(i).compression for i in range(row_group.num_columns)} == {"ZSTD"}
    for row, pick in zip(table.to_pylist(), picks, strict=True):
        assert (row["trace_id"], row["phase"]) == (pick.trace_id, pick.phase)
        for name in ("start_time", "end_time", "peak_time"):
            assert abs(row[name] - getattr(pick, name)) <= dt.timedelta(milliseconds=0.501)
        assert row["peak_value"] == pytest.approx(pick.peak_value, rel=1e-6)


def test_by_pandas(picks, tmp_path):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    picks.write(tmp_path / "p.parquet")
    frame = pandas.read_parquet(tmp_path / "p.parquet")
    assert list(frame.trace_id) == [pick.trace_id for pick in picks]
    assert list(frame.phase) == [pick.phase for pick in picks]


def test_numbers_and_nothing(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    PickList([Pick("", 1.0, None, 1.1, None, "P")]).write(tmp_path / "p.parquet")
    (row,) = parquet.read_table(tmp_path / "p.parquet").to_pylist()
    assert (row["start_time"], row["end_time"], row["peak_time"], row["peak_value"]) == (1.0, None, 1.1, None)
    PickList().write(tmp_path / "none.parquet")
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_without_pyarrow(picks, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "lppn-np\[archive\]"'):
        picks.write(tmp_path / "p.parquet")
    assert list(tmp_path.iterdir()) == []

"""A metadata file, row by row, into a table of the records that can be used."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

from lppn_np.data.columns import find_columns, is_stead, require_labels
from lppn_np.data.ledger import Ledger
from lppn_np.data.options import Options
from lppn_np.data.row_reader import RowReader
from lppn_np.data.table import Table, TableBuilder
from lppn_np.data.waveform_file import DataFormat, WaveformFile
from lppn_np.errors import InputError

#: What the files do not say of themselves. All of STEAD is alike; SeisBench takes channels first.
_STEAD = DataFormat("WC", "ENZ", 100.0)
_SEISBENCH = DataFormat("CW")


def read_metadata(
    path: Path, waveforms: WaveformFile, options: Options, ledger: Ledger
) -> tuple[Table, DataFormat]:
    """
    Read a metadata file against its waveform file.

    Parameters
    ----------
    path
        The csv file.
    waveforms
        Its hdf5 file.
    options
        What the caller wants.
    ledger
        Takes what is left out.

    Returns
    -------
    table : Table
        The records that can be used.
    data_format : DataFormat
        What holds for each of them that does not say otherwise.

    Raises
    ------
    InputError
        The file is empty or damaged, lacks a column that is needed, or names no record that can be used.
    """
    rows = _read_csv(path)
    _, header = next(rows, (0, []))
    columns = find_columns(header, path, options.p_columns, options.s_columns)
    data_format = _completed(waveforms.data_format(), _STEAD if is_stead(header) else _SEISBENCH)
    reader = RowReader(columns, waveforms, data_format, options, ledger, path.absolute().parent.name)
    builder = TableBuilder()
    seen: set[str] = set()
    for line, cells in rows:
        name = f"line {line} of {path.name}"
        try:
            if len(cells) != columns.n_fields:
                raise InputError(f"it has {len(cells)} fields, {columns.n_fields} are expected")
            location = columns.text(cells, "name")
            name = columns.text(cells, "original_name") or location or name
            if location in seen:
                # The same waveforms twice would weigh twice, perhaps on both sides of a split.
                name = f"{name} (line {line})"
                raise InputError("an earlier line has the same waveforms")
            builder.append(reader.read(name, location, cells))
            seen.add(location)
        except InputError as error:
            ledger.skip(name, str(error))
    table = builder.table()
    if not len(table):
        raise _nothing_left(path, ledger)
    if not table.noise.all():
        require_labels(columns, path, options.p_columns, options.s_columns)
    return table, data_format


def _read_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not blank, with their numbers."""
    try:
        # A letter in some other encoding costs at most the record that has it in its name.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except csv.Error as error:
        raise InputError(
            f"{path}: line {reader.line_num} is no csv ({error}); is the file damaged?"
        ) from error


def _completed(stated: DataFormat, otherwise: DataFormat) -> DataFormat:
    """What the hdf5 file states, and the layout's own custom where it states nothing."""
    rate = otherwise.sampling_rate if math.isnan(stated.sampling_rate) else stated.sampling_rate
    return dataclasses.replace(
        stated,
        dimension_order=stated.dimension_order or otherwise.dimension_order,
        component_order=stated.component_order or otherwise.component_order,
        sampling_rate=rate,
    )


def _nothing_left(path: Path, ledger: Ledger) -> InputError:
    if not ledger.skipped:
        return InputError(f"{path}: it names no records; a row for each record is expected below the header")
    name, reason = next(iter(ledger.skipped.items()))
    count = len(ledger.skipped)
    return InputError(f"{path}: none of its {count} records can be used; the first, {name}: {reason}")

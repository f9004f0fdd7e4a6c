"""One metadata file with its waveforms: the piece that data sets are joined from."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lppn_np.data.entries import Entry, TraceRecord, UnusableRecord
from lppn_np.data.layouts import Pair
from lppn_np.data.ledger import Ledger
from lppn_np.data.locations import parse_place, split_location
from lppn_np.data.metadata import read_metadata
from lppn_np.data.options import Options
from lppn_np.data.rates import resampling_ratio
from lppn_np.data.row_reader import outside
from lppn_np.data.samples import arrange
from lppn_np.data.table import Rows, Table
from lppn_np.data.waveform_file import DataFormat, WaveformFile, read_array
from lppn_np.errors import InputError


@dataclass(frozen=True, eq=False)
class Part:
    """
    A pair of files, opened.

    Attributes
    ----------
    path : Path
        The metadata file.
    table : Table
        Its usable records.
    waveforms : WaveformFile
        Their waveforms.
    data_format : DataFormat
        What holds for all of them.
    options : Options
        How they are read.
    ledger : Ledger
        What was left out.
    """

    path: Path
    table: Table
    waveforms: WaveformFile
    data_format: DataFormat
    options: Options
    ledger: Ledger

    def __len__(self) -> int:
        return len(self.table)

    def matches(
        self, rows: Rows, split: Collection[str] | None, source: Collection[str] | None, noise: bool | None
    ) -> NDArray[np.bool_]:
        """Which of the rows are of one of the splits, of one of the sources, and noise or not."""
        keep = np.ones(rows.size, dtype=bool)
        if split is not None:
            keep &= self.table.words["split"].isin(rows, split)
        if source is not None:
            keep &= self.table.words["source"].isin(rows, source)
        if noise is not None:
            keep &= self.table.noise[rows] == noise
        return keep

    def read(self, row: int) -> TraceRecord:
        """
        Read one record.

        Raises
        ------
        UnusableRecord
            This record is damaged; it is listed in the ledger.
        InputError
            The whole file cannot be opened any more.
        """
        entry = self.table.entry(row)
        handle = self.waveforms.handle()  # outside: a file that is gone is not the fault of one record
        try:
            group, components = (self.table.words[name][row] for name in ("group", "components"))
            block, place = split_location(self.table.locations[row])
            samples = read_array(handle, f"{group}/{block}", parse_place(place))
            rate = float(self.table.numbers["rate"][row])
            ratio = resampling_ratio(rate, self.options.sampling_rate)
            wanted = self.options.component_order
            data = arrange(samples, self.data_format.dimension_order, components, wanted, ratio)
        except InputError as error:
            self.ledger.skip(entry.name, str(error))
            raise UnusableRecord(entry.name, str(error)) from error
        return TraceRecord(self._inside(entry, data.shape[1]), data)

    def _inside(self, entry: Entry, n_samples: int) -> Entry:
        """Labels at or beyond the end are unknown; only now is it known where the end is."""
        labels = {"P": entry.p_sample, "S": entry.s_sample}
        for phase, sample in labels.items():
            if sample is not None and sample >= n_samples:
                self.ledger.remark(entry.name, outside(phase))
                labels[phase] = None
        if (labels["P"], labels["S"]) == (entry.p_sample, entry.s_sample):
            return entry
        return dataclasses.replace(entry, p_sample=labels["P"], s_sample=labels["S"])


def open_part(pair: Pair, options: Options) -> Part:
    """
    Read the metadata of a pair of files and check them against the waveforms.

    Raises
    ------
    InputError
        One of the files cannot be used.
    """
    waveforms = WaveformFile(pair.hdf5)
    ledger = Ledger()
    table, data_format = read_metadata(pair.csv, waveforms, options, ledger)
    return Part(pair.csv.absolute(), table, waveforms, data_format, options, ledger)

"""One row of metadata, judged: what is usable goes into the table, what is not says why."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lppn_np.data.columns import Columns
from lppn_np.data.ledger import Ledger
from lppn_np.data.locations import granted_samples, parse_place, split_location
from lppn_np.data.options import Options
from lppn_np.data.rates import label_scale
from lppn_np.data.samples import component_rows
from lppn_np.data.table import Row
from lppn_np.data.waveform_file import DataFormat, WaveformFile
from lppn_np.errors import InputError
from lppn_np.optional import require


class RowReader:
    """
    Judges the rows of one metadata file.

    Parameters
    ----------
    columns
        Where in a row to look.
    waveforms
        The hdf5 file.
    data_format
        What holds for every row that does not say otherwise.
    options
        What the caller wants.
    ledger
        Takes the labels that are left out.
    folder
        Name of the data set's folder, the source of rows that name none.
    """

    def __init__(
        self,
        columns: Columns,
        waveforms: WaveformFile,
        data_format: DataFormat,
        options: Options,
        ledger: Ledger,
        folder: str,
    ) -> None:
        self._columns = columns
        self._waveforms = waveforms
        self._names = waveforms.names()
        self._format = data_format
        self._options = options
        self._ledger = ledger
        self._folder = folder
        self._accepted: set[str] = set()  # component orders that have been checked

    def read(self, name: str, location: str, cells: Sequence[str]) -> Row:
        """
        Take what is needed from a row.

        Raises
        ------
        InputError
            The record cannot be used; the message says why.
        """
        columns = self._columns
        group, place = self._find(location)
        rate, scale = self._rate(cells)
        components = self._components(cells)
        samples = granted_samples(place, self._format.dimension_order)
        if math.isnan(samples):
            samples = columns.figure(cells, "samples")
        is_noise = columns.is_noise(cells)
        p_sample = scale * self._label(name, "P", cells, columns.p_places, is_noise, samples)
        s_sample = scale * self._label(name, "S", cells, columns.s_places, is_noise, samples)
        return Row(
            name=name,
            location=location,
            is_noise=is_noise,
            numbers=(p_sample, s_sample, columns.snr_db(cells), columns.figure(cells, "distance"), rate),
            words=(
                columns.split(cells),
                columns.station(cells),
                columns.event(cells),
                columns.text(cells, "source") or self._folder,
                components,
                group,
            ),
        )

    def _find(self, location: str) -> tuple[str, str]:
        """The hdf5 group of a record, and its place in a block."""
        if not location:
            raise InputError("its trace_name is empty")
        block, place = split_location(location)
        parse_place(place)
        for group, names in self._names.items():
            if block in names or ("/" in block and self._waveforms.has(group, block)):
                return group, place
        raise InputError(
            f"not in {self._waveforms.path.name}, which has no {' or '.join(self._names)}/{block}"
        )

    def _rate(self, cells: Sequence[str]) -> tuple[float, float]:
        """Sampling rate of the file, and what its labels are multiplied by."""
        rate = self._columns.rate(cells)
        rate = self._format.sampling_rate if math.isnan(rate) else rate
        if math.isnan(rate):
            raise InputError("its sampling rate is in no trace_sampling_rate_hz, trace_dt_s or data_format")
        scale = label_scale(rate, self._options.sampling_rate)
        if scale != 1:
            require("scipy.signal", "train")  # now, rather than after an hour of training
        return rate, scale

    def _components(self, cells: Sequence[str]) -> str:
        components = self._columns.components(cells) or self._format.component_order
        if not components:
            raise InputError("the order of its components is in no trace_component_order or data_format")
        if components not in self._accepted:
            component_rows(components, self._options.component_order)
            self._accepted.add(components)
        return components

    def _label(
        self,
        name: str,
        phase: str,
        cells: Sequence[str],
        places: Sequence[int],
        is_noise: bool,
        samples: float,
    ) -> float:
        """Arrival in samples of the file, NaN for unknown; whatever is unusable is unknown and counted."""
        try:
            sample = self._columns.earliest(cells, places)
        except ValueError:
            self._ledger.remark(name, f"{phase} label is no number")
            return math.nan
        if math.isnan(sample):
            return sample
        if is_noise:
            self._ledger.remark(name, f"noise record with a {phase} label")
            return math.nan
        if sample < 0 or sample >= samples:
            self._ledger.remark(name, outside(phase))
            return math.nan
        return sample


def outside(phase: str) -> str:
    """The remark about a label before the start or beyond the end, at opening and at reading alike."""
    return f"{phase} label outside the record"

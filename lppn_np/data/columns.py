"""Metadata columns of STEAD and of SeisBench's format: which of them say what."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lppn_np.data.cells import letters, mean_of, number, number_or_nan, word
from lppn_np.data.splits import declared_split
from lppn_np.errors import InputError

#: First arrivals under any name that SeisBench's data sets use, whatever the case. Depth and reflected
#: phases (pP, PmP, SmS) are not here: where one stands alone, the first arrival is another, unknown one.
P_COLUMNS = ("p_arrival_sample", *(f"trace_{kind}_arrival_sample" for kind in ("P", "Pg", "Pn", "Pb", "P1")))
S_COLUMNS = ("s_arrival_sample", *(f"trace_{kind}_arrival_sample" for kind in ("S", "Sg", "Sn", "Sb", "S1")))

#: What is looked for, and the columns that may hold it, the best first.
_CANDIDATES = {
    "name": ("trace_name",),
    "original_name": ("trace_name_original",),
    "split": ("split",),
    "category": ("trace_category",),
    "type": ("source_type",),
    "event": ("source_id",),
    "origin": ("source_origin_time",),
    "network": ("station_network_code", "network_code"),
    "station": ("station_code", "receiver_code"),
    "snr": ("trace_snr_db", "snr_db", "trace_z_snr_db"),
    "distance": ("source_distance_km", "path_ep_distance_km", "path_hyp_distance_km"),
    "source": ("trace_source",),
    "rate": ("trace_sampling_rate_hz",),
    "interval": ("trace_dt_s",),
    "samples": ("trace_npts",),
    "components": ("trace_component_order",),
}


@dataclass(frozen=True)
class Columns:
    """
    Where in a row to look.

    Attributes
    ----------
    n_fields : int
        Cells in a row.
    places : dict of str to int
        Column of each thing that the file has.
    p_places, s_places : tuple of int
        Columns with arrivals.
    """

    n_fields: int
    places: dict[str, int]
    p_places: tuple[int, ...]
    s_places: tuple[int, ...]

    def text(self, cells: Sequence[str], what: str) -> str:
        """One cell, ``""`` if it is blank or the file has no such column."""
        place = self.places.get(what)
        return "" if place is None else word(cells[place])

    def is_noise(self, cells: Sequence[str]) -> bool:
        """Whether the metadata call the record noise."""
        return _says_noise(self.text(cells, "category")) or _says_noise(self.text(cells, "type"))

    def station(self, cells: Sequence[str]) -> str:
        """``NET.STA``, or ``""``."""
        network, station = self.text(cells, "network"), self.text(cells, "station")
        return f"{network}.{station}" if network or station else ""

    def event(self, cells: Sequence[str]) -> str:
        """The event's identity; where it has none, as often in STEAD, its origin time."""
        event = self.text(cells, "event")
        if event:
            return event
        origin = self.text(cells, "origin")
        return f"origin {origin}" if origin else ""

    def split(self, cells: Sequence[str]) -> str:
        """The split that the row declares, or ``""``."""
        return declared_split(self.text(cells, "split"))

    def rate(self, cells: Sequence[str]) -> float:
        """Sampling rate in Hz, NaN if the row says nothing sensible."""
        return _rate(self.text(cells, "rate"), self.text(cells, "interval"))

    def components(self, cells: Sequence[str]) -> str:
        """Component letters of the record, or ``""``."""
        return letters(self.text(cells, "components"))

    def snr_db(self, cells: Sequence[str]) -> float:
        """Mean over the components, NaN if unknown."""
        return mean_of(self.text(cells, "snr"))

    def figure(self, cells: Sequence[str], what: str) -> float:
        """A number that nothing depends on, NaN if unknown."""
        return number_or_nan(self.text(cells, what))

    def earliest(self, cells: Sequence[str], places: Sequence[int]) -> float:
        """The first of the arrivals in some columns, NaN if all are blank.

        Raises
        ------
        ValueError
            A cell holds no number.
        """
        first = math.nan
        for place in places:
            sample = number(cells[place])
            if math.isnan(first) or sample < first:  # no NaN is less than anything
                first = sample
        return first


def find_columns(
    header: Sequence[str], path: Path, p_columns: Sequence[str], s_columns: Sequence[str]
) -> Columns:
    """
    Find the columns of a metadata file in its header.

    Raises
    ------
    InputError
        There is no column of record names.
    """
    titles = [title.strip().lower() for title in header]
    places = {}
    for what, candidates in _CANDIDATES.items():
        found = next((title for title in candidates if title in titles), None)
        if found is not None:
            places[what] = titles.index(found)
    if "name" not in places:
        raise InputError(f"{path}: a column trace_name is expected, found {', '.join(header[:8]) or 'none'}")
    return Columns(len(header), places, _places(titles, p_columns), _places(titles, s_columns))


def require_labels(columns: Columns, path: Path, p_columns: Sequence[str], s_columns: Sequence[str]) -> None:
    """
    Refuse a file without a column of P or of S arrivals, unless none was asked for.

    Raises
    ------
    InputError
        A column is missing: most likely it has another name.
    """
    for phase, wanted, found in (("P", p_columns, columns.p_places), ("S", s_columns, columns.s_places)):
        if wanted and not found:
            raise InputError(
                f"{path}: no column of {phase} arrivals, one of {', '.join(wanted)} is expected; "
                f"name it with {phase.lower()}_columns, or give {phase.lower()}_columns=() if there is none"
            )


def is_stead(header: Sequence[str]) -> bool:
    """Whether a header is STEAD's own rather than SeisBench's."""
    return not {"receiver_code", "p_arrival_sample"}.isdisjoint(title.strip().lower() for title in header)


# Cells that repeat from row to row are judged once: half of the time that opening STEAD takes (measured).
@functools.lru_cache(maxsize=1024)
def _says_noise(text: str) -> bool:
    """Whether noise is one of the words: "noise" and "urban_noise" say so, "noisy" does not."""
    return "noise" in re.split("[^a-z]+", text.lower())


@functools.lru_cache(maxsize=1024)
def _rate(rate: str, interval: str) -> float:
    hertz, seconds = number_or_nan(rate), number_or_nan(interval)
    return 1 / seconds if math.isnan(hertz) and seconds > 0 else hertz


def _places(titles: Sequence[str], wanted: Sequence[str]) -> tuple[int, ...]:
    # Every match: a file may have both trace_p_arrival_sample and trace_P_arrival_sample.
    lower = {title.lower() for title in wanted}
    return tuple(place for place, title in enumerate(titles) if title in lower)

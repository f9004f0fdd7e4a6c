"""Station codes that are safe in a path, and the instruments they name."""

from __future__ import annotations

import re
from typing import NamedTuple

from lppn_np.errors import ArchiveError

#: What a code may hold. No dot and no slash: a code can then be part of a path and never leaves its folder.
LETTERS = "A-Za-z0-9-"
_SIZES = {"network": (1, 8), "station": (1, 8), "location": (0, 8), "band": (2, 2)}


class Instrument(NamedTuple):
    """Three components of one station.

    Attributes
    ----------
    network, station, location : str
        FDSN codes; the location may be empty.
    band : str
        Band and instrument code, such as ``"HH"``.
    """

    network: str
    station: str
    location: str
    band: str

    @property
    def trace_id(self) -> str:
        """``NET.STA.LOC``, the trailing dot kept where there is no location."""
        return f"{self.network}.{self.station}.{self.location}"

    @property
    def name(self) -> str:
        """A name for files: ``NET.STA.LOC.BAND``, ``--`` for no location."""
        return f"{self.network}.{self.station}.{self.location or '--'}.{self.band}"


def check_instrument(instrument: Instrument) -> Instrument:
    """Return the instrument if its codes can be part of a path.

    Raises
    ------
    ArchiveError
        A code is too long, empty, or holds anything but letters, digits and hyphens.

    Examples
    --------
    >>> check_instrument(Instrument("CI", "CCC", "", "HH")).name
    'CI.CCC.--.HH'
    """
    for field, code in instrument._asdict().items():
        least, most = _SIZES[field]
        if not isinstance(code, str) or not re.fullmatch(f"[{LETTERS}]{{{least},{most}}}", code):
            raise ArchiveError(
                f"{field} is {code!r}; {least} to {most} letters, digits or hyphens are expected"
            )
    return instrument

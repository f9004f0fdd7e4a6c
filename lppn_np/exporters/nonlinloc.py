"""NonLinLoc's phase file (NLLOC_OBS), written by obspy, all picks as one event.

NonLinLoc needs an error of every time. The network gives none, so it is nominal: 0.1 s for P, 0.2 s for S.
It passes over a line that begins with ``!`` and no instruction that it knows; such lines say what made the
picks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.exporters.event import event_of, written
from lppn_np.exporters.format import Format
from lppn_np.provenance import provenance_of

if TYPE_CHECKING:
    from lppn_np.picks import Pick

ERRORS = {"P": 0.1, "S": 0.2}


def _encode(picks: Sequence[Pick]) -> bytes:
    origins = provenance_of(picks)
    remarks = "".join(f"! {each.made_by}\n! sha256 {each.sha256}\n" for each in origins).encode()
    if not picks:  # obspy 1.5 fails on an event without picks
        return remarks
    return remarks + written(event_of(picks, "nonlinloc", ERRORS), "NLLOC_OBS")


NONLINLOC = Format("nonlinloc", ("obs", "nll"), _encode)

"""NonLinLoc's phase file (NLLOC_OBS), written by obspy, all picks as one event.

NonLinLoc needs an error of every time. The network gives none, so it is nominal: 0.1 s for P, 0.2 s for S.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.exporters.event import event_of, written
from lppn_np.exporters.format import Format

if TYPE_CHECKING:
    from lppn_np.picks import Pick

ERRORS = {"P": 0.1, "S": 0.2}


def _encode(picks: Sequence[Pick]) -> bytes:
    if not picks:  # obspy 1.5 fails on an event without picks
        return b""
    return written(event_of(picks, "nonlinloc", ERRORS), "NLLOC_OBS")


NONLINLOC = Format("nonlinloc", ("obs", "nll"), _encode)

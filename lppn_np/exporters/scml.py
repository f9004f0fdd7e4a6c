"""SeisComP's XML (SCML), written by obspy: free-standing picks, as scautoloc and scdispatch take them.

obspy's own reader sees only picks that an origin refers to, and there is no origin yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.exporters.event import event_of, written
from lppn_np.exporters.format import Format

if TYPE_CHECKING:
    from lppn_np.picks import Pick


def _encode(picks: Sequence[Pick]) -> bytes:
    return written(event_of(picks, "scml"), "SCML", event_removal=True)


SCML = Format("scml", ("scml",), _encode)

"""QuakeML 1.2, written by obspy: one event without an origin; probabilities are comments of the picks.

What made a pick is its ``methodID`` and ``creationInfo``; the event's comments have it with thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.exporters.event import event_of, written
from lppn_np.exporters.format import Format

if TYPE_CHECKING:
    from lppn_np.picks import Pick


def _encode(picks: Sequence[Pick]) -> bytes:
    return written(event_of(picks, "quakeml"), "QUAKEML")


QUAKEML = Format("quakeml", ("xml", "qml", "quakeml"), _encode)

"""PyOcto's CSV: ``station,phase,time``, time in seconds since 1970, or of whatever origin numbers have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.exporters.codes import p_or_s
from lppn_np.exporters.format import Format, table_text
from lppn_np.exporters.times import epoch_ns, is_relative, seconds_text

if TYPE_CHECKING:
    from lppn_np.picks import Pick


def _seconds(pick: Pick) -> str:
    time = pick.peak_time
    return f"{time:.6f}" if is_relative(time) else seconds_text(epoch_ns(time, "pyocto"))


def _encode(picks: Sequence[Pick]) -> bytes:
    rows = ([pick.trace_id, p_or_s(pick), _seconds(pick)] for pick in picks)
    return table_text(("station", "phase", "time"), rows)


PYOCTO = Format("pyocto", (), _encode)

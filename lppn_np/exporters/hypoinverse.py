"""HypoInverse's phase file in the Y2000 station format, one line a pick, 120 columns.

Picks are not events: all of them are one block that ends with an empty line. Locate with it after an
associator has said which picks belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.errors import InputError
from lppn_np.exporters.codes import codes_of, p_or_s
from lppn_np.exporters.format import Format
from lppn_np.exporters.times import SECOND, epoch_ns, rounded, utc

if TYPE_CHECKING:
    from lppn_np.picks import Pick

_MINUTE = 60 * SECOND
#: Least probability of weight codes 0 (full weight) to 3; below is 4 (no weight).
_WEIGHTS = (0.8, 0.6, 0.4, 0.2)
_WIDTH = 120


def weight_code(probability: float | None) -> int:
    """HypoInverse's 0 (best) to 4 (unused) for a probability."""
    value = 1.0 if probability is None else probability
    return next((code for code, least in enumerate(_WEIGHTS) if value >= least), 4)


def _line(pick: Pick) -> str:
    network, station, location = codes_of(pick, "hypoinverse")
    if len(station) > 5 or len(network) > 2 or len(location) > 2:
        raise InputError(
            f"the format 'hypoinverse' has 5, 2 and 2 characters for station, network and location; "
            f"{pick.trace_id!r} does not fit"
        )
    time = rounded(epoch_ns(pick.peak_time, "hypoinverse"), SECOND // 100)
    minute = time // _MINUTE * _MINUTE
    hundredths = (time - minute) * 100 // SECOND
    columns = [" "] * _WIDTH

    def put(first: int, text: str) -> None:
        columns[first - 1 : first - 1 + len(text)] = text

    put(1, station)
    put(6, network)
    put(18, f"{utc(minute):%Y%m%d%H%M}")
    put(111, location)
    if p_or_s(pick) == "S":
        put(42, f"{hundredths:5d}")
        put(47, " S")
        put(50, str(weight_code(pick.peak_value)))
    else:
        put(14, " P")
        put(17, str(weight_code(pick.peak_value)))
        put(30, f"{hundredths:5d}")
    return "".join(columns).rstrip()


def _encode(picks: Sequence[Pick]) -> bytes:
    return ("\n".join([*(_line(pick) for pick in picks), ""]) + "\n").encode("ascii", "replace")


HYPOINVERSE = Format("hypoinverse", ("arc", "phs"), _encode)

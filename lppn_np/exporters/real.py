"""REAL's folder: ``YYYYMMDD/NET.STA.P.txt``, lines of seconds since midnight, probability, amplitude.

REAL wants the amplitude in millimetres, of a Wood-Anderson record, for its magnitudes. The picker does not
know the instrument, so it writes 0, which REAL's own scripts use where there is none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lppn_np.errors import InputError
from lppn_np.exporters.codes import codes_of, p_or_s
from lppn_np.exporters.format import Format
from lppn_np.exporters.times import DAY, SECOND, epoch_ns, rounded, seconds_text, utc

if TYPE_CHECKING:
    from lppn_np.picks import Pick

#: Codes become names of files.
_CODE = re.compile("[A-Za-z0-9_-]+")


def _encode(picks: Sequence[Pick]) -> dict[str, bytes]:
    lines: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for pick in picks:
        codes = codes_of(pick, "real")
        if not (_CODE.fullmatch(codes.network) and _CODE.fullmatch(codes.station)):
            raise InputError(
                f"the format 'real' names files by network and station; {pick.trace_id!r} does not do"
            )
        time = rounded(epoch_ns(pick.peak_time, "real"), SECOND // 10_000)
        probability = 1.0 if pick.peak_value is None else pick.peak_value
        name = f"{utc(time):%Y%m%d}/{codes.network}.{codes.station}.{p_or_s(pick)}.txt"
        lines[name].append((time, f"{seconds_text(time % DAY, 4)} {probability:.3f} 0.0\n"))
    return {
        name: "".join(line for _, line in sorted(found)).encode() for name, found in sorted(lines.items())
    }


REAL = Format("real", (), _encode, folder=True)

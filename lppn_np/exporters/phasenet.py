"""PhaseNet's CSV: ``station_id,begin_time,phase_index,phase_time,phase_score,phase_type``.

A pick does not know the record that it came from. ``begin_time`` is therefore midnight (UTC) of its day and
``phase_index`` counts samples of 100 Hz from there, so that a row agrees with itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lppn_np.exporters.codes import amplitude_of, p_or_s, with_amplitudes
from lppn_np.exporters.format import Format, table_text
from lppn_np.exporters.times import DAY, SECOND, epoch_ns, iso_text, rounded

if TYPE_CHECKING:
    from lppn_np.picks import Pick

COLUMNS = ("station_id", "begin_time", "phase_index", "phase_time", "phase_score", "phase_type")
_MILLISECOND = SECOND // 1000
_SAMPLE = SECOND // 100


def _rows(picks: Sequence[Pick], amplitudes: bool) -> Iterator[list[Any]]:
    for pick in picks:
        time = rounded(epoch_ns(pick.peak_time, "phasenet"), _MILLISECOND)
        midnight = time // DAY * DAY
        index = rounded(time - midnight, _SAMPLE) // _SAMPLE
        score = "" if pick.peak_value is None else f"{pick.peak_value:.3f}"
        row = [pick.trace_id, iso_text(midnight), index, iso_text(time), score, p_or_s(pick)]
        if amplitudes:
            amplitude = amplitude_of(pick)
            row.append("" if amplitude is None else f"{amplitude:.6e}")
        yield row


def _encode(picks: Sequence[Pick]) -> bytes:
    amplitudes = with_amplitudes(picks)
    columns = (*COLUMNS, "phase_amplitude") if amplitudes else COLUMNS
    return table_text(columns, _rows(picks, amplitudes))


PHASENET = Format("phasenet", (), _encode)

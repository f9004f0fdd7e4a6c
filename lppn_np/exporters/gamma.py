"""GaMMA's CSV: ``id,timestamp,prob,type``, and ``amp`` where the picks carry amplitudes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lppn_np.exporters.codes import amplitude_of, p_or_s, with_amplitudes
from lppn_np.exporters.format import Format, table_text
from lppn_np.exporters.times import epoch_ns, iso_text

if TYPE_CHECKING:
    from lppn_np.picks import Pick


def _rows(picks: Sequence[Pick], amplitudes: bool) -> Iterator[list[Any]]:
    for pick in picks:
        time = iso_text(epoch_ns(pick.peak_time, "gamma"))
        probability = 1.0 if pick.peak_value is None else pick.peak_value  # it is a weight, never empty
        row = [pick.trace_id, time, f"{probability:.3f}", p_or_s(pick).lower()]
        if amplitudes:
            amplitude = amplitude_of(pick)
            row.append("" if amplitude is None else f"{amplitude:.6e}")
        yield row


def _encode(picks: Sequence[Pick]) -> bytes:
    amplitudes = with_amplitudes(picks)
    columns = ["id", "timestamp", "prob", "type"] + ["amp"] * amplitudes
    return table_text(columns, _rows(picks, amplitudes))


GAMMA = Format("gamma", (), _encode)

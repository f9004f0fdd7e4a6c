"""Names of stations and phases, as file formats want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lppn_np.errors import InputError

if TYPE_CHECKING:
    from lppn_np.picks import Pick


class Codes(NamedTuple):
    """Parts of a ``trace_id``."""

    network: str
    station: str
    location: str


def codes_of(pick: Pick, format_name: str) -> Codes:
    """Split ``NET.STA.LOC``; a name without dots is a station.

    Raises
    ------
    InputError
        No station code, or too many dots.
    """
    parts = pick.trace_id.split(".")
    codes = Codes("", parts[0], "") if len(parts) == 1 else Codes(*(*parts, "")[:3])
    if not codes.station or len(parts) > 3:
        raise InputError(
            f"the format {format_name!r} needs a station; a pick's trace_id is {pick.trace_id!r}, "
            "NET.STA.LOC is expected"
        )
    return codes


def p_or_s(pick: Pick) -> str:
    """``"P"`` for P, Pg and Pn, ``"S"`` for S, Sg and Sn: associators know no others."""
    return (pick.phase or "?")[0].upper()


def amplitude_of(pick: Pick) -> float | None:
    """Amplitude in the unit of the record, where the picks carry it."""
    value = getattr(pick, "amplitude", None)
    return None if value is None or value != value else float(value)


def with_amplitudes(picks: object) -> bool:
    """Whether any of the picks carries an amplitude."""
    return any(amplitude_of(pick) is not None for pick in picks)  # type: ignore[attr-defined]

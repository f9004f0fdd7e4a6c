"""Picks as one obspy Event, for the formats that obspy writes."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lppn_np.exporters.codes import amplitude_of, codes_of
from lppn_np.exporters.times import epoch_ns
from lppn_np.optional import require
from lppn_np.provenance import SOFTWARE, UNNAMED, Provenance, provenance_of

if TYPE_CHECKING:
    from lppn_np.picks import Pick

_AUTHORITY = "smi:local/lppn-np"
#: QuakeML's longest author; of a name so much that SeisComP's 255 characters of a method are enough.
_AUTHOR_LENGTH, _NAME_LENGTH = 128, 100
#: What QuakeML's identifiers do not hold.
_FOREIGN = re.compile(r"[^\w\-.*()+?~'=,;]", re.ASCII)


def event_of(picks: Sequence[Pick], format_name: str, uncertainty: dict[str, float] | None = None) -> Any:
    """Return a Catalog with one Event that holds all the picks, and no origin: picks are not events.

    Identifiers come from the picks, so that the same picks make the same file.

    Parameters
    ----------
    picks : sequence of Pick
    format_name : str
        For what is said about picks that do not do.
    uncertainty : dict of str to float, optional
        Seconds, by ``"P"`` and ``"S"``.
    """
    event = require("obspy.core.event", "waveforms")
    name = hashlib.sha256(repr([_key(pick, format_name) for pick in picks]).encode()).hexdigest()[:16]
    found = event.Event(resource_id=event.ResourceIdentifier(f"{_AUTHORITY}/event/{name}"))
    for origin in provenance_of(picks):
        found.comments.append(event.Comment(text=str(origin), force_resource_id=False))
        found.creation_info = found.creation_info or _creation_info(event, origin)
    for index, pick in enumerate(picks):
        identifier = event.ResourceIdentifier(f"{_AUTHORITY}/pick/{name}/{index}")
        found.picks.append(_pick(event, pick, identifier, format_name, uncertainty))
        amplitude = amplitude_of(pick)
        if amplitude is not None:
            found.amplitudes.append(
                event.Amplitude(
                    resource_id=event.ResourceIdentifier(f"{_AUTHORITY}/amplitude/{name}/{index}"),
                    generic_amplitude=amplitude,
                    pick_id=identifier,
                    waveform_id=found.picks[-1].waveform_id,
                    evaluation_mode="automatic",
                    method_id=found.picks[-1].method_id,
                    creation_info=found.picks[-1].creation_info,
                )
            )
    return event.Catalog([found], resource_id=event.ResourceIdentifier(f"{_AUTHORITY}/catalog/{name}"))


def written(catalog: Any, obspy_name: str, **options: Any) -> bytes:
    """What obspy writes."""
    buffer = io.BytesIO()
    catalog.write(buffer, format=obspy_name, **options)
    return buffer.getvalue()


def _key(pick: Pick, format_name: str) -> tuple[Any, ...]:
    key = pick.trace_id, pick.phase, epoch_ns(pick.peak_time, format_name), pick.peak_value
    return (*key, str(pick.provenance)) if pick.provenance else key


def method_of(origin: Provenance | None) -> str:
    """Identifier of what makes picks: version, name and sha256 of the weights are parts of it."""
    if origin is None:
        return f"{_AUTHORITY}/method/LPPN"
    name = _FOREIGN.sub("_", origin.weights)[:_NAME_LENGTH] or UNNAMED
    return f"{_AUTHORITY}/method/LPPN/{origin.version}/{name}/{origin.sha256}"


def _creation_info(event: Any, origin: Provenance | None) -> Any:
    if origin is None:
        return None
    return event.CreationInfo(
        author=f"{SOFTWARE} weights {origin.weights or UNNAMED}"[:_AUTHOR_LENGTH],
        author_uri=event.ResourceIdentifier(method_of(origin)),
        version=origin.version,
    )


def _pick(
    event: Any, pick: Pick, identifier: Any, format_name: str, uncertainty: dict[str, float] | None
) -> Any:
    codes = codes_of(pick, format_name)
    made = event.Pick(
        resource_id=identifier,
        time=require("obspy", "waveforms").UTCDateTime(ns=epoch_ns(pick.peak_time, format_name)),
        waveform_id=event.WaveformStreamID(codes.network, codes.station, codes.location),
        phase_hint=pick.phase,
        evaluation_mode="automatic",
        method_id=event.ResourceIdentifier(method_of(pick.provenance)),
        creation_info=_creation_info(event, pick.provenance),
    )
    if uncertainty:
        made.time_errors.uncertainty = uncertainty["S" if (pick.phase or "P").startswith("S") else "P"]
    if pick.peak_value is not None:
        remark = event.Comment(text=f"probability {pick.peak_value:.3f}", force_resource_id=False)
        made.comments.append(remark)
    return made

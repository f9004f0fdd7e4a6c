"""Which of the instruments that share a NET.STA.LOC is picked."""

from __future__ import annotations

import numpy as np

from lppn_np.waveforms.segments import Segment

#: Broad-band before short-period before strong-motion; the higher rate of two broad-bands.
PREFERRED = ("HH", "BH", "EH", "HN")
#: Hz. Local P and S of small earthquakes are at 2 to 20 Hz: nothing of them is left in slower channels.
LEAST_RATE = 5.0


def choose_instrument(
    instruments: dict[str, list[Segment]], component_order: str, strict: bool
) -> tuple[str | None, list[str]]:
    """
    Choose the instrument of a station that is picked.

    Parameters
    ----------
    instruments
        Segments by band and instrument code.
    component_order
        E, N and Z in any order.
    strict
        Leave out instruments that lack a component.

    Returns
    -------
    instrument : str or None
        None where none can be used.
    dropped : list of str
        The others, and why.

    Examples
    --------
    >>> choose_instrument({}, "ENZ", strict=False)
    (None, [])
    """
    dropped, usable = [], []
    for code, segments in sorted(instruments.items()):
        reason = _why_not(segments, component_order, strict)
        if reason:
            dropped.append(f"{_name(code)}: {reason}")
        else:
            usable.append(code)
    if not usable:
        return None, dropped
    chosen = min(usable, key=lambda code: _rank(code, instruments[code]))
    dropped += [f"{_name(code)}: {_name(chosen)} is preferred" for code in usable if code != chosen]
    return chosen, dropped


def _why_not(segments: list[Segment], component_order: str, strict: bool) -> str:
    missing = [c for c in component_order if all(s.component != c for s in segments)]
    if strict and missing:
        return f"no component {', '.join(missing)} (strict)"
    slowest = min(segment.sampling_rate for segment in segments)
    if slowest < LEAST_RATE:
        return f"sampled at {slowest:g} Hz, at least {LEAST_RATE:g} Hz are needed"
    return "" if any(_has_data(segment) for segment in segments) else "no data, only masked samples or NaN"


def _has_data(segment: Segment) -> bool:
    samples = segment.samples
    if isinstance(samples, np.ma.MaskedArray):
        samples = samples.compressed()
    return samples.size > 0 and (samples.dtype.kind != "f" or not np.isnan(samples).all())


def _rank(code: str, segments: list[Segment]) -> tuple[int, float, str]:
    place = PREFERRED.index(code) if code in PREFERRED else len(PREFERRED)
    return place, -max(segment.sampling_rate for segment in segments), code


def _name(code: str) -> str:
    return code or "channels of one letter"

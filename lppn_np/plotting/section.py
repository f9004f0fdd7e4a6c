"""A record section: one trace a station, the picks across it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lppn_np.errors import InputError
from lppn_np.plotting.panel import Float, Panel
from lppn_np.plotting.style import WAVEFORM, bare, colour_of, date_axis, new_figure, phase_legend
from lppn_np.provenance import gathered, mark

_DAY = 86_400.0
#: Seconds from which on one large event would make all the others flat: it is clipped.
LONG = 600.0
#: Height of a pick's mark, in rows.
_MARK = 0.42


def plot_section(
    panels: Sequence[Panel], distances: Mapping[str, float] | None = None, keep_order: bool = False
) -> Any:
    """Draw the vertical component of every station, each at its own scale.

    Parameters
    ----------
    panels : sequence of Panel
    distances : mapping of str to float, optional
        Kilometres, by ``trace_id`` or ``NET.STA``: the order from below, and what is written beside the name.
        Without them the order is by name, from above.
    keep_order : bool
        The panels are in order already, from below.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        There are no panels.
    """
    if not panels:
        raise InputError("there is nothing to draw: no records")
    far = {panel.title: _distance(panel, distances) for panel in panels}
    ordered = list(panels)
    if not keep_order:
        ordered.sort(key=lambda panel: (far[panel.title] or 0.0, panel.title), reverse=distances is None)
    figure = new_figure(11, min(2.0 + 0.55 * len(panels), 16.0))
    axis = figure.subplots()
    for row, panel in enumerate(ordered):
        _draw_trace(axis, row, panel)
    names = [p.title if far[p.title] is None else f"{p.title}\n{far[p.title]:.0f} km" for p in ordered]
    axis.set_yticks(range(len(ordered)), names)
    axis.set_ylim(-0.7, len(ordered) - 0.3)
    bare(axis)
    axis.margins(x=0.005)
    if any(panel.start is not None for panel in panels):
        date_axis(axis)
    else:
        axis.set_xlabel("days")
    counts = {p: sum(a[1][:1] == p for panel in panels for a in panel.arrivals) for p in ("P", "S")}
    phase_legend(axis, counts, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return mark(figure, gathered(*(panel.provenance for panel in panels)))


def scaled(row: Float, share: float = 1.0) -> Float:
    """A row without its median, the largest (or the given quantile) of its magnitudes one; clipped there."""
    alive = np.isfinite(row)
    if not alive.any():
        return row
    values = row - np.median(row[alive])
    magnitude = np.quantile(np.abs(values[alive]), share)
    if magnitude > 0:
        values = values / magnitude
    return np.clip(values, -1, 1)


def _draw_trace(axis: Any, row: int, panel: Panel) -> None:
    origin = 0.0 if panel.start is None else panel.start.timestamp() / _DAY
    values = scaled(panel.vertical(), 0.98 if panel.duration > LONG else 0.9995)
    axis.plot(origin + panel.seconds / _DAY, row + 0.45 * values, color=WAVEFORM, linewidth=0.5, zorder=2)
    for phase in sorted({arrival[1] for arrival in panel.arrivals}):
        times = [origin + time / _DAY for time, name, _ in panel.arrivals if name == phase]
        axis.vlines(
            times, row - _MARK, row + _MARK, color=colour_of(phase), linewidth=1.1, zorder=3, alpha=0.85
        )


def _distance(panel: Panel, distances: Mapping[str, float] | None) -> float | None:
    if distances is None:
        return None
    station = ".".join(panel.trace_id.split(".")[:2])
    return distances.get(panel.trace_id, distances.get(station))

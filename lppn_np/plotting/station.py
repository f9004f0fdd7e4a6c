"""One record: three components with the picks, and the probabilities of the segments below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.plotting.panel import Arrival, Float, Panel, thin
from lppn_np.plotting.style import WAVEFORM, colour_of, date_axis, new_figure, phase_legend
from lppn_np.provenance import mark

#: Picks that are labelled at most: more labels would hide each other.
_MAX_LABELS = 12
#: Points a component: a line of more only makes the file large.
_POINTS = 12_000
#: Seconds from which on the axis shows dates.
_LONG = 600.0
_DAY = 86_400.0


def plot_record(
    data: NDArray[np.floating[Any]],
    sampling_rate: float,
    component_order: str,
    arrivals: Sequence[Arrival],
    curves: dict[str, Float],
    stride: int,
    title: str,
    thresholds: dict[str, float],
) -> Any:
    """Draw three components with the picks, and the class probabilities of the segments below.

    Parameters
    ----------
    data : ndarray, shape (3, n_samples)
        NaN where there is no data.
    sampling_rate : float
        Hz.
    component_order : str
        What the rows are.
    arrivals : sequence of (float, str, float)
        Seconds after the first sample, phase, probability.
    curves : dict of str to ndarray, shape (n_segments,)
        Probability a segment, by phase.
    stride : int
        Samples in a segment.
    title : str
        Above the picture.
    thresholds : dict of str to float
        Drawn across the probabilities, by phase.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    seconds, rows = thin(data, sampling_rate)
    duration = data.shape[1] / sampling_rate
    segment = stride / sampling_rate
    panel = Panel(
        title, "", None, duration, component_order, seconds, rows, list(arrivals), curves, segment, thresholds
    )
    return plot_station(panel)


def plot_station(panel: Panel) -> Any:
    """Draw one panel.

    Parameters
    ----------
    panel : Panel
        Without curves, the probabilities of the picks are drawn as stems.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(10, 6.5)
    axes = figure.subplots(4, 1, sharex=True)
    dated = panel.start is not None and panel.duration > _LONG
    scale, origin = (1 / _DAY, _day_number(panel)) if dated else (1.0, 0.0)
    seconds, rows = panel.thinned(_POINTS)
    for axis, row, component in zip(axes[:3], rows, panel.components, strict=True):
        axis.plot(origin + seconds * scale, row, color=WAVEFORM, linewidth=0.6)
        axis.set_ylabel(component, rotation=0, labelpad=12)
        axis.margins(x=0)
    _draw_probabilities(axes[3], panel, origin, scale)
    few = len(panel.arrivals) <= _MAX_LABELS
    for axis in axes:
        axis.tick_params(labelsize=9)
        for time, phase, _ in panel.arrivals:
            # Behind the waveform, whose onset it would hide.
            width = 1.2 if few else 0.7
            axis.axvline(origin + time * scale, color=colour_of(phase), linewidth=width, alpha=0.7, zorder=1)
    if few:
        _label_arrivals(axes[0], panel.arrivals, origin, scale)
    figure.align_ylabels(axes)
    axes[3].set_xlim(origin, origin + max(panel.duration, 1e-3) * scale)
    if dated:
        date_axis(axes[3])
    else:
        axes[3].set_xlabel("seconds after the first sample")
    start = "" if panel.start is None else f"  {panel.start.isoformat(' ', 'milliseconds')[:23]} UTC"
    figure.suptitle(panel.title + start)
    return mark(figure, panel.provenance)


def _day_number(panel: Panel) -> float:
    """Matplotlib's unit of dates: days since 1970."""
    assert panel.start is not None
    return panel.start.timestamp() / _DAY


def _label_arrivals(axis: Any, arrivals: Sequence[Arrival], origin: float, scale: float) -> None:
    """Above the axis, P to the left of its line and S to the right: a P and its S are often close."""
    for time, phase, _ in arrivals:
        axis.annotate(
            f"{phase} {time:.2f} s",
            (origin + time * scale, 1.04),
            xycoords=("data", "axes fraction"),
            horizontalalignment="left" if phase.startswith("S") else "right",
            color=colour_of(phase),
            fontsize=9,
        )


def _draw_probabilities(axis: Any, panel: Panel, origin: float, scale: float) -> None:
    """One step a segment: the network says nothing finer about the class."""
    for index, (phase, curve) in enumerate(panel.curves.items()):
        colour = colour_of(phase)
        edges = origin + np.arange(len(curve) + 1) * panel.segment * scale
        style = ("-", "--", ":")[index // 2 % 3]
        width = 1.5 if len(curve) < 5000 else 0.7
        axis.stairs(curve, edges, color=colour, linestyle=style, linewidth=width, label=phase, baseline=None)
        axis.axhline(panel.thresholds[phase], color=colour, linewidth=0.6, linestyle=(0, (1, 3)))
    axis.set_ylim(0, 1.05)
    axis.set_ylabel("probability")
    if panel.curves:
        axis.legend(loc="upper right", fontsize=8, ncols=len(panel.curves), framealpha=0.8)
        return
    for time, phase, probability in panel.arrivals:
        axis.plot(origin + time * scale, probability, "o", color=colour_of(phase), markersize=4)
    counts = {p: sum(a[1][:1] == p for a in panel.arrivals) for p in ("P", "S")}
    phase_legend(axis, {p: n for p, n in counts.items() if n}, loc="lower right", ncols=2)

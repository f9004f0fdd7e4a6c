"""Pictures, with matplotlib where it is installed; nothing here touches pyplot or a screen."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.optional import require

#: P and S, told apart by people who do not see red and green.
_COLOURS = {"P": "#0072b2", "S": "#d55e00"}
_WAVEFORM = "#333333"
#: Samples drawn at most: a line of more points only makes the file large.
_MAX_POINTS = 20_000
#: Picks that are labelled at most: more labels would hide each other.
_MAX_LABELS = 12


def plot_record(
    data: NDArray[np.floating[Any]],
    sampling_rate: float,
    component_order: str,
    arrivals: Sequence[tuple[float, str, float]],
    curves: dict[str, NDArray[np.floating[Any]]],
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
    figure = require("matplotlib.figure", "plot").Figure(figsize=(10, 6.5), dpi=120, layout="constrained")
    figure.get_layout_engine().set(hspace=0.01, h_pad=0.04)
    axes = figure.subplots(4, 1, sharex=True)
    seconds = np.arange(data.shape[1]) / sampling_rate
    for axis, row, component in zip(axes, data, component_order, strict=False):
        _draw_component(axis, seconds, row, component)
    _draw_probabilities(axes[3], curves, stride / sampling_rate, thresholds)
    for axis in axes:
        axis.tick_params(labelsize=9)
        for time, phase, _ in arrivals:
            # Behind the waveform, whose onset it would hide.
            axis.axvline(time, color=_colour(phase), linewidth=1.2, alpha=0.7, zorder=1)
    if len(arrivals) <= _MAX_LABELS:
        _label_arrivals(axes[0], arrivals)
    figure.align_ylabels(axes)
    axes[3].set_xlabel("seconds after the first sample")
    axes[3].set_xlim(0, seconds[-1] if len(seconds) > 1 else 1)
    figure.suptitle(title)
    return figure


def save_figure(figure: Any, path: str | os.PathLike[str]) -> None:
    """Write a figure as PNG, PDF or SVG, by its suffix.

    Raises
    ------
    InputError
        Another suffix, or a path that cannot be written.
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".").lower()
    if kind not in ("png", "pdf", "svg"):
        raise InputError(f"{path}: pictures are written as .png, .pdf or .svg")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind)
    atomic_write(path, buffer.getvalue(), InputError)


def _draw_component(axis: Any, seconds: NDArray[Any], row: NDArray[np.floating[Any]], component: str) -> None:
    step = max(1, len(row) // _MAX_POINTS)
    axis.plot(seconds[::step], row[::step], color=_WAVEFORM, linewidth=0.6)
    axis.set_ylabel(component, rotation=0, labelpad=12)
    axis.margins(x=0)


def _label_arrivals(axis: Any, arrivals: Sequence[tuple[float, str, float]]) -> None:
    """Above the axis, P to the left of its line and S to the right: a P and its S are often close."""
    for time, phase, _ in arrivals:
        axis.annotate(
            f"{phase} {time:.2f} s",
            (time, 1.04),
            xycoords=("data", "axes fraction"),
            horizontalalignment="left" if phase.startswith("S") else "right",
            color=_colour(phase),
            fontsize=9,
        )


def _draw_probabilities(
    axis: Any, curves: dict[str, NDArray[np.floating[Any]]], segment: float, thresholds: dict[str, float]
) -> None:
    """One step a segment: the network says nothing finer about the class."""
    for index, (phase, curve) in enumerate(curves.items()):
        colour = _colour(phase)
        edges = np.arange(len(curve) + 1) * segment
        style = ("-", "--", ":")[index // 2 % 3]
        axis.stairs(curve, edges, color=colour, linestyle=style, label=phase, baseline=None)
        axis.axhline(thresholds[phase], color=colour, linewidth=0.6, linestyle=(0, (1, 3)))
    axis.set_ylim(0, 1.05)
    axis.set_ylabel("probability")
    axis.legend(loc="upper right", fontsize=8, ncols=len(curves), framealpha=0.8)


def _colour(phase: str) -> str:
    return _COLOURS.get(phase[:1], "#000000")

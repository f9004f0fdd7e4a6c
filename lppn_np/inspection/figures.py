"""Pictures of what an arrival depends on and how far an output sees; matplotlib is asked for when needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inspection.fields import EffectiveField
from lppn_np.inspection.sensitivity import Saliency
from lppn_np.inspection.silencing import Occlusion
from lppn_np.optional import require

#: Told apart by people who do not see red and green; dark grey for waveforms.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_WAVEFORM = "#333333"
#: Seconds around an answer that are drawn.
_AROUND = (4.5, 4.5)


def plot_reasons(
    saliency: Saliency,
    occlusion: Occlusion,
    stride: int,
    sampling_rate: float,
    component_order: str,
    field: tuple[int, int],
    title: str = "",
) -> Any:
    """Draw a window with the saliency of its samples, and below what silence on each stretch does.

    Parameters
    ----------
    saliency, occlusion : Saliency, Occlusion
        Of one target and one window.
    stride : int
        Samples in a segment.
    sampling_rate : float
        Hz.
    component_order : str
        What the rows are.
    field : (int, int)
        First and last sample of the theoretical receptive field, for instance from
        :func:`lppn_np.network.receptive_field.reach`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    figure = _figure(9.5, 6.6)
    axes = figure.subplots(4, 1, sharex=True, height_ratios=(1, 1, 1, 1.5))
    segment = (
        saliency.target.segment * stride / sampling_rate,
        (saliency.target.segment + 1) * stride / sampling_rate,
    )
    seconds = np.arange(saliency.x.shape[1]) / sampling_rate
    largest = np.abs(saliency.gradient).max() or 1.0
    for axis, name, wave, gradient in zip(axes, component_order, saliency.x, saliency.gradient, strict=False):
        top = np.abs(wave).max() or 1.0
        axis.fill_between(
            seconds, gradient / largest, color=_COLOURS[1], alpha=0.75, linewidth=0, label="saliency"
        )
        axis.plot(seconds, wave / top, color=_WAVEFORM, linewidth=0.7, label="waveform")
        axis.set_ylabel(name, rotation=0, labelpad=10)
        axis.set_ylim(-1.08, 1.08)
        axis.set_yticks([])
    axes[0].legend(loc="upper left", fontsize=8, ncols=2, framealpha=0.85)
    _draw_drops(axes[3], occlusion, component_order, sampling_rate)
    for axis in axes:
        axis.axvspan(*segment, color=_COLOURS[0], alpha=0.18, linewidth=0)
        for edge in field:
            axis.axvline(edge / sampling_rate, color="#888888", linewidth=0.8, linestyle=(0, (4, 3)))
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=9)
    axes[3].set_xlim(max(segment[0] - _AROUND[0], 0), min(segment[0] + _AROUND[1], seconds[-1]))
    axes[3].set_xlabel("seconds of the window")
    figure.suptitle(title, fontsize=11)
    return figure


def plot_fields(
    fields: Mapping[str, EffectiveField], sampling_rate: float, share: float = 0.95, title: str = ""
) -> Any:
    """Draw effective receptive fields over the theoretical one.

    Parameters
    ----------
    fields : mapping of str to EffectiveField
        By what the legend calls them; of one value of one network, so that the theoretical field is one.
    sampling_rate : float
        Hz.
    share : float
        Of the strength, whose width the legend gives.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    figure = _figure(9.5, 4.4)
    axis = figure.subplots()
    for colour, (name, field) in zip(_COLOURS, fields.items(), strict=False):
        away = (np.arange(len(field.strength)) - field.centre) / sampling_rate
        width = field.width(share) / sampling_rate
        label = f"{name}: {100 * share:.0f} % within {width:.2f} s"
        axis.plot(away, _smoothed(field.strength), color=colour, linewidth=1.1, label=label)
    field = next(iter(fields.values()))
    ends = [(edge - field.centre) / sampling_rate for edge in field.theoretical]
    wide = f"theoretical: {field.theoretical_width / sampling_rate:.2f} s"
    axis.axvspan(*ends, color="#888888", alpha=0.15, linewidth=0, label=wide)
    axis.set_yscale("log")
    top = max(float(_smoothed(found.strength).max()) for found in fields.values())
    axis.set_ylim(1e-6 * top, 2 * top)
    margin = 0.1 * (ends[1] - ends[0])
    axis.set_xlim(ends[0] - margin, ends[1] + margin)
    axis.set_xlabel("seconds from the middle of the window")
    axis.set_ylabel("share of the gradient a sample (log)")
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=9)
    axis.legend(loc="upper left", fontsize=8, framealpha=0.85)
    axis.set_title(title, fontsize=11)
    return figure


def _draw_drops(axis: Any, occlusion: Occlusion, component_order: str, sampling_rate: float) -> None:
    """One line a component and one for all, at the middle of the silenced stretch."""
    middle = (occlusion.starts + occlusion.width / 2) / sampling_rate
    names = (*component_order, "all three")
    for name, drops, colour in zip(names, occlusion.drops, (*_COLOURS[1:], _WAVEFORM), strict=True):
        axis.plot(middle, drops, color=colour, linewidth=1.6 if name == "all three" else 1.0, label=name)
    axis.axhline(0, color="#bbbbbb", linewidth=0.6)
    axis.set_ylabel(f"fall of the\n{occlusion.target.quantity.replace('_', '-')}", fontsize=9)
    legend = f"{occlusion.width / sampling_rate:.2f} s silenced on"
    axis.legend(loc="upper left", fontsize=8, ncols=4, framealpha=0.85, title=legend, title_fontsize=8)


def _smoothed(strength: NDArray[np.float64], n: int = 9) -> NDArray[np.float64]:
    """Running mean over ``n`` samples: single samples alternate with the strides of the layers."""
    mean: NDArray[np.float64] = np.convolve(strength, np.full(n, 1 / n), "same")
    return mean


def _figure(width: float, height: float) -> Any:
    return require("matplotlib.figure", "plot").Figure(figsize=(width, height), dpi=110, layout="constrained")

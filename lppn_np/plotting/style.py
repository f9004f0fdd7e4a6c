"""What the pictures share. Nothing here touches pyplot or a screen."""

from __future__ import annotations

from typing import Any

from lppn_np.optional import require

#: P and S, told apart by people who do not see red and green.
COLOURS = {"P": "#0072b2", "S": "#d55e00"}
WAVEFORM = "#333333"
GREY = "#777777"


def colour_of(phase: str | None) -> str:
    """Blue for P, Pg, Pn; orange for S, Sg, Sn."""
    return COLOURS.get((phase or "")[:1], "#000000")


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure, inches.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    figure = require("matplotlib.figure", "plot").Figure(
        figsize=(width, height), dpi=120, layout="constrained"
    )
    figure.get_layout_engine().set(hspace=0.01, h_pad=0.04)
    return figure


def bare(axis: Any) -> None:
    """No frame at the top and on the right, small labels."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=9)


def phase_legend(axis: Any, counts: dict[str, int], **options: Any) -> None:
    """Say which colour is which phase, and how many there are."""
    lines = require("matplotlib.lines", "plot")
    entries = [
        lines.Line2D([], [], color=colour_of(phase), linewidth=2, label=f"{count} {phase}")
        for phase, count in counts.items()
    ]
    if entries:
        axis.legend(handles=entries, fontsize=8, framealpha=0.8, **options)


def date_axis(axis: Any) -> None:
    """Dates below an axis whose unit is days since 1970 (matplotlib's)."""
    dates = require("matplotlib.dates", "plot")
    locator = dates.AutoDateLocator(minticks=3, maxticks=9)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))

"""Which picture: of one station, of many, of a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lppn_np.errors import InputError
from lppn_np.plotting.day import plot_day
from lppn_np.plotting.panel import Panel, panels_of
from lppn_np.plotting.section import plot_section
from lppn_np.plotting.station import plot_station

if TYPE_CHECKING:
    from lppn_np.model import LPPN
    from lppn_np.picks import Pick

KINDS = ("auto", "station", "section", "day")


def plot_panels(panels: Sequence[Panel], kind: str = "auto") -> list[Any]:
    """Figures of panels: one section, or one figure a panel.

    Raises
    ------
    InputError
        An unknown kind, or no panels.
    """
    if kind not in KINDS:
        raise InputError(f"kind is {kind!r}; expected one of {KINDS}")
    if not panels:
        raise InputError("there is nothing to draw: no records")
    if kind == "section" or (kind == "auto" and len(panels) > 1):
        return [plot_section(panels)]
    return [(plot_day if kind == "day" else plot_station)(panel) for panel in panels]


def plot_picks(picks: Sequence[Pick], stream: Any, kind: str = "auto", model: LPPN | None = None) -> Any:
    """Draw picks on the Stream that they come from; see :meth:`lppn_np.PickList.plot`."""
    figures = plot_panels(panels_of(stream, picks, model), kind)
    if len(figures) > 1:
        raise InputError(
            f"kind {kind!r} draws one record, the Stream holds {len(figures)}: "
            "select a station, or take 'section'"
        )
    return figures[0]

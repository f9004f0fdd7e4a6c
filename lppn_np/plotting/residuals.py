"""Picks against other picks of the same arrivals: how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.plotting.style import COLOURS, GREY, bare, new_figure
from lppn_np.provenance import gathered, mark, provenance_of

if TYPE_CHECKING:
    from lppn_np.picks import Pick

_BINS = 50


def residuals_of(
    picks: Sequence[Pick], reference: Sequence[Pick], phase: str, within: float = 0.5
) -> tuple[NDArray[np.float64], int]:
    """Seconds from reference picks to ours, one to one, the closest first.

    Parameters
    ----------
    picks, reference : sequence of Pick
        Matched where network and station are the same, whatever the location; times of one kind.
    phase : {"P", "S"}
        With it come Pg, Pn, Sg and Sn.
    within : float
        Seconds.

    Returns
    -------
    residuals : ndarray, shape (n_pairs,)
    n_reference : int
        Reference picks of that phase.
    """
    from lppn_np.evaluation.matching import PhaseTable, match, near_pairs

    ours = _of_phase(picks, phase)
    theirs = _of_phase(reference, phase)
    if not ours or not theirs:
        return np.empty(0), len(theirs)
    origin = theirs[0].peak_time
    numbers = {name: i for i, name in enumerate(sorted({_station(p) for p in (*ours, *theirs)}))}
    label_piece, label_time, _ = _columns(theirs, origin, numbers)
    pick_piece, pick_time, probability = _columns(ours, origin, numbers)
    table = PhaseTable(label_piece, label_time, pick_piece, pick_time, probability)
    return match(near_pairs(table, within)).residual, len(theirs)


def plot_residuals(picks: Sequence[Pick], reference: Sequence[Pick], within: float = 0.5) -> Any:
    """Draw how far picks are from reference picks, a histogram a phase.

    Parameters
    ----------
    picks, reference : sequence of Pick
    within : float
        Seconds; what is further apart is not the same arrival.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(9, 3.4)
    for axis, phase in zip(figure.subplots(1, 2), COLOURS, strict=True):
        found, n_reference = residuals_of(picks, reference, phase, within)
        edges = np.linspace(-within, within, _BINS + 1)
        counts = np.histogram(found, edges)[0]
        axis.stairs(counts, edges, fill=True, color=COLOURS[phase], alpha=0.75)
        axis.axvline(0, color=GREY, linewidth=0.8)
        lines = [f"{len(found)} of {n_reference} within {within:g} s"]
        if len(found):
            lines += [
                f"mean {found.mean():+.3f} s",
                f"std {found.std():.3f} s",
                f"MAE {np.abs(found).mean():.3f} s",
            ]
        axis.text(0.98, 0.97, "\n".join(lines), transform=axis.transAxes, ha="right", va="top", fontsize=9)
        axis.set_xlim(-within, within)
        axis.set_ylim(0, 1.25 * max(1, counts.max()))
        axis.set_title(phase, fontsize=10)
        axis.set_xlabel("pick - reference (s)")
        axis.set_ylabel("pairs")
        bare(axis)
    return mark(figure, gathered(provenance_of(picks), provenance_of(reference)))


def _of_phase(picks: Sequence[Pick], phase: str) -> list[Pick]:
    return sorted((p for p in picks if (p.phase or "").startswith(phase)), key=_station)


def _station(pick: Pick) -> str:
    return ".".join(pick.trace_id.split(".")[:2])


def _columns(
    picks: list[Pick], origin: Any, numbers: dict[str, int]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    times = np.array([_seconds(pick.peak_time - origin) for pick in picks])
    pieces = np.array([numbers[_station(pick)] for pick in picks], np.intp)
    return pieces, times, np.array([pick.peak_value or 0.0 for pick in picks])


def _seconds(difference: Any) -> float:
    """Of a float, a timedelta or a timedelta64."""
    if isinstance(difference, np.timedelta64):
        return float(difference / np.timedelta64(1, "ns")) / 1e9
    total = getattr(difference, "total_seconds", None)
    return float(difference if total is None else total())

"""Tables of what the core could do and what is made of it; see :mod:`.tables`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lppn_np.bench.steps import DECODE, INPUT, KINDS
from lppn_np.bench.tables import markdown, seconds


def peaks(found: dict[str, float]) -> str:
    """Multiply-add peak by number of threads that work at once."""
    return markdown(("threads", "peak GFLOP/s"), [(n, f"{value:.1f}") for n, value in found.items()]) + "\n"


def networks(rows: Sequence[dict[str, Any]]) -> str:
    """Shares of one core's peak."""
    names = list(rows[0]["engines"])
    body = [
        (
            row["network"], f"{row['peak_gflops']:.1f}",
            *(
                f"{row['engines'][n]['gflops']:.1f} ({100 * row['engines'][n]['share']['median']:.0f} %)"
                for n in names
            ),
        )
        for row in rows
    ]  # fmt: skip
    return markdown(("network", "peak GFLOP/s", *(f"{n}, GFLOP/s (share)" for n in names)), body) + "\n"


def steps(rows: Sequence[dict[str, Any]]) -> str:
    """Microseconds a window by kind of step; in brackets, the share of the peak where there is arithmetic."""
    kinds = (INPUT, *KINDS, DECODE)
    body = []
    for row in rows:
        cells = [_step(row["steps"].get(kind)) for kind in kinds]
        inside = sum(row["steps"][kind]["microseconds"]["median"] for kind in KINDS if kind in row["steps"])
        body.append((row["network"], *cells, f"{inside:.0f}", f"{row['window']['median']:.0f}"))
    return markdown(("network", *kinds, "network's sum", "in one go"), body) + "\n"


def growth(found: Sequence[dict[str, Any]]) -> str:
    """Time and memory against the length of the record."""
    body = [
        (
            f"{g['hours']:g}", seconds(g), f"{1e3 * g['median'] / g['hours']:.1f}", f"{g['added']:.0f}",
        )
        for g in found
    ]  # fmt: skip
    return markdown(("hours", "s (quartiles)", "ms an hour", "MB beside the record"), body) + "\n"


def _step(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    share = f" ({100 * found['share']['median']:.0f} %)" if found["multiply_adds"] else ""
    return f"{found['microseconds']['median']:.0f}{share}"

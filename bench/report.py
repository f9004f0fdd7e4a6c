"""A document out of the figures: every number in it comes from the JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lppn_np.bench import tables
from lppn_np.bench.charts import draw
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.plotting import save_figure

_INTRODUCTION = """\
Written by `lppn-np bench --report`; do not edit. Compare figures of one run only: every contender gets the
same weights, windows and number of threads, is checked against the textbook in float64 first, and is timed in
turns with the others. Shown are medians and quartiles. "times" is the other's time over that of lppn-np's
engine numba, round by round: above 1 we are faster, below 1 slower.
"""


def write(found: dict[str, Any], path: Path) -> list[Path]:
    """Write the document and its charts beside it; the files written.

    Raises
    ------
    InputError
        A file cannot be written.
    MissingDependencyError
        matplotlib is not installed.
    """
    written = []
    for name, figure in draw(found).items():
        chart = path.with_name(f"{path.stem}-{name}.png")
        save_figure(figure, chart)
        written.append(chart)
    atomic_write(path, text(found, [chart.name for chart in written]).encode(), InputError)
    return [path, *written]


def text(found: dict[str, Any], charts: list[str]) -> str:
    """Markdown of the figures."""
    parts = ["# Performance", "", _INTRODUCTION, _machine(found), ""]
    if found["quick"]:
        parts += ["A quick run on a small problem: it shows that all works, not how fast.", ""]
    parts += [f"![{Path(name).stem}]({name})" for name in charts] + [""]
    if "forward" in found:
        first = next((row for row in found["forward"] if "windows" in row), None)
        size = f", {first['windows']} windows of {first['samples']:,} samples" if first else ""
        parts += [f"## The network alone{size}", "", *map(tables.forward_row, found["forward"])]
    if "day" in found:
        parts += ["## A long record, from array to picks", ""]
        for row in found["day"]:
            weights = ", ".join(f"{name}: {which}" for name, which in row["weights"].items())
            parts += [tables.day_row(row), f"{row['events']} made-up events. Weights: {weights}.", ""]
    if "process" in found:
        parts += ["## Whole processes", "", tables.processes(found["process"])]
    if "roofline" in found:
        parts += ["## Share of one core's peak, and growth with the record", ""]
        parts += [tables.roofline(found["roofline"])]
    return "\n".join(parts).rstrip() + "\n"


def _machine(found: dict[str, Any]) -> str:
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = "" if machine["load"] is None else f" Load before the run {machine['load'][0]:.2f}."
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, {versions}. At most {found['rounds']} rounds.{load}"
    )

"""A document out of the figures: every number in it comes from the JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lppn_np.bench import floors, tables, tables_share
from lppn_np.bench.charts import draw
from lppn_np.bench.timing import LEAST_ROUNDS
from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.plotting import save_figure

_INTRODUCTION = """\
Written by `lppn-np bench --report`; do not edit. Compare figures of one run only: every contender gets the
same weights, windows and number of threads, is checked against the textbook in float64 first, and is timed in
turns with the others. Shown are medians and quartiles. "times ours" is the other's time over that of
lppn-np's engine numba, round by round: above 1 we are faster, below 1 slower. In tables of a long record,
"times" and a network is the same with that network.
"""
_RATIOS = """\
Times as long as ours that the others take; details below, network by network. "default" is the network of the
bundled weights, with them; all others have random weights. torch.compile is asked for one network only.
"""
_DAY = """\
Random weights are made to say noise. STA/LTA is obspy's bandpass, recursive_sta_lta and trigger_onset on each
component, on one thread always. PhaseNet is SeisBench's `classify` with its defaults and random weights that
mostly say noise, on a Stream that is made beforehand.
"""
_SHARE = """\
For the engine numba the multiply-adds that it does count: fewer than the layers say, because upsampling
is folded into the convolution behind it; for the engine layers those of the layers count.
"""
_STEPS = """\
Microseconds for a window; in brackets the share of the core's peak, counting the multiply-adds that are done.
Each kind of step of the engine's table runs alone, all its steps in order, in turns with the peak; their sum
beside the network in one go says how much of the time is explained. Input: from the record to a window as the
network sees it. Decode: from logits without an arrival to candidates.
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
    if found["failed"]:
        parts += [*(f"* The part {part} FAILED: {reason}" for part, reason in found["failed"].items()), ""]
    sections = (("forward", _forward), ("day", _day), ("process", _process), ("roofline", _roofline))
    for part, section in sections:
        if found.get(part):
            parts += section(found[part])
    if floors.judge(found) and not found["quick"]:
        parts += ["## Where a goal was not reached", "", floors.section(found)]
    return "\n".join(parts).rstrip() + "\n"


def _forward(rows: list[dict[str, Any]]) -> list[str]:
    first = next((row for row in rows if "windows" in row), None)
    size = f", {first['windows']} windows of {first['samples']:,} samples" if first else ""
    parts = [f"## The network alone{size}", "", _RATIOS, tables.ratios(rows)]
    for network in dict.fromkeys(row["network"] for row in rows):
        parts.append(tables.forward_network([row for row in rows if row["network"] == network]))
    return [*parts, *tables.remarks([{**row, "failed": {}} for row in rows]), ""]


def _day(rows: list[dict[str, Any]]) -> list[str]:
    parts = ["## A long record, from array to picks", ""]
    parts += [tables.day_row(row) for row in rows]
    weights = "; ".join(f"{name}: {which}" for name, which in rows[0]["weights"].items())
    return [*parts, f"{rows[0]['events']} made-up events. Weights: {weights}. {_DAY}"]


def _process(found: dict[str, Any]) -> list[str]:
    return ["## Whole processes", "", tables.processes(found)]


def _roofline(found: dict[str, Any]) -> list[str]:
    parts = ["## Share of one core's peak", ""]
    if found["networks"]:
        parts += [tables_share.networks(found["networks"]), _SHARE]
    parts += ["Peak of threads at once:", "", tables_share.peaks(found["peaks"])]
    if found["networks"]:
        parts += ["## Where the time of a window goes", "", _STEPS, tables_share.steps(found["networks"])]
    if found["growth"]:
        parts += ["## Growth with the record", "", tables_share.growth(found["growth"])]
    return parts


def _machine(found: dict[str, Any]) -> str:
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = "" if machine["load"] is None else f" Load before the run {machine['load'][0]:.2f}."
    parts = found.get("seconds", {})
    took = ", ".join(f"{part} {seconds / 60:.1f}" for part, seconds in parts.items())
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, {versions}. At most {found['rounds']} rounds, at least "
        f"{LEAST_ROUNDS} where a turn is long.{load} "
        f"The run took {sum(parts.values()) / 60:.0f} minutes: {took}."
    )

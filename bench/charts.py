"""Charts of the figures, with matplotlib where it is installed."""

from __future__ import annotations

from typing import Any

from lppn_np.bench.contenders import HEADLINE, OURS
from lppn_np.optional import require

_OURS_COLOUR = "#d55e00"
_COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#e69f00", "#777777")


def draw(found: dict[str, Any]) -> dict[str, Any]:
    """Draw the parts that were measured: figure by name."""
    figures = {}
    if any(row.get("ratios") for row in found.get("forward", [])):
        figures["forward"] = _forward(found["forward"])
    if found.get("roofline", {}).get("growth"):
        figures["roofline"] = _roofline(found["roofline"])
    return figures


def _forward(rows: list[dict[str, Any]]) -> Any:
    """How many times as long as ours every peer takes; a panel a number of threads."""
    threads = sorted({row["threads"] for row in rows})
    rows = [row for row in rows if row.get("ratios")]
    figure = _figure(4.8 * len(threads) + 1.2, 7.4)
    panels = figure.subplots(1, len(threads), sharey=True, squeeze=False)[0]
    names = list(dict.fromkeys(row["network"] for row in rows))
    peers = list(dict.fromkeys(n for row in rows for n in row["ratios"] if not n.startswith(OURS)))
    for axis, count in zip(panels, threads, strict=True):
        for index, peer in enumerate(peers):
            shown = [r for r in rows if r["threads"] == count and peer in r["ratios"]]
            ratios = [row["ratios"][peer] for row in shown]
            heights = [names.index(row["network"]) + 0.12 * (index - len(peers) / 2) for row in shown]
            centres = [r["median"] for r in ratios]
            spread = [[r["median"] - r["low"] for r in ratios], [r["high"] - r["median"] for r in ratios]]
            axis.errorbar(
                centres, heights, xerr=spread, fmt="o", markersize=4.5, linewidth=1,
                color=_COLOURS[index % len(_COLOURS)], label=peer,
            )  # fmt: skip
        axis.axvline(1, color=_OURS_COLOUR, linewidth=1.4, label=HEADLINE)
        axis.set_xscale("log")
        low, high = axis.get_xlim()
        ticks = [t for t in (0.25, 0.5, 1, 2, 3, 5, 10, 20, 50) if low <= t <= high]
        axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axis.minorticks_off()
        axis.set_title(f"{count} thread" + ("s" if count > 1 else ""), fontsize=10)
        axis.set_xlabel("time over that of lppn-np numba (log)")
        _tidy(axis, "x")
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    return figure


def _roofline(found: dict[str, Any]) -> Any:
    figure = _figure(11, 4.6)
    left, right = figure.subplots(1, 2)
    networks = found["networks"]
    for index, name in enumerate(networks[0]["engines"]):
        colour = _OURS_COLOUR if name == HEADLINE else _COLOURS[index]
        values = [100 * row["engines"][name]["share"]["median"] for row in networks]
        left.plot(values, range(len(networks)), "o", color=colour, label=name)
    left.set_yticks(range(len(networks)), [row["network"] for row in networks])
    left.invert_yaxis()
    left.set_xlim(0, max(100.0, 1.05 * left.get_xlim()[1]))  # combined taps may beat the peak: see tables
    left.set_xlabel("% of one core's multiply-add peak")
    left.legend(fontsize=9)
    hours = [g["hours"] for g in found["growth"]]
    right.plot(hours, [g["median"] for g in found["growth"]], "o-", color=_OURS_COLOUR)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_yticks([g["median"] for g in found["growth"]], [f"{g['median']:.2g}" for g in found["growth"]])
    right.set_xticks(hours, [f"{h:g}" for h in hours])
    right.minorticks_off()
    right.set_xlabel("length of the record (hours, log)")
    right.set_ylabel("seconds to its picks, one thread (log)")
    _tidy(left, "x")
    _tidy(right, "both")
    return figure


def _figure(width: float, height: float) -> Any:
    return require("matplotlib.figure", "plot").Figure(figsize=(width, height), dpi=110, layout="constrained")


def _tidy(axis: Any, grid: str) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=grid, color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=9)

"""Tables for the screen and for documents, in Markdown: read as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table with columns of one width."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    laid = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([laid[0], rule, *laid[1:]])


def milliseconds(timing: dict[str, float]) -> str:
    """Median and quartiles."""
    return f"{1e3 * timing['median']:.1f} ({1e3 * timing['low']:.1f} to {1e3 * timing['high']:.1f})"


def seconds(timing: dict[str, float]) -> str:
    """Median and quartiles."""
    return f"{timing['median']:.2f} ({timing['low']:.2f} to {timing['high']:.2f})"


def times(timing: dict[str, float] | None) -> str:
    """A ratio with its quartiles."""
    return "" if not timing else f"{timing['median']:.2f} ({timing['low']:.2f} to {timing['high']:.2f})"


def forward_row(row: dict[str, Any]) -> str:
    """One network and number of threads."""
    body = [
        (
            name, milliseconds(c), times(row["ratios"].get(name)), f"{c['setup']:.2f}",
            f"{max(c['difference']['logits'], c['difference']['offsets']):.1e}",
        )
        for name, c in row["contenders"].items()
    ]  # fmt: skip
    title = f"{row['network']}, {_threads(row)}"
    head = (title, "ms (quartiles)", "times lppn-np numba", "set-up s", "difference")
    return "\n".join([markdown(head, body), *remarks(row), ""])


def day_row(row: dict[str, Any]) -> str:
    """The day with one number of threads."""
    body = []
    for name, c in row["contenders"].items():
        found = "" if c["found"] is None else f"{c['found']:.3f}"
        against = [times(peers.get(name)) for peers in row["ratios"].values()]
        body.append((name, seconds(c), *against, str(c["picks"]), found))
    title = f"{row['samples']:,} samples, {_threads(row)}"
    head = (title, "s (quartiles)", *(f"times {n}" for n in row["ratios"]), "picks", "P found")
    return "\n".join([markdown(head, body), *remarks(row), ""])


def processes(found: dict[str, Any]) -> str:
    """What whole processes cost."""
    cold, warm, day = found["cold"], found["warm"], found["day"]
    body = [
        ("first pick of 60 s, whole process, nothing compiled yet (s)", f"{cold['seconds']:.2f}"),
        ("same, compiled code on disk (s)", f"{warm['seconds']:.2f}"),
        ("of which the first pick itself (s)", f"{warm['first_pick']:.3f}"),
        ("a second pick in the same process (s)", f"{warm['second_pick']:.4f}"),
        ("peak memory of that process (MB)", f"{warm['peak_memory']:.0f}"),
        ("peak memory, the long record and its picks (MB)", f"{day['peak']:.0f}"),
        ("of which the input array (MB)", f"{day['input']:.0f}"),
        ("added by the pick call (MB)", f"{day['added']:.0f}"),
    ]
    for name, value in found["imports"].items():
        shown = "not installed" if value is None else f"{value:.2f}"
        body.append((f"process that imports {name} (s)", shown))
    return markdown(("process", ""), body) + "\n"


def roofline(found: dict[str, Any]) -> str:
    """Shares of the peak, and growth with the record."""
    names = list(found["networks"][0]["engines"])
    body = [
        (
            row["network"], f"{row['peak_gflops']:.1f}",
            *(
                f"{row['engines'][n]['gflops']:.1f} ({100 * row['engines'][n]['share']['median']:.0f} %)"
                for n in names
            ),
        )
        for row in found["networks"]
    ]  # fmt: skip
    shares = markdown(("network", "peak GFLOP/s", *(f"{n}, GFLOP/s (share)" for n in names)), body)
    lengths = [
        (f"{g['hours']:g}", seconds(g), f"{1e3 * g['median'] / g['hours']:.1f}") for g in found["growth"]
    ]
    note = (
        "The share counts the multiply-adds that the layers say. Where nearest upsampling is folded into the "
        "convolution after it (large), fewer are done, and more than the peak can come out."
    )
    return "\n".join([shares, "", note, "", markdown(("hours", "s (quartiles)", "ms an hour"), lengths), ""])


def remarks(row: dict[str, Any]) -> list[str]:
    """Who is missing and why."""
    lines = [f"* {name} is left out: {reason}" for name, reason in row["left_out"].items()]
    lines += [f"* {name} FAILED: {reason}" for name, reason in row["failed"].items()]
    return ["", *lines] if lines else []


def _threads(row: dict[str, Any]) -> str:
    return f"{row['threads']} thread" + ("s" if row["threads"] > 1 else "")

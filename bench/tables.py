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


def forward_network(rows: Sequence[dict[str, Any]]) -> str:
    """One network, with each number of threads."""
    names = list(dict.fromkeys(name for row in rows for name in row["contenders"]))
    head = [rows[0]["network"]]
    for row in rows:
        head += [f"{threads(row)}, ms (quartiles)", "times ours"]
    body = []
    for name in names:
        line, own = [name], [row["contenders"][name] for row in rows if name in row["contenders"]]
        for row in rows:
            contender = row["contenders"].get(name)
            line += [milliseconds(contender) if contender else "", times(row.get("ratios", {}).get(name))]
        difference = max(max(c["difference"]["logits"], c["difference"]["offsets"]) for c in own)
        body.append([*line, f"{own[0]['setup']:.2f}", f"{difference:.1e}"])
    return "\n".join([markdown([*head, "set-up s", "difference"], body), *failed(rows), ""])


def ratios(rows: Sequence[dict[str, Any]]) -> str:
    """All networks: how many times as long as ours the others take, by number of threads."""
    counts = sorted({row["threads"] for row in rows})
    peers = list(dict.fromkeys(name for row in rows for name in row.get("ratios", {})))
    found = {(row["network"], row["threads"]): row.get("ratios", {}) for row in rows}
    body = []
    for network in dict.fromkeys(row["network"] for row in rows):
        line = [network]
        for peer in peers:
            cells = [found.get((network, count), {}).get(peer) for count in counts]
            shown = " / ".join(f"{cell['median']:.2f}" if cell else "-" for cell in cells)
            line.append(shown if any(cells) else "")
        body.append(line)
    return markdown([f"threads: {' / '.join(map(str, counts))}", *peers], body) + "\n"


def day_row(row: dict[str, Any]) -> str:
    """The day with one number of threads."""
    body = []
    for name, c in row["contenders"].items():
        found = "" if c["found"] is None else f"{c['found']:.3f}"
        against = [times(peers.get(name)) for peers in row["ratios"].values()]
        body.append((name, seconds(c), *against, str(c["picks"]), found))
    title = f"{row['samples']:,} samples, {threads(row)}"
    head = (title, "s (quartiles)", *(f"times {n}" for n in row["ratios"]), "picks", "P found")
    lines = [
        f"* {name}, {row['seisbench']}: the process takes {c['peak_memory']:.0f} MB at most"
        for name, c in row["contenders"].items()
        if c["peak_memory"] is not None
    ]
    return "\n".join([markdown(head, body), *(["", *lines] if lines else []), *remarks([row]), ""])


def processes(found: dict[str, Any]) -> str:
    """What whole processes cost."""
    cold, warm, day = found["cold"], found["warm"], found["day"]
    body = [
        ("first pick of 60 s, whole process, nothing compiled yet (s)", f"{cold['seconds']:.2f}"),
        ("of which compiling (s)", f"{cold['first_pick'] - warm['first_pick']:.2f}"),
        ("same, compiled code on disk (s)", f"{warm['seconds']:.2f}"),
        ("of which the first pick itself (s)", f"{warm['first_pick']:.3f}"),
        ("a second pick in the same process (s)", f"{warm['second_pick']:.4f}"),
        ("peak memory of that process (MB)", f"{warm['peak_memory']:.0f}"),
        ("peak memory, the long record and its picks (MB)", f"{day['peak']:.0f}"),
        ("of which the input array (MB)", f"{day['input']:.0f}"),
        ("added by the pick call (MB)", f"{day['added']:.0f}"),
    ]
    for name, value in found["imports"].items():
        shown = (
            "not installed" if value is None else f"{value['seconds']:.2f} ({value['peak_memory']:.0f} MB)"
        )
        body.append((f"process that imports {name}, s (peak memory)", shown))
    return markdown(("process", ""), body) + "\n"


def remarks(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Who is missing and why, a line a reason, and who failed."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name, reason in row["left_out"].items():
            networks = reasons.setdefault((name, reason), [])
            networks += [n for n in [row.get("network", "the day")] if n not in networks]
    lines = [f"* {name} is left out ({', '.join(of)}): {reason}" for (name, reason), of in reasons.items()]
    return [*(["", *lines] if lines else []), *failed(rows)]


def failed(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Who failed."""
    found = [(row, name, reason) for row in rows for name, reason in row["failed"].items()]
    lines = [f"* {name} FAILED, {threads(row)}: {reason}" for row, name, reason in found]
    return ["", *lines] if lines else []


def threads(row: dict[str, Any]) -> str:
    """Say how many."""
    return f"{row['threads']} thread" + ("s" if row["threads"] > 1 else "")

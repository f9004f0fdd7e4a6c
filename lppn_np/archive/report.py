"""The report of an archive: one HTML file that needs nothing else."""

from __future__ import annotations

import datetime
from html import escape
from pathlib import Path

from lppn_np.archive import places
from lppn_np.archive.calendar import calendar
from lppn_np.archive.figures import Figures, gather
from lppn_np.archive.planning import Plan

_MOST_ROWS = 500
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #222; }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse } td, th { padding: .2em .8em .2em 0; text-align: left }
td, th { vertical-align: top }
th { border-bottom: 1px solid #999 } td { font-variant-numeric: tabular-nums }
.wide { overflow-x: auto } svg text { font: 11px system-ui, sans-serif; fill: #333 }
code { background: #f3f3f3; padding: 0 .2em }
"""


def write_report(output: Path, plan: Plan, failures: dict[str, str]) -> Path:
    """Write ``report.html`` about everything in a folder of results.

    Parameters
    ----------
    output : Path
    plan : Plan
        Of this run.
    failures : dict of str to str
        Shards that this run could not do, and why.
    """
    figures = gather(output)
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Picks of {escape(output.name)}</title><style>{_STYLE}</style>",
        f"<h1>Picks of {escape(output.name)}</h1>",
        _overview(figures, plan, failures),
        "<h2>Coverage</h2><p>Share of each day that there are data of.</p>",
        calendar(figures.coverage, "coverage"),
        "<h2>Picks</h2><p>Picks of each day, P and S together.</p>",
        calendar({key: float(n) for key, n in figures.picks.items()}, "picks"),
        "<h2>Failures</h2>",
        _failures(figures, plan, failures),
        "</html>",
    ]
    places.write(output, Path(places.REPORT), "\n".join(parts).encode())
    return output / places.REPORT


def _overview(figures: Figures, plan: Plan, failures: dict[str, str]) -> str:
    days = figures.n_station_days
    data_days = sum(figures.coverage.values())
    phases = ", ".join(f"{n:,} {phase}" for phase, n in sorted(figures.phases.items())) or "none"
    rows = [
        ("Written", datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("Station-days", f"{days:,} done of {plan.n_station_days:,} in the archive"),
        ("Data", f"{data_days:,.1f} whole days of three components, {figures.n_bytes / 1e9:,.2f} GB"),
        ("Picks", f"{figures.rows:,} ({phases})"),
        ("Shards not done", f"{len(failures):,}"),
        ("Files ignored", f"{plan.ignored:,}" + _examples(plan)),
        ("Core-seconds", f"{figures.cpu_seconds:,.1f}" + _per_day(figures)),
        ("Largest process", f"{figures.peak_mb:,.0f} MB"),
        ("Weights", "; ".join(f"{weights[:16]} ({n} shards)" for weights, n in figures.weights.items())),
        ("Made with", "; ".join(f"{versions} ({n} shards)" for versions, n in figures.versions.items())),
    ]
    return "<table>" + "".join(f"<tr><th>{escape(k)}<td>{escape(v)}" for k, v in rows) + "</table>"


def _per_day(figures: Figures) -> str:
    if not figures.n_station_days:
        return ""
    steps = ", ".join(f"{step} {figures.seconds[step]:,.1f}" for step in ("read", "pick", "write"))
    return f" ({figures.cpu_seconds / figures.n_station_days:.2f} a station-day; seconds: {steps})"


def _examples(plan: Plan) -> str:
    return f", such as {', '.join(plan.examples[:3])}" if plan.examples else ""


def _failures(figures: Figures, plan: Plan, failures: dict[str, str]) -> str:
    rows = [("shard", name, reason, "") for name, reason in sorted(failures.items())]
    rows += [("folder", "", problem, "") for problem in plan.problems]
    for (place, kind, message), days in sorted(figures.errors.items()):
        more = f" and {len(days) - 1} more" if len(days) > 1 else ""
        rows.append((kind, place, message, f"{min(days)}{more}"))
    if not rows:
        return "<p>None.</p>"
    left_out = (
        f"<p>{len(rows) - _MOST_ROWS:,} more are in the manifests.</p>" if len(rows) > _MOST_ROWS else ""
    )
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}" for text in row) for row in rows[:_MOST_ROWS])
    return f"<table><tr><th>Kind<th>Where<th>What<th>Days{body}</table>{left_out}"

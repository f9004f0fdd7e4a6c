"""``lppn-np archive``: an archive of station-days to Parquet files of picks."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from typing import TYPE_CHECKING, Any

from lppn_np.errors import ArchiveError
from lppn_np.picking.pipeline import Settings

if TYPE_CHECKING:
    from lppn_np.archive.job import Job
    from lppn_np.archive.outcome import Runner
    from lppn_np.archive.running import Summary
    from lppn_np.archive.selecting import Selection


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "archive",
        help="pick an archive of station-days",
        description="Pick an archive of day files, in processes of this machine or on Dask. The same command "
        "again goes on where it was interrupted, and picks what is new or has changed.",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--sds", metavar="ROOT", help="folder or URL of an archive in SDS")
    where.add_argument("--source", metavar="ROOT", help="folder or URL (s3://bucket/path) of another archive")
    parser.add_argument(
        "--pattern",
        metavar="PATTERN",
        help="how the files of --source are named: scedc, ncedc, or a path such as "
        "'{network}/{station}/{year}{jday}_{location}_{channel}.mseed'",
    )
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="folder of the results")
    parser.add_argument(
        "--select",
        action="append",
        metavar="NET.STA.LOC.CHA",
        help="channels, with * and ?; may be given several times (default: *.*.*.[EH]??, those of 100 Hz)",
    )
    parser.add_argument("--start", type=_date, metavar="DAY", help="first day, such as 2019-07-04")
    parser.add_argument("--end", type=_date, metavar="DAY", help="last day")
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument("--threshold", type=float, help="least probability of a pick, both phases")
    parser.add_argument("--P-threshold", dest="P_threshold", type=float, help="least probability of P")
    parser.add_argument("--S-threshold", dest="S_threshold", type=float, help="least probability of S")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes; 0: this one (default: every core)"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask, such as tcp://10.0.0.1:8786")
    parser.add_argument(
        "--tls", nargs=3, metavar=("CA", "CERT", "KEY"), help="of a tls:// scheduler, PEM files"
    )
    parser.add_argument("--shard-days", type=int, default=8, metavar="N", help="days of the month in a shard")
    parser.add_argument("--anonymous", action="store_true", help="ask a remote store without credentials")
    parser.add_argument(
        "--verify", action="store_true", help="hash all files before believing them unchanged"
    )
    parser.add_argument("--plan", action="store_true", help="say what there is to do, and do nothing")
    parser.set_defaults(run=run, parser=parser)


def run(options: argparse.Namespace) -> int:
    """Pick the archive; 1 if some shard is not done."""
    if (options.source is None) != (options.pattern is None):
        options.parser.error("--source and --pattern belong together; --sds needs no pattern")
    if options.workers is not None and options.scheduler:
        options.parser.error("--workers is for this machine, --scheduler for Dask: give one of them")
    from lppn_np.archive.job import make_job
    from lppn_np.archive.layouts import Layout
    from lppn_np.archive.running import run_archive
    from lppn_np.archive.selecting import DEFAULT_CHANNELS, Selection
    from lppn_np.optional import require

    layout = Layout(options.pattern or "sds")
    selection = Selection(tuple(options.select or DEFAULT_CHANNELS), options.start, options.end)
    settings = Settings(
        options.threshold if options.P_threshold is None else options.P_threshold,
        options.threshold if options.S_threshold is None else options.S_threshold,
    )
    job = make_job(options.sds or options.source, options.output, options.model, settings, options.anonymous)
    if options.plan:
        return _show_plan(options, job, layout, selection)
    require("obspy", "waveforms")  # to hear of what is missing before the work, once
    require("pyarrow", "archive")
    try:
        summary = run_archive(
            job,
            layout,
            _runner(options, job),
            selection=selection,
            shard_days=options.shard_days,
            verify=options.verify,
        )
    except KeyboardInterrupt:
        raise ArchiveError("interrupted; the same command goes on from here") from None
    return _say(summary)


def _runner(options: argparse.Namespace, job: Job) -> Runner:
    if options.scheduler:
        from lppn_np.archive.on_dask import OnDask

        return OnDask(options.scheduler, job, options.tls)
    from lppn_np.archive.outcome import Here
    from lppn_np.archive.workers import Workers

    if options.workers == 0:
        return Here()
    return Workers(_cores() if options.workers is None else options.workers)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _show_plan(options: argparse.Namespace, job: Job, layout: Any, selection: Selection) -> int:
    from lppn_np.archive.planning import make_plan
    from lppn_np.archive.sources import open_source

    source = open_source(job.source, job.anonymous)
    plan = make_plan(job, source, layout, selection, options.shard_days)
    for shard in plan.shards:
        print(f"{shard.name}  {len(shard.days)} station-days, {len(shard.inputs)} files")
    print(f"{len(plan.shards)} shards, {plan.n_station_days} station-days, {plan.ignored} files ignored")
    return 0


def _say(summary: Summary) -> int:
    """Tell on standard error what was done; 1 if something is left."""
    days = sum(len(manifest["days"]) for manifest in summary.manifests)
    rows = sum(manifest["output"]["rows"] for manifest in summary.manifests)
    errors = sum(len(manifest["errors"]) for manifest in summary.manifests)
    out = sys.stderr
    print(f"{days:,} station-days picked in {summary.seconds:,.1f} s, {rows:,} picks", file=out)
    if summary.skipped:
        print(f"{summary.skipped:,} shards were done before", file=out)
    if errors:
        print(f"{errors:,} remarks on files that could not be used; the report lists them", file=out)
    for problem in summary.plan.problems[:5]:
        print(problem, file=out)
    for name, reason in list(summary.failures.items())[:5]:
        print(f"{name} is not done: {reason}", file=out)
    print(f"report: {summary.report}", file=out)
    if summary.failures:
        print(f"{len(summary.failures):,} shards are not done; the same command tries them again", file=out)
    return 1 if summary.failures else 0


def _date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)

"""One run of an archive: settle, plan, pick what is not done, report."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from lppn_np.archive import places
from lppn_np.archive.fetching import sha256_of
from lppn_np.archive.job import Job
from lppn_np.archive.layouts import Layout
from lppn_np.archive.manifest import is_done
from lppn_np.archive.outcome import Runner
from lppn_np.archive.places import OutputError
from lppn_np.archive.planning import SHARD_DAYS, Plan, make_plan
from lppn_np.archive.progress import Progress
from lppn_np.archive.report import write_report
from lppn_np.archive.selecting import Selection
from lppn_np.archive.settings import locked, settle
from lppn_np.archive.shard import Input, Shard
from lppn_np.archive.sources import Source, open_source


@dataclass
class Summary:
    """What a run has done.

    Attributes
    ----------
    plan : Plan
    skipped : int
        Shards that were done before.
    manifests : list of dict
        Of the shards done now.
    failures : dict of str to str
        By name of shard, why it is not done.
    seconds : float
        Of picking.
    report : Path, optional
    """

    plan: Plan
    skipped: int = 0
    manifests: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    report: Path | None = None


def run_archive(
    job: Job,
    layout: Layout,
    runner: Runner,
    *,
    selection: Selection | None = None,
    shard_days: int = SHARD_DAYS,
    verify: bool = False,
    progress: TextIO | None = None,
) -> Summary:
    """Pick an archive, or go on with one; what is whole and unchanged is not done again.

    Parameters
    ----------
    job : Job
    layout : Layout
        How the files are named.
    runner : Runner
        Where shards run.
    selection : Selection, optional
    shard_days : int
        Days of the month in a shard.
    verify : bool
        Hash everything before it is believed to be unchanged.
    progress : text file, optional
        Default: standard error.

    Returns
    -------
    Summary

    Raises
    ------
    ArchiveError
        The source or the folder of results cannot be used.
    """
    selection = selection or Selection()
    source = open_source(job.source, job.anonymous)
    output = Path(job.output)
    with locked(output):
        settings = {"pattern": layout.pattern, "shard_days": shard_days, **selection.to_dict()}
        settle(output, settings | job.picking())
        places.sweep(output)
        summary = Summary(make_plan(job, source, layout, selection, shard_days))
        todo = [shard for shard in summary.plan.shards if not _is_done(source, shard, verify)]
        summary.skipped = len(summary.plan.shards) - len(todo)
        _pick(todo, runner, summary, progress or sys.stderr)
        try:
            summary.report = write_report(output, summary.plan, summary.failures)
        except OutputError as error:
            summary.failures["report"] = str(error)
    return summary


def _is_done(source: Source, shard: Shard, verify: bool) -> bool:
    def hash_of(file: Input) -> str:
        try:
            with source.local(file.path) as path:
                return sha256_of(path)
        except OSError:
            return ""

    return is_done(shard, hash_of, verify)


def _pick(todo: list[Shard], runner: Runner, summary: Summary, stream: TextIO) -> None:
    waiting = {shard.name: shard for shard in todo}
    bar = Progress(sum(len(shard.days) for shard in todo), stream)
    begin = time.perf_counter()
    outcomes = runner.run(todo)
    for outcome in outcomes:
        shard = waiting.pop(outcome.name)
        if outcome.manifest is None:
            summary.failures[outcome.name] = outcome.failure
        else:
            summary.manifests.append(outcome.manifest)
        bar.add(len(shard.days))
        if outcome.hopeless:
            summary.failures |= dict.fromkeys(waiting, f"not begun: {outcome.failure}")
            break
    else:
        summary.failures |= dict.fromkeys(waiting, "it was lost")
    close = getattr(outcomes, "close", None)
    if close is not None:
        close()
    if todo:
        bar.finish()
    summary.seconds = time.perf_counter() - begin

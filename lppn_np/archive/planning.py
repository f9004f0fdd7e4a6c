"""From the listing of an archive to shards."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from lppn_np.archive.codes import Instrument
from lppn_np.archive.job import Job
from lppn_np.archive.layouts import Layout
from lppn_np.archive.selecting import Selection
from lppn_np.archive.shard import Input, Shard
from lppn_np.archive.sources import Source
from lppn_np.errors import ArchiveError

ONE_DAY = datetime.timedelta(days=1)
#: Days of the month in a shard. Each shard reads two more days for their ends, so small ones cost more;
#: what a kill can lose, and what a changed file has done again, is one shard.
SHARD_DAYS = 8
_EXAMPLES = 20


@dataclass
class Plan:
    """What there is to do.

    Attributes
    ----------
    shards : list of Shard
        In order of their names.
    problems : list of str
        Folders that could not be listed.
    ignored : int
        Files whose names do not fit the pattern, or are no channel E, N, Z, 1 or 2.
    examples : list of str
        Some of them.
    """

    shards: list[Shard] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    ignored: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def n_station_days(self) -> int:
        """Station-days of all shards."""
        return sum(len(shard.days) for shard in self.shards)


def make_plan(
    job: Job,
    source: Source,
    layout: Layout,
    selection: Selection | None = None,
    shard_days: int = SHARD_DAYS,
) -> Plan:
    """List an archive and divide it.

    A shard is a fixed block of the calendar (days 1 to 8 of a month, 9 to 16, ...), so that a day which
    appears later changes one shard and, at a block's edge, the neighbour that reads its end.

    Parameters
    ----------
    job : Job
    source : Source
    layout : Layout
    selection : Selection, optional
    shard_days : int
        Days of the month in a shard, 1 to 31.

    Raises
    ------
    ArchiveError
        ``shard_days`` out of range, or the archive's folder cannot be listed.
    """
    if not 1 <= shard_days <= 31:
        raise ArchiveError(f"a shard of {shard_days} days; 1 to 31 are expected")
    plan = Plan()
    files: dict[Instrument, dict[datetime.date, list[Input]]] = defaultdict(lambda: defaultdict(list))
    for instrument, file in _find(source, layout, selection or Selection(), plan):
        files[instrument][file.day].append(file)
    for instrument in sorted(files):
        plan.shards += _shards(job, instrument, files[instrument], shard_days)
    return plan


def _find(
    source: Source, layout: Layout, selection: Selection, plan: Plan
) -> Iterator[tuple[Instrument, Input]]:
    """Walk the folders that may hold something wanted."""
    folders = [""]
    for level in range(layout.depth):
        deeper = []
        for folder in folders:
            try:
                entries = source.entries(folder)
            except OSError as error:
                if not folder:
                    raise ArchiveError(f"the archive cannot be listed: {error}") from error
                plan.problems.append(f"{folder}: cannot be listed ({error})")
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                fields = layout.fields(path, level)
                last = level == layout.depth - 1
                if entry.state is None and not last:
                    if fields is not None and selection.may_take(fields):
                        deeper.append(path)
                    continue
                name = layout.file_name(fields) if fields is not None and last and entry.state else None
                if name is None or entry.state is None:
                    _ignore(plan, path)
                elif selection.takes(name):
                    yield name.instrument, Input(path, name.component, name.day, entry.state)
        folders = deeper


def _ignore(plan: Plan, path: str) -> None:
    plan.ignored += 1
    if len(plan.examples) < _EXAMPLES:
        plan.examples.append(path)


def _shards(
    job: Job, instrument: Instrument, days: dict[datetime.date, list[Input]], shard_days: int
) -> list[Shard]:
    blocks: dict[datetime.date, list[datetime.date]] = defaultdict(list)
    for day in sorted(days):
        blocks[day.replace(day=(day.day - 1) // shard_days * shard_days + 1)].append(day)
    shards = []
    for first, own in blocks.items():
        around = sorted({day + ONE_DAY * step for day in own for step in (-1, 0, 1)})
        inputs = tuple(file for day in around for file in sorted(days.get(day, ()), key=lambda f: f.path))
        shards.append(Shard(job, instrument, first, tuple(own), inputs))
    return shards

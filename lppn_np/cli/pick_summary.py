"""What ``lppn-np pick`` says at the end: what was picked, how long it took, what was left out and why."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lppn_np.annotating.report import StationReport
    from lppn_np.picks import PickList


@dataclass
class Summary:
    """Counts and times of one run.

    Attributes
    ----------
    n_files : int
        Files that were looked at.
    stations : set of str
        ``NET.STA.LOC`` of what was picked.
    hours : float
        Of record, over all stations.
    seconds : dict of str to float
        Wall time by part: read, network, write.
    skipped : list of str
        What was left out, and why.
    reports : list of StationReport
        What became of each station's traces.
    """

    n_files: int = 0
    stations: set[str] = field(default_factory=set)
    hours: float = 0.0
    seconds: dict[str, float] = field(default_factory=lambda: {"read": 0.0, "network": 0.0, "write": 0.0})
    skipped: list[str] = field(default_factory=list)
    reports: list[StationReport] = field(default_factory=list)

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """Add the time of a block to a part."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - began

    def add(self, reports: Mapping[str, StationReport]) -> None:
        """Add what became of stations; one without a usable trace counts as skipped."""
        for trace_id, report in reports.items():
            self.reports.append(report)
            if report.instrument is None:
                self.skipped.append(f"{trace_id} cannot be used: {'; '.join(report.dropped)}")
                continue
            self.stations.add(trace_id)
            self.hours += report.seconds / 3600

    def lines(self, picks: PickList, output: Path | None) -> list[str]:
        """The report."""
        kinds = Counter((pick.phase or "?")[0] for pick in picks)
        phases = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in self.seconds.items())
        report = [
            f"{_number(len(self.stations), 'station')}, {self.hours:.2f} h of record, "
            f"{_number(len(picks), 'pick')}{f' ({phases})' if phases else ''}; {parts}",
            *(str(origin) for origin in picks.provenance),
        ]
        return [f"{output}: {_number(len(picks), 'pick')}", *report] if output else report

    def complaints(self) -> list[str]:
        """What was left out."""
        return [f"skipped: {reason}" for reason in self.skipped]


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"

"""What all manifests of an archive say together."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lppn_np.archive import manifest as manifests
from lppn_np.archive import places

_DAY_SECONDS = 86_400


@dataclass
class Figures:
    """Everything that the report shows.

    Attributes
    ----------
    coverage : dict of (str, date) to float
        By instrument and day, share of the day that there are data of.
    picks : dict of (str, date) to int
    phases : Counter of str
    errors : dict of (path or instrument, kind, message) to list of dates
        Each once, whichever shards met it.
    seconds : Counter of str
        Of reading, picking and writing, on all workers together.
    cpu_seconds, peak_mb : float
    rows, n_bytes : int
        Of all Parquet files, and bytes of the inputs that are no mere context.
    versions, weights : Counter of str
    """

    coverage: dict[tuple[str, datetime.date], float] = field(default_factory=dict)
    picks: dict[tuple[str, datetime.date], int] = field(default_factory=dict)
    phases: Counter[str] = field(default_factory=Counter)
    errors: dict[tuple[str, str, str], list[datetime.date]] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    rows: int = 0
    n_bytes: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    weights: Counter[str] = field(default_factory=Counter)

    @property
    def n_station_days(self) -> int:
        """Station-days that are done."""
        return len(self.coverage)


def gather(output: Path) -> Figures:
    """Add up the manifests in a folder of results; what is no manifest is left out."""
    figures = Figures()
    for path in sorted((output / places.MANIFESTS).rglob("*.json")):
        manifest = manifests.read(path)
        if manifest is not None and not path.name.startswith("."):
            try:
                _add(figures, manifest)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                continue
    return figures


def _add(figures: Figures, manifest: dict[str, Any]) -> None:
    codes = manifest["instrument"]
    name = f"{codes['network']}.{codes['station']}.{codes['location']}.{codes['band']}"
    for day in manifest["days"]:
        key = name, datetime.date.fromisoformat(day["day"])
        figures.coverage[key] = min(1.0, float(day["seconds"]) / _DAY_SECONDS)
        figures.picks[key] = sum(map(int, day["picks"].values()))
        figures.phases.update({str(phase): int(n) for phase, n in day["picks"].items()})
    for error in manifest["errors"]:
        day = datetime.date.fromisoformat(error["day"])
        # "no data of 2020-01-01 in its files", thirty times, is one line.
        message = re.sub(str(day), "the day", str(error["message"]))
        days = figures.errors.setdefault((error["path"] or name, str(error["kind"]), message), [])
        if day not in days:
            days.append(day)
    figures.seconds.update({step: float(value) for step, value in manifest["seconds"].items()})
    figures.cpu_seconds += float(manifest.get("cpu_seconds", 0))
    figures.peak_mb = max(figures.peak_mb, float(manifest.get("peak_mb", 0)))
    figures.rows += int(manifest["output"]["rows"])
    figures.n_bytes += sum(int(i["size"]) for i in manifest["inputs"] if not i.get("context"))
    figures.versions[", ".join(f"{k} {v}" for k, v in sorted(manifest["versions"].items()))] += 1
    figures.weights[str(manifest["settings"].get("weights_sha256"))] += 1

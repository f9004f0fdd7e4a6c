"""The unit of work: some consecutive station-days, and the files they are picked from."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from lppn_np.archive.codes import Instrument, check_instrument
from lppn_np.archive.job import Job
from lppn_np.archive.layouts import COMPONENTS
from lppn_np.archive.sources import State
from lppn_np.errors import ArchiveError


@dataclass(frozen=True)
class Input:
    """One file.

    Attributes
    ----------
    path : str
        Under the source, with ``/``.
    component : str
        One of E, N, Z, 1 and 2.
    day : datetime.date
        Which day's file it is.
    state : State
        Size and time of change when the shard was planned.
    """

    path: str
    component: str
    day: datetime.date
    state: State


@dataclass(frozen=True)
class Shard:
    """Station-days of one instrument, within one month.

    Attributes
    ----------
    job : Job
    instrument : Instrument
    first : datetime.date
        First day of the block of the calendar that the shard is; names it, whether it has files or not.
    days : tuple of datetime.date
        The days to pick, in order.
    inputs : tuple of Input
        Files of these days, and of the days before and after each of them: their ends are context.
    """

    job: Job
    instrument: Instrument
    first: datetime.date
    days: tuple[datetime.date, ...]
    inputs: tuple[Input, ...]

    def __post_init__(self) -> None:
        check_instrument(self.instrument)
        months = {(day.year, day.month) for day in (self.first, *self.days)}
        if len(months) != 1 or list(self.days) != sorted(set(self.days)) or not self.days:
            raise ArchiveError(f"{self.instrument.name}: a shard's days are in order and within one month")

    @property
    def name(self) -> str:
        """Unique in its archive, and safe as the name of a file."""
        return f"{self.instrument.name}.{self.first.isoformat()}"

    def files_of(self, day: datetime.date) -> list[Input]:
        """The files of one day."""
        return [file for file in self.inputs if file.day == day]

    def to_json(self) -> str:
        """Text that :meth:`from_json` takes back: what is sent to workers, instead of pickles."""
        return json.dumps(
            {
                "job": self.job.to_dict(),
                "instrument": list(self.instrument),
                "first": self.first.isoformat(),
                "days": [day.isoformat() for day in self.days],
                "inputs": [asdict(file) | {"day": file.day.isoformat()} for file in self.inputs],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Shard:
        """Read what :meth:`to_json` wrote; whatever else it is ends in an ArchiveError."""
        try:
            values = json.loads(text)
            return cls(
                Job(**values["job"]),
                Instrument(*values["instrument"]),
                datetime.date.fromisoformat(values["first"]),
                tuple(datetime.date.fromisoformat(day) for day in values["days"]),
                tuple(_input(file) for file in values["inputs"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            if isinstance(error, ArchiveError):
                raise
            raise ArchiveError(f"not a shard: {type(error).__name__}: {str(error)[:200]}") from error


def _input(values: dict[str, Any]) -> Input:
    path, component, state = values["path"], values["component"], values["state"]
    parts = re.split(r"[/\\]", path)
    if not path or path.startswith("/") or ".." in parts or "\0" in path:
        raise ArchiveError(f"the path {path[:200]!r} leaves the archive; one under its folder is expected")
    if component not in tuple(COMPONENTS):
        raise ArchiveError(f"component is {component!r}; one of {', '.join(COMPONENTS)} is expected")
    state = State(int(state["size"]), str(state["modified"]))
    return Input(path, component, datetime.date.fromisoformat(values["day"]), state)

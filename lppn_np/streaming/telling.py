"""Arrivals that have been decided, to the picks that are told."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from lppn_np.model import LPPN
from lppn_np.picking.decode import Candidates
from lppn_np.picking.listing import list_picks
from lppn_np.picks import Pick, PickList
from lppn_np.provenance import Provenance

if TYPE_CHECKING:
    from lppn_np.streaming.feeding import Feeder


@dataclasses.dataclass(frozen=True, eq=False)
class StreamedPick(Pick):
    """A pick out of a stream; equal to a :class:`~lppn_np.Pick` with the same attributes.

    Attributes
    ----------
    latency : float
        Seconds of data that had come after the arrival when it was told.
    """

    latency: float = float("nan")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pick):
            return NotImplemented
        names = [field.name for field in dataclasses.fields(Pick) if field.compare]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = Pick.__hash__


@dataclasses.dataclass
class Teller:
    """Makes picks of arrivals, while the samples around them are there.

    Attributes
    ----------
    model : LPPN
    sampling_rate : float
        Of arrays.
    trace_id, instrument : str
        Whose picks they are; an array has no instrument.
    provenance : Provenance, optional
        What makes them.
    """

    model: LPPN
    sampling_rate: float
    trace_id: str = ""
    instrument: str = ""
    provenance: Provenance | None = None

    def __call__(self, found: Candidates, feeder: Feeder) -> list[Pick]:
        """Picks of a record."""
        rate = self.model.sampling_rate
        seconds = feeder.clocks.seconds(found.time) if self.instrument else found.time / self.sampling_rate
        samples, labels = feeder.decider.line.samples(feeder.decider.settled), self.model.labels
        origin, clock = self.provenance, feeder.origin.clock
        picks = list_picks(found, samples, labels, self.trace_id, clock, seconds, rate, provenance=origin)
        latencies = ((feeder.newest - found.time) / rate).tolist()
        return [
            StreamedPick(**vars(pick), latency=latency)
            for pick, latency in zip(picks, latencies, strict=True)
        ]


def in_order(picks: list[Pick]) -> PickList:
    """Picks in order of time, of one time the most probable first."""
    if not picks:
        return PickList()
    return PickList(sorted(picks, key=lambda pick: (pick.peak_time, -(pick.peak_value or 0.0))))

"""What came of one shard, wherever it ran."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from lppn_np.archive.places import OutputError
from lppn_np.archive.shard import Shard
from lppn_np.errors import LPPNError


@dataclass(frozen=True)
class Outcome:
    """One shard's end.

    Attributes
    ----------
    name : str
        Of the shard.
    manifest : dict, optional
        None if the shard is not done.
    failure : str
        Why it is not.
    hopeless : bool
        No other shard can be done either, such as on a full disk.
    """

    name: str
    manifest: dict[str, Any] | None = None
    failure: str = ""
    hopeless: bool = False


class Runner(Protocol):
    """Where shards run: in this process, in processes of this machine, or on Dask."""

    def run(self, shards: list[Shard]) -> Iterator[Outcome]:
        """Yield outcomes as they come; closing the iterator ends what runs."""


def attempt(shard: Shard) -> Outcome:
    """Pick a shard; what it raises becomes a failure, so that one shard never ends a run of a thousand."""
    from lppn_np.archive.picking import pick_shard

    try:
        return Outcome(shard.name, pick_shard(shard))
    except OutputError as error:
        return Outcome(shard.name, failure=str(error), hopeless=error.hopeless)
    except (LPPNError, OSError, MemoryError) as error:
        return Outcome(shard.name, failure=f"{type(error).__name__}: {error}"[:1000])
    except Exception as error:
        return Outcome(shard.name, failure=f"unexpected {type(error).__name__}: {error}"[:1000])


def attempt_text(text: str) -> str:
    """Take a shard as JSON and give its outcome as JSON: what workers are sent and send back."""
    try:
        outcome = attempt(Shard.from_json(text))
    except LPPNError as error:
        outcome = Outcome("", failure=str(error))
    return json.dumps(vars(outcome))


def outcome_of(text: str, shard: Shard) -> Outcome:
    """Read what :func:`attempt_text` gave for a shard; anything else is a failure."""
    try:
        outcome = Outcome(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return Outcome(shard.name, failure="the worker's answer is no outcome")
    if outcome.name == shard.name and (outcome.manifest is None or isinstance(outcome.manifest, dict)):
        return outcome
    return Outcome(shard.name, failure=outcome.failure or "the worker answered for another shard")


class Here:
    """Shards one after the other in this process."""

    def run(self, shards: list[Shard]) -> Iterator[Outcome]:
        """Yield the outcome of each."""
        yield from map(attempt, shards)

"""An archive picked under ``kill -9``: ``python -m lppn_np.bench.archive_faults --station-days 500 FOLDER``.

Picked once undisturbed, then on a Dask cluster of this machine whose client, workers and scheduler are killed
at random moments, the same command again each time, until it is done. Then the rows of all Parquet files are
compared: none lost, doubled, changed or new.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lppn_np.archive import places
from lppn_np.bench import machine
from lppn_np.bench.archive_cluster import Cluster, wait_for
from lppn_np.bench.archive_files import make_archive
from lppn_np.bench.archive_rows import compare_archives
from lppn_np.errors import InputError
from lppn_np.files import atomic_write

TARGETS = ("client", "worker", "scheduler")
#: Seconds between two looks for new manifests, and the most that a kill comes after the shard it waits for: a
#: shard of eight days takes as long, so that kills find shards at all stages.
_LOOK, _LATEST = 0.2, 10.0
_PATIENCE = 3600.0
_TRIES = 5


@dataclass(frozen=True)
class Kill:
    """When something is killed.

    Attributes
    ----------
    shards : int
        Once so many are done.
    delay : float
        Seconds after that.
    target : str
        One of TARGETS.
    """

    shards: int
    delay: float
    target: str


@dataclass
class Story:
    """What happened.

    Attributes
    ----------
    kills : list of dict
        What was killed when, and how many shards were done.
    runs : list of int
        Exit status of the clients, in order; killed ones -9.
    seconds : float
    """

    kills: list[dict[str, Any]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Make or reuse the archive, pick it twice, compare; 1 if the rows differ."""
    options = _options(arguments)
    folder: Path = options.folder
    _archive(folder / "sds", options.station_days)
    base = ["--sds", str(folder / "sds"), "--model", options.model, "--shard-days", str(options.shard_days)]
    calm, stormy = folder / "undisturbed", folder / "killed"
    begin = time.monotonic()
    status = _start([*base, "-o", str(calm), "--workers", str(options.workers)]).wait()
    if status:
        print(f"the undisturbed run ended with {status}", file=sys.stderr)
        return 1
    undisturbed = time.monotonic() - begin
    n_shards = _done(calm)
    kills = plan_kills(n_shards, options.kills, options.seed)
    story = under_kills([*base, "-o", str(stormy)], stormy, kills, options.workers, options.seed)
    rows = compare_archives(calm, stormy)
    found = {
        "machine": machine.describe(),
        "station_days": options.station_days,
        "shards": n_shards,
        "model": options.model,
        "seed": options.seed,
        "undisturbed_s": undisturbed,
        "rows": rows,
        **asdict(story),
    }
    print("\n".join(lines(found)))
    if options.output:
        atomic_write(options.output, (json.dumps(found, indent=1) + "\n").encode(), InputError)
    return 0 if rows["expected"] == rows["found"] and not any(list(rows.values())[2:]) else 1


def plan_kills(n_shards: int, times: int, seed: int) -> list[Kill]:
    """Each target so many times, in random order, at random moments of a run of so many shards."""
    rng = random.Random(seed)
    targets = list(TARGETS) * times
    rng.shuffle(targets)
    moments = sorted(rng.randrange(max(1, n_shards - 2)) for _ in targets)
    return [
        Kill(moment, rng.uniform(0, _LATEST), target) for moment, target in zip(moments, targets, strict=True)
    ]


def under_kills(command: list[str], output: Path, kills: list[Kill], workers: int, seed: int) -> Story:
    """Give the same command again and again while its processes are killed, until it is done."""
    story, rng, begin = Story(), random.Random(seed + 1), time.monotonic()
    with Cluster(workers) as cluster:
        client = _start([*command, "--scheduler", cluster.address])
        for kill in kills:
            _await(client, output, kill)
            if client.poll() is None:
                story.kills.append(
                    {"target": kill.target, "at_s": time.monotonic() - begin, "done": _done(output)}
                )
                client = _strike(kill.target, client, cluster, command, story, rng)
        while client.wait() != 0 and len(story.runs) < len(kills) + _TRIES:
            story.runs.append(client.returncode)
            client = _start([*command, "--scheduler", cluster.address])
        story.runs.append(client.returncode)
    story.seconds = time.monotonic() - begin
    return story


def _strike(
    target: str,
    client: subprocess.Popen[bytes],
    cluster: Cluster,
    command: list[str],
    story: Story,
    rng: random.Random,
) -> subprocess.Popen[bytes]:
    """Kill one process, replace it, and return the client that goes on."""
    if target == "worker":
        cluster.kill_worker(rng.randrange(len(cluster.workers)))
        cluster.add_worker()
        return client
    if target == "client":
        client.kill()
        story.runs.append(client.wait())
    else:
        cluster.kill_scheduler()
        story.runs.append(client.wait(timeout=_PATIENCE))  # it says that the scheduler is gone
        cluster.stop()
        cluster.start()
    return _start([*command, "--scheduler", cluster.address])


def _await(client: subprocess.Popen[bytes], output: Path, kill: Kill) -> None:
    def is_time() -> bool:
        time.sleep(_LOOK)
        return _done(output) >= kill.shards or client.poll() is not None

    wait_for(is_time, f"{kill.shards} shards are not done", _PATIENCE)
    time.sleep(kill.delay)


def _done(output: Path) -> int:
    return len(list((output / places.MANIFESTS).rglob("[!.]*.json")))


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "lppn_np", "archive", *arguments])


def _archive(root: Path, station_days: int) -> None:
    """Make the archive, or take the one that is there."""
    mark = root.with_name("made.json")
    if not mark.exists() or json.loads(mark.read_text())["station_days"] != station_days:
        root.mkdir(parents=True, exist_ok=True)
        size = make_archive(root, station_days)
        mark.write_text(json.dumps({"station_days": station_days, "bytes": size}))


def lines(found: dict[str, Any]) -> list[str]:
    """What happened, to be read."""
    killed = [kill["target"] for kill in found["kills"]]
    rows = ", ".join(f"{count:,} {name}" for name, count in found["rows"].items())
    return [
        f"{found['station_days']} station-days in {found['shards']} shards",
        f"undisturbed: {found['undisturbed_s']:,.0f} s; under kills: {found['seconds']:,.0f} s",
        "killed: " + ", ".join(f"{target} {killed.count(target)} times" for target in TARGETS),
        f"the command was given {len(found['runs'])} times",
        f"picks: {rows}",
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lppn_np.bench.archive_faults", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the archive, 32 MB a station-day, and all picks")
    parser.add_argument("--station-days", type=int, default=20)
    parser.add_argument("--shard-days", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=4, help="of each: client, worker, scheduler")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="default", help="weights file (.npz) or name of bundled weights")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write all figures as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

"""Streams at full size: equality, memory, latency, share of a core; ``python -m lppn_np.bench.streaming``.

Each part checks the picks against the batch run where it can, and exits with 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from lppn_np.bench.streaming_chunkings import chunkings
from lppn_np.bench.streaming_live import live
from lppn_np.bench.streaming_seedlink import seedlink
from lppn_np.bench.streaming_week import week

_PARTS: dict[str, tuple[Callable[..., dict[str, Any]], list[tuple[str, Any]]]] = {
    "chunkings": (chunkings, [("--number", 200), ("--first", 0), ("--hours", 2.0)]),
    "week": (week, [("--days", 7.0), ("--weights", "default")]),
    "live": (live, [("--stations", 100), ("--minutes", 10.0), ("--speed", 1.0)]),
    "seedlink": (seedlink, [("--minutes", 30.0), ("--speed", 20.0)]),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one part and print its figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m lppn_np.bench.streaming", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    for name, (_, flags) in _PARTS.items():
        part = parts.add_parser(name)
        for flag, default in flags:
            part.add_argument(flag, type=type(default), default=default)
        if name == "live":
            part.add_argument("--early", action="store_true")
    chosen = vars(parser.parse_args(arguments))
    figures = _PARTS[chosen.pop("part")][0](**chosen)
    print(json.dumps(figures, indent=1))
    return int(figures.get("different", 0) > 0)


if __name__ == "__main__":
    sys.exit(main())

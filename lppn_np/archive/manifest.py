"""Manifests: what a finished shard was made from, with what, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lppn_np.archive import places
from lppn_np.archive.fetching import PASSING
from lppn_np.archive.shard import Input, Shard

FORMAT = 1
Manifest = dict[str, Any]
#: What readers count on, and the type of each.
_KEYS = {
    "format": int,
    "shard": str,
    "instrument": dict,
    "settings": dict,
    "days": list,
    "inputs": list,
    "errors": list,
    "output": dict,
    "seconds": dict,
    "versions": dict,
}


def read(path: Path) -> Manifest | None:
    """Read a manifest; None if it is missing or no manifest of this format."""
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return None
    fits = all(isinstance(manifest.get(key), kind) for key, kind in _KEYS.items())
    lists = ("days", "inputs", "errors")
    return manifest if fits and all(isinstance(x, dict) for key in lists for x in manifest[key]) else None


def write(shard: Shard, manifest: Manifest) -> None:
    """Write a shard's manifest, the last of its files."""
    text = json.dumps(manifest, indent=1, sort_keys=True)
    places.write(shard.job.output, places.manifest_file(shard), text.encode() + b"\n")


def is_done(shard: Shard, hash_of: Callable[[Input], str], verify: bool = False) -> bool:
    """Whether a shard is whole and nothing that it was made from has changed.

    Parameters
    ----------
    shard : Shard
        As planned now.
    hash_of : callable
        sha256 of a file as it is now, for files whose time has changed and size has not; empty if that
        cannot be told.
    verify : bool
        Hash every input and the output, instead of believing sizes and times.
    """
    manifest = read(places.place(shard.job.output, places.manifest_file(shard)))
    if manifest is None or manifest["shard"] != shard.name or manifest["settings"] != shard.job.picking():
        return False
    if manifest.get("days_planned") != [day.isoformat() for day in shard.days]:
        return False
    return _output_is_whole(shard, manifest, verify) and _inputs_are_same(shard, manifest, hash_of, verify)


def _output_is_whole(shard: Shard, manifest: Manifest, verify: bool) -> bool:
    path = places.place(shard.job.output, places.picks_file(shard))
    try:
        if path.stat().st_size != manifest["output"].get("size"):
            return False
        return not verify or hashlib.sha256(path.read_bytes()).hexdigest() == manifest["output"].get("sha256")
    except OSError:
        return False


def _inputs_are_same(shard: Shard, manifest: Manifest, hash_of: Callable[[Input], str], verify: bool) -> bool:
    known = {str(entry.get("path")): entry for entry in manifest["inputs"]}
    if len(known) != len(manifest["inputs"]) or set(known) != {file.path for file in shard.inputs}:
        return False
    if any(error.get("kind") in PASSING for error in manifest["errors"]):
        return False
    return all(_is_same(file, known[file.path], hash_of, verify) for file in shard.inputs)


def _is_same(file: Input, entry: Manifest, hash_of: Callable[[Input], str], verify: bool) -> bool:
    if not entry.get("sha256") or entry.get("size") != file.state.size:
        return False
    if not verify and entry.get("modified") == file.state.modified:
        return True
    return hash_of(file) == str(entry["sha256"])

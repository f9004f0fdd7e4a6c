"""What ``lppn-np pick`` reads: files, folders, patterns, standard input, archives; gathered by station."""

from __future__ import annotations

import argparse
import glob
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lppn_np.cli.pick_sds import sds_files
from lppn_np.cli.pick_span import Span
from lppn_np.errors import InputError

#: Not tried where a folder is given: what people keep beside waveforms. Named one by one they are read.
_OTHERS = """
    csv txt json xml md rst html log  png jpg jpeg svg pdf  npz npy parquet h5 hdf5 pkl  provenance
    py ipynb sh yaml yml toml ini cfg  gz bz2 zip tar
"""
OTHER_SUFFIXES = frozenset(f".{suffix}" for suffix in _OTHERS.split())
STDIN = Path("-")


@dataclass
class Inputs:
    """Files by the stations in them.

    Attributes
    ----------
    groups : list of list of Path
        Files that belong together: those of a group share stations, different groups share none.
    skipped : list of str
        Why a file was left out.
    n_files : int
        How many were looked at.
    """

    groups: list[list[Path]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    n_files: int = 0


@contextmanager
def standard_input(paths: Iterable[Path]) -> Iterator[Callable[[Path], Path]]:
    """A function that gives the file for a path: for ``-`` a temporary one that holds standard input."""
    if STDIN not in paths:
        yield lambda path: path
        return
    with tempfile.TemporaryDirectory(prefix="lppn-np-") as folder:
        copy = Path(folder) / "standard input"
        copy.write_bytes(sys.stdin.buffer.read())
        yield lambda path: copy if path == STDIN else path


def gather(options: argparse.Namespace, span: Span, headers: Callable[[Path], Any]) -> Inputs:
    """Find the files and sort them into groups that share no station.

    Parameters
    ----------
    options : Namespace
        With ``files``, ``sds`` and ``stations``.
    span : Span
        Days that are wanted of an archive.
    headers : callable
        A file to a Stream without samples, or an InputError. Only headers are read here, so that the samples
        of one group at a time need memory.
    """
    found = Inputs()
    stations: dict[Path, frozenset[str]] = (
        dict(sds_files(options.sds, span, options.stations)) if options.sds else {}
    )
    paths = list(dict.fromkeys(_expand(options.files, found.skipped)))
    found.n_files = len(stations) + len(paths)
    for path in paths:
        if len(paths) == 1 and not stations:
            stations[path] = frozenset([""])  # one file is one group, whatever is in it
            continue
        try:
            traces = headers(path)
        except InputError as error:
            found.skipped.append(str(error))
            continue
        stations[path] = frozenset(trace.id.rpartition(".")[0] for trace in traces)
    found.groups = connected(stations)
    return found


def connected(stations: dict[Path, frozenset[str]]) -> list[list[Path]]:
    """Groups of files that share stations, directly or through others, in order of their first station."""
    group_of: dict[str, list[Path]] = {}
    names_of: dict[int, set[str]] = {}
    for path, names in stations.items():
        merged, all_names = [path], set(names)
        for group in {id(group_of[name]): group_of[name] for name in names if name in group_of}.values():
            merged = group + merged
            all_names |= names_of[id(group)]
        names_of[id(merged)] = all_names
        for name in all_names:
            group_of[name] = merged
    unique = {id(group): group for _, group in sorted(group_of.items())}
    order = {path: index for index, path in enumerate(stations)}
    return [sorted(group, key=order.__getitem__) for group in unique.values()]


def _expand(files: Iterable[Path], skipped: list[str]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and not _passed_over(p, path)]
            if not inside:
                skipped.append(f"{path}: there are no waveform files in this folder")
            yield from inside
        elif path != STDIN and not path.exists() and glob.has_magic(str(path)):
            matches = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207  # of any root
            if not any(match.is_file() for match in matches):
                skipped.append(f"{path}: no file matches")
            yield from (match for match in matches if match.is_file())
        else:
            yield path


def _passed_over(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return hidden or path.suffix.lower() in OTHER_SUFFIXES

"""Every pick format, by name; what a path means; writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lppn_np.errors import InputError
from lppn_np.exporters.format import Format
from lppn_np.exporters.gamma import GAMMA
from lppn_np.exporters.hypoinverse import HYPOINVERSE
from lppn_np.exporters.nonlinloc import NONLINLOC
from lppn_np.exporters.origin import beside
from lppn_np.exporters.parquet import PARQUET
from lppn_np.exporters.phasenet import PHASENET
from lppn_np.exporters.plain import CSV, JSON
from lppn_np.exporters.pyocto import PYOCTO
from lppn_np.exporters.quakeml import QUAKEML
from lppn_np.exporters.real import REAL
from lppn_np.exporters.scml import SCML
from lppn_np.files import write_together

if TYPE_CHECKING:
    from lppn_np.picks import Pick

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        CSV, JSON, PHASENET, GAMMA, PYOCTO, REAL, QUAKEML, NONLINLOC, SCML, HYPOINVERSE, PARQUET,
    )
}  # fmt: skip
_BY_SUFFIX = {suffix: known.name for known in FORMATS.values() for suffix in known.suffixes}


def check_format(path: Path, format: str | None) -> str:  # noqa: A002
    """Name of the format for a path, or an InputError that lists the known ones."""
    suffix = path.suffix.removeprefix(".").lower()
    name = format or _BY_SUFFIX.get(suffix, "")
    if name not in FORMATS:
        raise InputError(f"{path}: no pick format {format or suffix!r}; known are {', '.join(FORMATS)}")
    return name


def encode(picks: Sequence[Pick], path: Path, format: str | None = None) -> dict[Path, bytes]:  # noqa: A002
    """Contents of the files that picks become, by path; nothing is written.

    A format without a place for the sha256 of the weights gets a file beside it that holds it.

    Raises
    ------
    InputError
        An unknown format, picks that it cannot hold, or a folder that already holds something.
    MissingDependencyError
        The format needs a package that is not installed.
    """
    content = FORMATS[check_format(path, format)].encode(picks)
    if isinstance(content, bytes):
        return {path: content, **beside(path, [content], picks, folder=False)}
    if path.is_dir() and any(path.iterdir()):  # yesterday's stations would pass for today's
        raise InputError(f"{path}: the folder is not empty; picks of another run would be among these")
    files = {path / name: part for name, part in content.items()}
    return files | beside(path, content.values(), picks, folder=True)


def made_by(path: Path, format: str | None = None) -> list[Path]:  # noqa: A002
    """Folders that writing may make: the one of a format that is a folder."""
    return [path] if FORMATS[check_format(path, format)].folder else []


def write(picks: Sequence[Pick], path: Path, format: str | None = None) -> None:  # noqa: A002
    """Write picks to ``path``; see :meth:`lppn_np.picks.PickList.write`."""
    contents = encode(picks, path, format)
    write_together(contents, InputError, made_by(path, format))

"""Figures to files, whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lppn_np.errors import InputError
from lppn_np.files import atomic_write
from lppn_np.optional import require
from lppn_np.provenance import SOFTWARE, Provenance, gathered, marks_of

SUFFIXES = ("png", "pdf", "svg")
#: Where each of them says what it shows; matplotlib refuses other names in PDF and SVG.
_REMARK = {"png": "Description", "pdf": "Subject", "svg": "Description"}


def save_figure(figure: Any, path: str | os.PathLike[str]) -> None:
    """Write a figure as PNG, PDF or SVG, by its suffix; the file's metadata say what made its picks.

    Raises
    ------
    InputError
        Another suffix, or a path that cannot be written.
    """
    atomic_write(Path(path), figure_bytes([figure], Path(path)), InputError)


def check_picture(path: Path) -> str:
    """Name of a picture's format, or an error before anything is drawn.

    Raises
    ------
    InputError
        A suffix that is none of :data:`SUFFIXES`.
    MissingDependencyError
        matplotlib is not installed.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in SUFFIXES:
        raise InputError(f"{path}: pictures are written as .png, .pdf or .svg")
    require("matplotlib.figure", "plot")
    return kind


def figure_bytes(figures: Sequence[Any], path: Path) -> bytes:
    """Content of a picture; several figures are the pages of a PDF.

    Raises
    ------
    InputError
        Several figures for a picture that has one page.
    """
    kind = check_picture(path)
    buffer = io.BytesIO()
    metadata = _metadata(kind, gathered(*(marks_of(figure) for figure in figures)))
    if len(figures) > 1:
        if kind != "pdf":
            raise InputError(
                f"{path}: {len(figures)} figures need a .pdf, one page each; or --plot-kind section"
            )
        with require("matplotlib.backends.backend_pdf", "plot").PdfPages(buffer, metadata=metadata) as pages:
            for figure in figures:
                pages.savefig(figure)
    else:
        figures[0].savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


def _metadata(kind: str, provenance: Sequence[Provenance]) -> dict[str, str]:
    if not provenance:
        return {}
    remark = {_REMARK[kind]: "\n".join(str(origin) for origin in provenance)}
    return remark if kind == "png" else {"Creator": f"{SOFTWARE} {provenance[0].version}", **remark}

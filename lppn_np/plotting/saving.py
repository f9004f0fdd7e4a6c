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

SUFFIXES = ("png", "pdf", "svg")


def save_figure(figure: Any, path: str | os.PathLike[str]) -> None:
    """Write a figure as PNG, PDF or SVG, by its suffix.

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
    if len(figures) > 1:
        if kind != "pdf":
            raise InputError(
                f"{path}: {len(figures)} figures need a .pdf, one page each; or --plot-kind section"
            )
        with require("matplotlib.backends.backend_pdf", "plot").PdfPages(buffer) as pages:
            for figure in figures:
                pages.savefig(figure)
    else:
        figures[0].savefig(buffer, format=kind)
    return buffer.getvalue()

"""Picks and picture of ``lppn-np pick``: both are written, or neither."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lppn_np.errors import InputError
from lppn_np.exporters import FORMATS, check_format, encode, made_by
from lppn_np.files import write_together
from lppn_np.picks import PickList
from lppn_np.plotting import Panel, check_picture, figure_bytes, plot_panels


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse what cannot be written, before anything is read.

    Raises
    ------
    InputError
        An unknown format, no file for a format that cannot be printed, a picture of unknown kind.
    MissingDependencyError
        A picture without matplotlib.
    """
    if options.output:
        check_format(options.output, options.format)
    elif options.format and (FORMATS[options.format].binary or FORMATS[options.format].folder):
        raise InputError(f"the format {options.format!r} cannot be printed: give -o")
    if options.plot:
        check_picture(options.plot)
        if options.output and options.plot.resolve() == options.output.resolve():
            raise InputError(f"{options.plot}: picks and picture cannot be the same file")


def write_outputs(options: argparse.Namespace, picks: PickList, panels: Sequence[Panel]) -> None:
    """Write or print the picks, and draw the picture."""
    contents: dict[Path, bytes] = {}
    make: list[Path] = []
    if options.plot:
        figures = plot_panels(panels, options.plot_kind)
        contents[options.plot] = figure_bytes(figures, options.plot)
    if options.output:
        contents |= encode(picks, options.output, options.format)
        make = made_by(options.output, options.format)
    write_together(contents, InputError, make)
    if not options.output:
        print(_text(picks, options.format), end="")


def _text(picks: PickList, format_name: str | None) -> str:
    if format_name is None:
        return f"{picks}\n"
    content = FORMATS[format_name].encode(picks)
    assert isinstance(content, bytes)
    return content.decode()

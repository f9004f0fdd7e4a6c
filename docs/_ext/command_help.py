"""The directive ``command-help``: what ``lppn-np COMMAND --help`` prints, asked of the parser itself."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from lppn_np.cli import build_parser


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command's name and parser, in the order of ``lppn-np --help``."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


class CommandHelp(Directive):
    """One section a command, all that there are: a new command needs no edit of the page."""

    def run(self) -> list[nodes.Node]:
        """Sections with the help texts as literal blocks."""
        os.environ["COLUMNS"] = "90"  # argparse wraps at the width of the terminal of the build otherwise
        sections: list[nodes.Node] = []
        for name, parser in commands(build_parser()):
            section = nodes.section(ids=[f"lppn-np-{name}"])
            section += nodes.title("", "", nodes.literal("", f"lppn-np {name}"))
            help_text = parser.format_help()
            section += nodes.literal_block(help_text, help_text, language="text")
            sections.append(section)
        return sections


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}

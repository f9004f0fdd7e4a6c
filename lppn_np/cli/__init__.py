"""The command ``lppn-np``: exit 0 when done, 1 when the data fail, 2 on wrong usage."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from lppn_np import __version__
from lppn_np.cli import (
    archive_command,
    bench_command,
    evaluate_command,
    explain_command,
    export_command,
    import_command,
    pick_command,
    stream_command,
    summary_command,
    train_command,
)
from lppn_np.errors import LPPNError

_COMMANDS = (
    pick_command,
    train_command,
    evaluate_command,
    import_command,
    summary_command,
    explain_command,
    export_command,
    archive_command,
    stream_command,
    bench_command,
)


def build_parser() -> argparse.ArgumentParser:
    """Parser of the whole command line; each command module adds its own part."""
    parser = argparse.ArgumentParser(
        prog="lppn-np", description="P and S picks on a CPU with the LPPN network (Yu and Wang 2022)."
    )
    parser.add_argument("--version", action="version", version=f"lppn-np {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = build_parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except LPPNError as error:
        print(f"lppn-np {options.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of a pipe, such as head, has had enough
        # The interpreter flushes stdout once more when it ends, and must not complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status

"""Traces that cannot be used are reported once a channel: a station sends thousands of them a day."""

from __future__ import annotations

import warnings
from collections.abc import Callable


class Problems:
    """Passes on what is wrong with a channel, the first time.

    Parameters
    ----------
    report : callable, optional
        Called with a text. Default: a Python warning.
    """

    def __init__(self, report: Callable[[str], None] | None = None) -> None:
        self._report = report or _warn
        self._told: set[str] = set()

    def tell(self, channel: str, text: str) -> None:
        """Report it, if nothing has been reported of that channel yet."""
        if channel not in self._told:
            self._told.add(channel)
            self._report(text)


def _warn(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=5)

"""What a data set had to leave out, by name and reason: nothing is dropped in silence."""

from __future__ import annotations


class Ledger:
    """
    The account of one pair of files; it grows while records are read.

    Attributes
    ----------
    skipped : dict of str to str
        Records that cannot be used, and why.
    remarks : dict of str to set of str
        What was left out of records that can be used (such as a label beyond the end), and of which.
    """

    # Threads share it without a lock: each update is one dict or set operation, atomic in CPython.

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}
        self.remarks: dict[str, set[str]] = {}

    def skip(self, name: str, reason: str) -> None:
        """List a record as unusable; the first reason stays."""
        self.skipped.setdefault(name, reason)

    def remark(self, name: str, what: str) -> None:
        """Note something about a record; reading it again does not count it again."""
        self.remarks.setdefault(what, set()).add(name)

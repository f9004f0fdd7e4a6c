"""What ``classify`` returns, as in SeisBench."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn

from lppn_np.errors import InputError


class ClassifyOutput(SimpleNamespace):
    """
    Picks, and who made them.

    Attributes
    ----------
    creator : str
        Name of the model.
    picks : PickList
        In order of time.
    reports : dict of str to StationReport
        By ``NET.STA.LOC``, only with ``explain=True``.
    """

    def __init__(self, creator: str, **outputs: Any) -> None:
        super().__init__(creator=creator, **outputs)

    def __iter__(self) -> NoReturn:
        raise InputError("the output of classify is no list: its picks are in the attribute picks")

    def __getitem__(self, item: Any) -> NoReturn:
        raise InputError("the output of classify is no list: its picks are in the attribute picks")

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (vars(self),)


def _remade(outputs: dict[str, Any]) -> ClassifyOutput:
    return ClassifyOutput(**outputs)

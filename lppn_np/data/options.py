"""What a caller of :func:`lppn_np.data.open_dataset` may choose, checked once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lppn_np.data.columns import P_COLUMNS, S_COLUMNS
from lppn_np.data.splits import DEFAULT_FRACTIONS, check_fractions
from lppn_np.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a data set is read; the arguments of :func:`lppn_np.data.open_dataset`."""

    component_order: str = "ENZ"
    sampling_rate: float = 100.0
    p_columns: Sequence[str] = P_COLUMNS
    s_columns: Sequence[str] = S_COLUMNS
    split_fractions: Sequence[float] = DEFAULT_FRACTIONS

    def __post_init__(self) -> None:
        if sorted(self.component_order) != ["E", "N", "Z"]:
            raise InputError(
                f"component_order is {self.component_order!r}; E, N and Z in any order are expected"
            )
        if not (math.isfinite(self.sampling_rate) and self.sampling_rate > 0):
            raise InputError(f"sampling_rate is {self.sampling_rate}; a positive number of Hz is expected")
        for name in ("p_columns", "s_columns"):
            value = getattr(self, name)
            # A lone string is a sequence too, of columns called "t", "r", "a", ...
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        object.__setattr__(self, "split_fractions", check_fractions(self.split_fractions))

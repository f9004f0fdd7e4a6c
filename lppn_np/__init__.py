"""lppn-np: fast P and S picks on a CPU with NumPy and Numba, no deep-learning framework.

>>> import lppn_np
>>> model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=8))

The names below are imported when they are first used, so that ``import lppn_np`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "pick": "api",
    "LPPN": "model",
    "LPPNConfig": "config",
    "Pick": "picks",
    "PickList": "picks",
    "StreamingPicker": "streaming",
    "StreamingPickers": "streaming",
    "LPPNError": "errors",
    "InputError": "errors",
    "ConfigError": "errors",
    "WeightsError": "errors",
    "CheckpointError": "errors",
    "ArchiveError": "errors",
    "MissingDependencyError": "errors",
}

__all__ = [  # noqa: PLE0604  # strings all, but ruff does not follow the unpacking
    "__version__",
    *_HOMES,
]

if TYPE_CHECKING:
    from lppn_np.api import pick as pick
    from lppn_np.config import LPPNConfig as LPPNConfig
    from lppn_np.errors import ArchiveError as ArchiveError
    from lppn_np.errors import CheckpointError as CheckpointError
    from lppn_np.errors import ConfigError as ConfigError
    from lppn_np.errors import InputError as InputError
    from lppn_np.errors import LPPNError as LPPNError
    from lppn_np.errors import MissingDependencyError as MissingDependencyError
    from lppn_np.errors import WeightsError as WeightsError
    from lppn_np.model import LPPN as LPPN
    from lppn_np.picks import Pick as Pick
    from lppn_np.picks import PickList as PickList
    from lppn_np.streaming import StreamingPicker as StreamingPicker
    from lppn_np.streaming import StreamingPickers as StreamingPickers


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

"""The one door to packages that lppn-np can do without."""

from __future__ import annotations

import importlib
from types import ModuleType

from lppn_np.errors import MissingDependencyError

_PURPOSES = {
    "waveforms": "to read waveform files and obspy Streams",
    "miniseed": "to read MiniSEED faster",
    "plot": "to draw figures",
    "dataframe": "to make data frames",
    "torch": "to compare with PyTorch",
    "train": "to read data sets and train",
    "onnx": "to write ONNX files and run them",
    "bench": "to be compared with in benchmarks",
    "archive": "to pick archives",
    "associate": "to make events of picks",
}


def require(module: str, extra: str) -> ModuleType:
    """
    Import an optional package when it is first needed.

    Parameters
    ----------
    module
        What to import, such as ``"obspy"`` or ``"obspy.core.event"``.
    extra
        The extra of lppn-np that installs it, such as ``"waveforms"``.

    Returns
    -------
    ModuleType
        The imported module.

    Raises
    ------
    MissingDependencyError
        If it cannot be imported; the message says what it is for and which pip command brings it.

    Examples
    --------
    >>> require("math", "waveforms").sqrt(4.0)
    2.0
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependencyError(_explain(module, extra, error)) from error


def _explain(module: str, extra: str, error: ImportError) -> str:
    package = module.partition(".")[0]
    # An ImportError about another name comes from inside a package that is there but broken.
    absent = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == package
    state = "is not installed" if absent else f"cannot be imported ({error})"
    purpose = _PURPOSES.get(extra, f"for the extra {extra!r}")
    return f'{package}, needed {purpose}, {state}: pip install "lppn-np[{extra}]"'

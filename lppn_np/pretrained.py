"""The weights that are installed with the package, in its folder ``pretrained_weights``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from lppn_np import weights_file
from lppn_np.errors import WeightsError

_FOLDER = Path(__file__).parent / "pretrained_weights"


def names() -> list[str]:
    """Names of the bundled weights."""
    return sorted(path.stem for path in _FOLDER.glob("*.npz"))


def details() -> dict[str, dict[str, Any]]:
    """What :meth:`lppn_np.LPPN.list_pretrained` says with ``details``."""
    return {name: _details(path_of(name)) for name in names()}


def path_of(name: str) -> Path:
    """File of bundled weights.

    Raises
    ------
    WeightsError
        No weights of that name come with this version.
    """
    if name in names():
        return _FOLDER / f"{name}.npz"
    known = ", ".join(names()) or "none in this version"
    raise WeightsError(
        f"no bundled weights are called {name!r} (there are: {known}). Give a weights file, for example "
        "one made from a PyTorch checkpoint by 'lppn-np import CHECKPOINT --stride 16 -o weights.npz'"
    )


def _details(path: Path) -> dict[str, Any]:
    config, tensors, metadata = weights_file.read(path)
    learnt = [tensor for name, tensor in tensors.items() if ".running_" not in name]
    return {
        "docstring": metadata.get("docstring", ""),
        "licence": metadata.get("licence", ""),
        "bytes": path.stat().st_size,
        "parameters": sum(math.prod(tensor.shape) for tensor in learnt),
        "config": config.to_dict(),
        "scores": metadata.get("scores", {}),
        "sha256": weights_file.sha256(tensors),
    }

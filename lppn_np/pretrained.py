"""The weights that are installed with the package, in its folder ``pretrained_weights``."""

from __future__ import annotations

from pathlib import Path

from lppn_np.errors import WeightsError

_FOLDER = Path(__file__).parent / "pretrained_weights"


def names() -> list[str]:
    """Names of the bundled weights."""
    return sorted(path.stem for path in _FOLDER.glob("*.npz"))


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

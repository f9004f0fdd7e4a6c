"""Which LPPN a state dict holds, told from its names and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from lppn_np.config import PAPER_STRIDES, LPPNConfig
from lppn_np.errors import CheckpointError

#: The paper's networks were trained with the arrivals early in the window and miss late ones: 16-8 finds
#: 90 % of the P in its first half and 4 % at three quarters. Whole records at random starts, overlap 1024 and
#: 2048 of 3072: P recall 0.70 and 0.92 (16-8).
_PUBLISHED_OVERLAP = 2048

#: A tensor that only this family has, and the tensor whose first axis is n.
_SIGNATURES = {
    "paper": ("layers.0.conv.0.0.weight", "layers.0.conv.2.weight"),
    "depthwise successor": ("layers.1.conv.0.0.weight", "layers.0.0.weight"),
    "large": ("layers.1.conv.0.weight", "layers.0.0.weight"),
}
#: The paper's receptive-field part has six blocks, the deep variant's ten.
_FOURTH_UP = "class_encoder.8."


def recognise(tensors: Mapping[str, NDArray[Any]], stride: int | None, phase_code: bool | None) -> LPPNConfig:
    """Configuration of a state dict.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        By PyTorch name.
    stride : int or None
        The paper's networks need it: no shape shows it. The successors' is 8.
    phase_code : bool or None
        None: on for the paper's networks, whose published weights need it, off for the successors.

    Raises
    ------
    CheckpointError
        Not an LPPN, or the stride is missing or wrong.
    """
    family = next((f for f, names in _SIGNATURES.items() if all(name in tensors for name in names)), None)
    if family is None:
        some = ", ".join(list(tensors)[:4]) or "nothing"
        raise CheckpointError(f"not an LPPN: no layer list known here has these tensors ({some}, ...)")
    leading = tensors[_SIGNATURES[family][1]]
    if leading.ndim != 4:
        raise CheckpointError(f"{_SIGNATURES[family][1]} has shape {leading.shape}; four axes are expected")
    if family == "paper":
        variant = "deep" if any(name.startswith(_FOURTH_UP) for name in tensors) else "paper"
        return _paper(variant, stride, leading.shape[0], True if phase_code is None else phase_code)
    variant = "large" if family == "large" else {3: "tiny", 5: "medium"}.get(leading.shape[3], "tiny")
    if stride not in (None, 8):
        raise CheckpointError(f"the successor {variant!r} has stride 8, not {stride}")
    return LPPNConfig(variant=variant, stride=8, phase_code=bool(phase_code))


def _paper(variant: str, stride: int | None, features: int, phase_code: bool) -> LPPNConfig:
    if stride is None:
        raise CheckpointError(
            "this is a network of the paper's family: its stride, which no tensor shows, must be given "
            f"(one of {PAPER_STRIDES}; the published files are named STRIDE-FEATURES.wave)"
        )
    return LPPNConfig(
        variant=variant, stride=stride, features=features, phase_code=phase_code, overlap=_PUBLISHED_OVERLAP
    )

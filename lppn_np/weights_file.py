"""The weights file: one ``.npz`` without pickle, tensors by name and a JSON text ``meta``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import LPPNConfig
from lppn_np.errors import LPPNError, WeightsError
from lppn_np.npz_file import read_npz, write_npz

FORMAT_VERSION = 1
Tensors = Mapping[str, NDArray[np.floating[Any]]]


def sha256(tensors: Tensors) -> str:
    """Digest of names, shapes and little-endian float32 values, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name], dtype="<f4")
        digest.update(f"{name}{tensor.shape}".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def write(path: Path, config: LPPNConfig, tensors: Tensors, metadata: Mapping[str, Any]) -> None:
    """Write a weights file under a temporary name and rename it.

    Raises
    ------
    WeightsError
        The path cannot be written, or does not end in ``.npz``.
    """
    if path.suffix != ".npz":
        raise WeightsError(f"{path}: the name of a weights file ends in .npz")
    meta = {
        "format_version": FORMAT_VERSION,
        "config": config.to_dict(),
        "sha256": sha256(tensors),
        "metadata": dict(metadata),
    }
    members = {f"tensor/{name}": tensor for name, tensor in tensors.items()}
    write_npz(path, members, meta, WeightsError)


def read(path: Path) -> tuple[LPPNConfig, dict[str, NDArray[Any]], dict[str, Any]]:
    """Read and check a weights file; no pickle is ever opened.

    Returns
    -------
    config : LPPNConfig
    tensors : dict of str to ndarray, float32
    metadata : dict

    Raises
    ------
    WeightsError
        Anything that :func:`write` would not have written.
    """
    members, meta = read_npz(path, "a weights file", WeightsError)
    meta = _check_meta(path, meta)
    tensors = {}
    for name, array in members.items():
        if not name.startswith("tensor/") or array.dtype != np.float32:
            raise WeightsError(f"{path}: member {name!r} of type {array.dtype}; float32 tensors are expected")
        tensors[name.removeprefix("tensor/")] = array
    if sha256(tensors) != meta["sha256"]:
        raise WeightsError(
            f"{path}: the tensors do not match their sha256; the file is damaged or was edited"
        )
    try:
        config = LPPNConfig.from_dict(meta["config"])
    except (LPPNError, OverflowError) as error:  # OverflowError: a whole number beyond all floats
        raise WeightsError(f"{path}: {error}") from error
    return config, tensors, meta["metadata"]


def _check_meta(path: Path, meta: Any) -> dict[str, Any]:
    keys = {"format_version": int, "config": dict, "sha256": str, "metadata": dict}
    if not isinstance(meta, dict) or any(not isinstance(meta.get(key), kind) for key, kind in keys.items()):
        raise WeightsError(f"{path}: the member 'meta' lacks one of {sorted(keys)}")
    if meta["format_version"] != FORMAT_VERSION:
        raise WeightsError(
            f"{path}: weights format {meta['format_version']}; this version of lppn-np reads {FORMAT_VERSION}"
        )
    return meta

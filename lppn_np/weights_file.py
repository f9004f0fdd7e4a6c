"""The weights file: one ``.npz`` without pickle, tensors by name and a JSON text ``meta``."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lppn_np.archive_guard import open_archive
from lppn_np.config import LPPNConfig
from lppn_np.errors import LPPNError, WeightsError
from lppn_np.files import atomic_write

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
    try:
        text = json.dumps(meta)
    except (TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: the metadata cannot be written as JSON ({error})") from error
    buffer = io.BytesIO()
    members: dict[str, Any] = {f"tensor/{name}": tensor for name, tensor in tensors.items()}
    np.savez(buffer, meta=np.array(text), **members)
    atomic_write(path, buffer.getvalue(), WeightsError)


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
    with open_archive(path, WeightsError) as archive:
        if "meta.npy" not in archive.names:
            raise WeightsError(f"{path}: no member 'meta'; this is not a weights file of lppn-np")
        members = {name: _array(path, name, archive.read(name)) for name in archive.names}
    meta = _meta(path, members.pop("meta.npy"))
    tensors = {}
    for name, array in members.items():
        if not name.startswith("tensor/") or array.dtype != np.float32:
            raise WeightsError(f"{path}: member {name!r} of type {array.dtype}; float32 tensors are expected")
        tensors[name.removeprefix("tensor/").removesuffix(".npy")] = array
    if sha256(tensors) != meta["sha256"]:
        raise WeightsError(
            f"{path}: the tensors do not match their sha256; the file is damaged or was edited"
        )
    try:
        config = LPPNConfig.from_dict(meta["config"])
    except (LPPNError, OverflowError) as error:  # OverflowError: a whole number beyond all floats
        raise WeightsError(f"{path}: {error}") from error
    return config, tensors, meta["metadata"]


def _array(path: Path, name: str, data: bytes) -> NDArray[Any]:
    """Parse one .npy member; its size is compared with its header before anything is allocated."""
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"npy format {version}")
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran_order, dtype = read_header(stream)
    except Exception as error:  # NumPy's parser lets tokenize, syntax and memory errors through
        raise WeightsError(f"{path}: member {name!r} is not a NumPy array ({error})") from error
    if dtype.hasobject:
        raise WeightsError(f"{path}: member {name!r} holds pickled objects; plain numbers are expected")
    body = data[stream.tell() :]
    if len(shape) > 8 or any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(body):
        raise WeightsError(f"{path}: member {name!r} declares {dtype}{shape} but holds {len(body)} bytes")
    if dtype.itemsize == 0:
        raise WeightsError(f"{path}: member {name!r} is empty")
    try:
        return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran_order else "C")
    except (ValueError, TypeError) as error:  # such as (0, 2**62, 4), or a type that is an array itself
        raise WeightsError(f"{path}: member {name!r} declares {dtype}{shape} ({error})") from error


def _meta(path: Path, array: NDArray[Any]) -> dict[str, Any]:
    try:
        meta = json.loads(str(array[()]))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: the member 'meta' is not JSON ({error})") from error
    keys = {"format_version": int, "config": dict, "sha256": str, "metadata": dict}
    if not isinstance(meta, dict) or any(not isinstance(meta.get(key), kind) for key, kind in keys.items()):
        raise WeightsError(f"{path}: the member 'meta' lacks one of {sorted(keys)}")
    if meta["format_version"] != FORMAT_VERSION:
        raise WeightsError(
            f"{path}: weights format {meta['format_version']}; this version of lppn-np reads {FORMAT_VERSION}"
        )
    return meta

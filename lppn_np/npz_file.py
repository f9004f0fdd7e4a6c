"""Our files: arrays by name and a JSON text in one ``.npz``, without pickle; written whole or not at all."""

from __future__ import annotations

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
from lppn_np.errors import LPPNError
from lppn_np.files import atomic_write


def write_npz(
    path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any], error: type[LPPNError]
) -> None:
    """Write arrays and a JSON-ready ``meta``; equal contents give equal bytes.

    Raises
    ------
    LPPNError
        Of the given kind: ``meta`` is not JSON, or the path cannot be written.
    """
    try:
        text = json.dumps(meta)
    except (TypeError, ValueError, RecursionError) as problem:
        raise error(f"{path}: the metadata cannot be written as JSON ({problem})") from problem
    buffer = io.BytesIO()
    members: dict[str, Any] = dict(arrays)
    np.savez(buffer, meta=np.array(text), **members)
    atomic_write(path, buffer.getvalue(), error)


def read_npz(path: Path, what: str, error: type[LPPNError]) -> tuple[dict[str, NDArray[Any]], Any]:
    """Read what :func:`write_npz` wrote, whatever else the file may be.

    Parameters
    ----------
    path : Path
    what : str
        What it should be, for the message.
    error : type of LPPNError
        Raised for anything wrong.

    Returns
    -------
    arrays : dict of str to ndarray
    meta : JSON value
    """
    with open_archive(path, error) as archive:
        if "meta.npy" not in archive.names:
            raise error(f"{path}: no member 'meta'; this is not {what} of lppn-np")
        members = {name: _array(path, name, archive.read(name), error) for name in archive.names}
    try:
        meta = json.loads(str(members.pop("meta.npy")[()]))
    except (ValueError, RecursionError) as problem:
        raise error(f"{path}: the member 'meta' is not JSON ({problem})") from problem
    return {name.removesuffix(".npy"): array for name, array in members.items()}, meta


def _array(path: Path, name: str, data: bytes, error: type[LPPNError]) -> NDArray[Any]:
    """Parse one .npy member; its size is compared with its header before anything is allocated."""
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"npy format {version}")
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran_order, dtype = read_header(stream)
    except Exception as problem:  # NumPy's parser lets tokenize, syntax and memory errors through
        raise error(f"{path}: member {name!r} is not a NumPy array ({problem})") from problem
    if dtype.hasobject:
        raise error(f"{path}: member {name!r} holds pickled objects; plain numbers are expected")
    body = data[stream.tell() :]
    if len(shape) > 8 or any(n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(body):
        raise error(f"{path}: member {name!r} declares {dtype}{shape} but holds {len(body)} bytes")
    if dtype.itemsize == 0:
        raise error(f"{path}: member {name!r} is empty")
    try:
        return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran_order else "C")
    except (ValueError, TypeError) as problem:  # such as (0, 2**62, 4), or a type that is an array itself
        raise error(f"{path}: member {name!r} declares {dtype}{shape} ({problem})") from problem

"""From the description of a tensor to its numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from lppn_np.archive_guard import MAX_TOTAL_BYTES, GuardedArchive, shorten
from lppn_np.weights_import.inert import TensorRef

_BYTE_ORDERS = {b"little": "<", b"big": ">"}
_DTYPES = {  # on disk, and as returned
    "float16": ("f2", np.float16),
    "float32": ("f4", np.float32),
    "float64": ("f8", np.float64),
    "bfloat16": ("u2", np.float32),  # NumPy has no bfloat16; it is the upper half of a float32
    "int32": ("i4", np.int64),
    "int64": ("i8", np.int64),
}


class StorageReader:
    """Reads tensors out of the members ``<root>/data/<key>`` of an archive.

    Parameters
    ----------
    archive : GuardedArchive
        The open checkpoint.
    root : str
        The folder in it that everything lies in.
    """

    def __init__(self, archive: GuardedArchive, root: str) -> None:
        self._archive = archive
        self._root = root
        self._order = self._byte_order()
        self._storages: dict[str, bytes] = {}
        self._total = 0

    def array(self, name: str, tensor: TensorRef) -> npt.NDArray[Any]:
        """Read one tensor: a contiguous array of its own, float as it is, integers as int64.

        Parameters
        ----------
        name : str
            What to call it in an error message.
        tensor : TensorRef
            Where it lies.
        """
        on_disk, returned = _DTYPES[tensor.dtype]
        dtype = np.dtype(self._order + on_disk)
        self._count(name, math.prod(tensor.shape) * np.dtype(returned).itemsize)
        values = _view(self._storage(name, tensor, dtype.itemsize), tensor, dtype)
        if tensor.dtype == "bfloat16":
            values = (values.astype(np.uint32, order="C") << 16).view(np.float32)
        # astype, not ascontiguousarray, which gives a scalar tensor a dimension.
        values = values.astype(returned, order="C", copy=True)
        if not np.isfinite(values).all():
            raise self._archive.fail(f"tensor {shorten(name)} holds values that are not finite numbers")
        return values

    def _byte_order(self) -> str:
        member = f"{self._root}/byteorder"
        if member not in self._archive.names:  # PyTorch before 2.1; it wrote what the machine had
            return "<"
        found = self._archive.read(member, limit=64).strip()
        if found not in _BYTE_ORDERS:
            raise self._archive.fail(f"the byte order is {found!r}; expected little or big")
        return _BYTE_ORDERS[found]

    def _count(self, name: str, size: int) -> None:
        # Many tensors may lie over one storage, so the archive's own limit does not bound them.
        self._total += size
        if self._total > MAX_TOTAL_BYTES:
            raise self._archive.fail(
                f"with tensor {shorten(name)}, the tensors have more than {MAX_TOTAL_BYTES:,} bytes together"
            )

    def _storage(self, name: str, tensor: TensorRef, item_size: int) -> bytes:
        member = f"{self._root}/data/{tensor.storage_key}"
        if member not in self._storages:
            self._storages[member] = self._archive.read(member)
        data = self._storages[member]
        if len(data) != tensor.storage_size * item_size:
            raise self._archive.fail(
                f"storage {shorten(tensor.storage_key)} of tensor {shorten(name)} has {len(data):,} bytes; "
                f"expected {tensor.storage_size:,} numbers of {item_size} bytes ({tensor.dtype})"
            )
        return data


def _view(data: bytes, tensor: TensorRef, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Lay the tensor's shape and strides over its storage; NumPy checks the bounds once more."""
    if 0 in tensor.shape:
        return np.zeros(tensor.shape, dtype)
    # The stride of a dimension of length 1 can be any number, and means nothing.
    steps = [0 if size == 1 else stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)]
    return np.ndarray(
        tensor.shape,
        dtype,
        buffer=data,
        offset=tensor.offset * dtype.itemsize,
        strides=[step * dtype.itemsize for step in steps],
    )

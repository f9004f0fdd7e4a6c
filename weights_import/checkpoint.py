"""Reading a PyTorch checkpoint without PyTorch, and without running anything that it says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt

from lppn_np.archive_guard import GuardedArchive, open_archive, read_head
from lppn_np.errors import CheckpointError
from lppn_np.weights_import.foreign import HEAD_BYTES, describe_foreign, describe_foreign_archive
from lppn_np.weights_import.inert import TensorRef
from lppn_np.weights_import.nesting import module_tensors, state_dict_tensors
from lppn_np.weights_import.storages import StorageReader
from lppn_np.weights_import.unpickle import MAX_PICKLE_BYTES, unpickle

Kind = Literal["state_dict", "torchscript"]
_PICKLE = "data.pkl"


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a checkpoint.

    Parameters
    ----------
    tensors : dict of str to np.ndarray
        By their PyTorch names, in the order of the file. Each is a contiguous array of its own: float16,
        float32 or float64 as saved, bfloat16 as float32, integers as int64.
    kind : {"state_dict", "torchscript"}
        What the file was.
    """

    tensors: dict[str, npt.NDArray[Any]]
    kind: Kind


def read_checkpoint(path: os.PathLike[str] | str) -> Checkpoint:
    """Read the weights in a file that ``torch.save`` (1.6 or later) or ``torch.jit.save`` wrote.

    The file may hold a state dict, or a dictionary with one under ``state_dict``, ``model_state_dict`` or
    ``model`` beside plain values; DataParallel's ``module.`` in front of every name is taken off. Nothing in
    the file is imported or run, whatever it asks for.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Checkpoint
        The tensors by name.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, unsafe, no checkpoint, or holds more than plain weights. The
        message names the file, what was found and what was expected.
    """
    foreign = describe_foreign(read_head(path, CheckpointError, HEAD_BYTES))
    if foreign:
        raise CheckpointError(f"{os.fspath(path)}: {foreign}")
    with open_archive(path, CheckpointError) as archive:
        root = _find_root(archive)
        kind, found = _read_pickle(archive, root)
        reader = StorageReader(archive, root)
        return Checkpoint({name: reader.array(name, tensor) for name, tensor in found.items()}, kind)


def _find_root(archive: GuardedArchive) -> str:
    """Return the one folder of the archive that holds a ``data.pkl``; PyTorch gives it any name."""
    roots = [name.removesuffix(_PICKLE)[:-1] for name in archive.names if name.endswith("/" + _PICKLE)]
    roots = [root for root in roots if "/" not in root]
    if not roots:
        raise archive.fail(describe_foreign_archive(archive.names))
    if len(roots) > 1:
        raise archive.fail(f"{len(roots)} folders with a {_PICKLE}; expected one")
    return roots[0]


def _read_pickle(archive: GuardedArchive, root: str) -> tuple[Kind, dict[str, TensorRef]]:
    member = f"{root}/{_PICKLE}"
    data = archive.read(member, MAX_PICKLE_BYTES)
    # What PyTorch itself goes by: only an archive of torch.jit.save has constants.
    torchscript = f"{root}/constants.pkl" in archive.names
    try:
        value = unpickle(data, torchscript=torchscript)
        if torchscript:
            return "torchscript", module_tensors(value)
        return "state_dict", state_dict_tensors(value)
    except CheckpointError as error:
        raise archive.fail(f"{member}: {error}") from error

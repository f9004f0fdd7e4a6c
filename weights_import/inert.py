"""What a checkpoint's pickle turns into: descriptions that do nothing.

Where PyTorch would import a class and call it, the reader makes one of these. None of them holds data;
a tensor is only a note of where its numbers lie.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lppn_np.archive_guard import shorten
from lppn_np.errors import CheckpointError

MAX_DEPTH = 200


@dataclass(frozen=True)
class Global:
    """The name of something that the pickle wants imported; it is not imported."""

    name: str


@dataclass(eq=False)
class Record:
    """An object of a TorchScript class: the class's name and the fields that it was saved with."""

    class_name: str
    fields: dict[object, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class StorageRef:
    """A run of ``size`` numbers in the archive's member ``data/<key>``."""

    dtype: str
    key: str
    size: int


@dataclass(frozen=True)
class TensorRef:
    """Where a tensor lies in its storage; offset and strides count numbers, not bytes."""

    dtype: str
    storage_key: str
    storage_size: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def describe(value: object) -> str:
    """Say in a few words what a value is, without looking into it.

    Parameters
    ----------
    value : object
        Anything that came out of a pickle.
    """
    if isinstance(value, Record):
        return f"an object of class {shorten(value.class_name)}"
    if isinstance(value, Global):
        return f"the name {shorten(value.name)}"
    names = {TensorRef: "a tensor", StorageRef: "a storage", type(None): "None", dict: "a dictionary"}
    return names.get(type(value), f"a value of type {type(value).__name__}")


def check_depth(value: object) -> None:
    """Refuse values nested more than ``MAX_DEPTH`` deep.

    Level by level and each container once: no recursion, and a value that contains itself is no trouble.

    Parameters
    ----------
    value : object
        What came out of a pickle.
    """
    level, seen = [value], {id(value)}
    for _ in range(MAX_DEPTH):
        unseen = {id(child): child for parent in level for child in _containers_in(parent)}
        level = [child for identity, child in unseen.items() if identity not in seen]
        seen.update(unseen)
        if not level:
            return
    raise CheckpointError(f"values nested more than {MAX_DEPTH} deep")


def _containers_in(parent: object) -> list[object]:
    if isinstance(parent, Record):
        # As one child: records may share their fields, and then they are looked through once.
        return [parent.fields]
    children = list(parent.values()) if isinstance(parent, dict) else parent
    if not isinstance(children, list | tuple):
        return []
    return [child for child in children if isinstance(child, dict | list | tuple | Record)]

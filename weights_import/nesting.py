"""From the value in a checkpoint's pickle to tensors by name."""

from __future__ import annotations

from lppn_np.archive_guard import shorten
from lppn_np.errors import CheckpointError
from lppn_np.weights_import.inert import Record, TensorRef, describe

WRAPPERS = ("state_dict", "model_state_dict", "model")
MAX_NAME = 500
MAX_MODULE_DEPTH = 64
MAX_FIELDS = 1_000_000
_PARALLEL_PREFIX = "module."  # torch.nn.DataParallel puts it in front of every name
_SAVE = "expected a state dict: torch.save(model.state_dict(), path)"


def state_dict_tensors(value: object) -> dict[str, TensorRef]:
    """Find the state dict in what ``torch.save`` wrote: the value itself, or one entry of it.

    Parameters
    ----------
    value : object
        The unpickled value.

    Returns
    -------
    dict
        A tensor for each name, without DataParallel's prefix.
    """
    if not isinstance(value, dict):
        raise CheckpointError(f"the checkpoint holds {describe(value)}; {_SAVE}")
    wrapped = [value[key] for key in WRAPPERS if isinstance(value.get(key), dict)]
    tensors: dict[str, TensorRef] = {}
    for name, tensor in (wrapped[0] if wrapped else value).items():
        if not isinstance(name, str) or not isinstance(tensor, TensorRef):
            raise CheckpointError(f"{shorten(str(name))} in the checkpoint is {describe(tensor)}; {_SAVE}")
        tensors[name] = tensor
    if not tensors:
        raise CheckpointError(f"the checkpoint holds no tensors; {_SAVE}")
    if all(name.startswith(_PARALLEL_PREFIX) for name in tensors):
        return {name.removeprefix(_PARALLEL_PREFIX): tensor for name, tensor in tensors.items()}
    return tensors


def module_tensors(value: object) -> dict[str, TensorRef]:
    """Collect the tensors of a TorchScript module under the names that its ``state_dict()`` gives them.

    A module that is used twice is found under both names, as in PyTorch. Unlike there, a tensor that is a
    plain attribute, neither parameter nor buffer, is found as well: the pickle does not tell them apart.

    Parameters
    ----------
    value : object
        The unpickled value.

    Returns
    -------
    dict
        A tensor for each dotted name.
    """
    if not isinstance(value, Record):
        raise CheckpointError(f"the TorchScript archive holds {describe(value)}; expected a module")
    tensors: dict[str, TensorRef] = {}
    waiting = [("", 0, value)]
    visited = 0
    while waiting:
        prefix, depth, record = waiting.pop()
        # Records may hold each other or share their parts; either way the walk ends.
        visited += len(record.fields) + 1
        if visited > MAX_FIELDS or depth > MAX_MODULE_DEPTH:
            raise CheckpointError(
                f"modules nested more than {MAX_MODULE_DEPTH} deep, or more than {MAX_FIELDS:,} fields"
            )
        inner: list[tuple[str, int, Record]] = []
        for field, child in record.fields.items():
            if not isinstance(child, Record | TensorRef):
                continue
            name = _join(prefix, field)
            if isinstance(child, Record):
                inner.append((name + ".", depth + 1, child))
            elif name in tensors:
                raise CheckpointError(f"two tensors are called {shorten(name)}")
            else:
                tensors[name] = child
        waiting.extend(reversed(inner))
    if not tensors:
        raise CheckpointError("the TorchScript module holds no tensors")
    return tensors


def _join(prefix: str, field: object) -> str:
    if not isinstance(field, str) or len(prefix) + len(field) > MAX_NAME:
        raise CheckpointError(f"a field of a module whose name is no text of at most {MAX_NAME} characters")
    return prefix + field

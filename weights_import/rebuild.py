"""The few "calls" that a checkpoint's pickle may make: functions that check what they are given.

A tensor is described, not made, and the description cannot point outside its storage.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lppn_np.errors import CheckpointError
from lppn_np.weights_import.inert import Global, StorageRef, TensorRef, describe

MAX_DIMENSIONS = 8
MAX_ELEMENTS = 2**28

STORAGE_DTYPES = {
    "torch.FloatStorage": "float32",
    "torch.DoubleStorage": "float64",
    "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16",
    "torch.LongStorage": "int64",
    "torch.IntStorage": "int32",
}


def storage_from_id(identity: object) -> StorageRef:
    """Make a storage from its persistent id, ``("storage", type, key, device, number of elements)``.

    Parameters
    ----------
    identity : object
        What the pickle has on its stack where BINPERSID stands.
    """
    if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
        raise CheckpointError("a persistent id that is not that of a storage")
    _, kind, key, _device, size = identity
    if not isinstance(kind, Global) or kind.name not in STORAGE_DTYPES:
        raise CheckpointError(f"a storage of the type {describe(kind)}; expected {', '.join(STORAGE_DTYPES)}")
    if not isinstance(key, str):
        raise CheckpointError(f"a storage whose key is {describe(key)}; expected a text")
    return StorageRef(STORAGE_DTYPES[kind.name], key, _count(size, "the size of a storage", MAX_ELEMENTS))


def tensor_from_arguments(arguments: tuple[object, ...]) -> TensorRef:
    """Make a tensor from the arguments of ``torch._utils._rebuild_tensor_v2``.

    Parameters
    ----------
    arguments : tuple
        Storage, offset, shape, strides, requires_grad, backward hooks; the last two do not matter.
    """
    if len(arguments) != 6:
        raise CheckpointError(f"a tensor with {len(arguments)} arguments; expected 6 (a plain tensor)")
    storage, offset, shape, strides = arguments[:4]
    if not isinstance(storage, StorageRef):
        raise CheckpointError(f"a tensor in {describe(storage)}; expected a storage")
    tensor = TensorRef(
        dtype=storage.dtype,
        storage_key=storage.key,
        storage_size=storage.size,
        offset=_count(offset, "the offset of a tensor", MAX_ELEMENTS),
        shape=_counts(shape, "the shape of a tensor", MAX_ELEMENTS),
        # PyTorch keeps any number as the stride of a dimension of length 0 or 1.
        strides=_counts(strides, "the strides of a tensor", 2**62),
    )
    _check_extent(tensor)
    return tensor


def parameter_from_arguments(arguments: tuple[object, ...]) -> TensorRef:
    """Make a tensor from the arguments of ``torch._utils._rebuild_parameter``.

    Parameters
    ----------
    arguments : tuple
        Tensor, requires_grad, backward hooks; the last two do not matter.
    """
    if len(arguments) != 3 or not isinstance(arguments[0], TensorRef):
        raise CheckpointError("a parameter that is not made of a tensor and two other arguments")
    return arguments[0]


def empty_dict(arguments: tuple[object, ...]) -> dict[object, object]:
    """Make what stands for a ``collections.OrderedDict``; later opcodes fill it.

    Parameters
    ----------
    arguments : tuple
        Empty, as torch.save writes it.
    """
    if arguments:
        raise CheckpointError("an OrderedDict made with arguments; expected an empty one")
    return {}


def typed_list(arguments: tuple[object, ...]) -> list[object]:
    """Make a list of a TorchScript object; the type of its items does not matter.

    Parameters
    ----------
    arguments : tuple
        One list.
    """
    if len(arguments) != 1 or not isinstance(arguments[0], list):
        raise CheckpointError("a TorchScript list that is not made of one list")
    return arguments[0]


CALLS: dict[str, Callable[[tuple[object, ...]], object]] = {
    "collections.OrderedDict": empty_dict,
    "torch._utils._rebuild_tensor_v2": tensor_from_arguments,
    "torch._utils._rebuild_parameter": parameter_from_arguments,
}
SCRIPT_CALLS: dict[str, Callable[[tuple[object, ...]], object]] = {
    "torch.jit._pickle.build_intlist": typed_list,
    "torch.jit._pickle.build_doublelist": typed_list,
    "torch.jit._pickle.build_boollist": typed_list,
    "torch.jit._pickle.build_tensorlist": typed_list,
}


def _check_extent(tensor: TensorRef) -> None:
    if len(tensor.shape) != len(tensor.strides):
        raise CheckpointError(f"a tensor of shape {tensor.shape} with the strides {tensor.strides}")
    # Empty dimensions count as 1: NumPy multiplies the others together even where one is empty.
    if math.prod(max(size, 1) for size in tensor.shape) > MAX_ELEMENTS:
        raise CheckpointError(f"a tensor of shape {tensor.shape}; at most {MAX_ELEMENTS:,} elements are read")
    steps = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((size - 1) * stride for size, stride in steps)
    if 0 not in tensor.shape and last >= tensor.storage_size:
        raise CheckpointError(
            f"a tensor of shape {tensor.shape}, strides {tensor.strides} and offset {tensor.offset} "
            f"reaches beyond its storage of {tensor.storage_size:,} elements"
        )


def _counts(value: object, what: str, limit: int) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        raise CheckpointError(f"{what} is {describe(value)}; expected a tuple")
    if len(value) > MAX_DIMENSIONS:
        raise CheckpointError(f"{what} has {len(value):,} dimensions; at most {MAX_DIMENSIONS} are read")
    return tuple(_count(item, what, limit) for item in value)


def _count(value: object, what: str, limit: int) -> int:
    if type(value) is not int:  # not isinstance(): True is no size
        raise CheckpointError(f"{what} holds {describe(value)}; expected an integer")
    if not 0 <= value <= limit:
        raise CheckpointError(f"{what} holds {value}; expected 0 to {limit}")
    return value

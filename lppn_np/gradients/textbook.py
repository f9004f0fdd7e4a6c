"""Loss and gradients by the book: the flat forward list, then the same list read upwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.engines import forward, get_engine
from lppn_np.gradients.labels import Labels, Result
from lppn_np.kernels import reference
from lppn_np.network import Network, Step, ops

Array = NDArray[Any]
Gradients = dict[str, Array]


def loss_and_gradients(
    network: Network,
    tensors: Mapping[str, Array],
    x: Array,
    labels: Labels,
    *,
    frozen: bool = False,
    activation_gradients: bool = False,
) -> Result:
    """Loss and gradients of every trainable tensor, with NumPy alone.

    Parameters
    ----------
    network : Network
    tensors : mapping of str to ndarray
    x : ndarray, shape (B, 3, T)
    labels : Labels
    frozen : bool
        Normalise with the running statistics and hold them constant.
    activation_gradients : bool
        Put the gradient of every activation into the result too, as ``d:<name>``.
    """
    engine = get_engine("numpy")
    kept = forward(network, tensors, x, engine, batch_statistics=not frozen, keep=lambda name: True)
    kept["input"] = x
    loss, arriving = loss_gradient(kept, labels)
    gradients, of_activations = backward(network, tensors, kept, arriving, frozen=frozen)
    if activation_gradients:
        gradients.update({f"d:{name}": value for name, value in of_activations.items()})
    statistics = _statistics(network, kept, frozen)
    return Result(loss, gradients, statistics, kept["class_head"], kept["offset"][:, 0])


def loss_gradient(kept: Mapping[str, Array], labels: Labels) -> tuple[float, Gradients]:
    """Loss of both outputs and its gradient with respect to them, by name, as :func:`backward` takes it."""
    loss, dlogits, doffsets = reference.segment_loss(
        kept["class_head"],
        kept["offset"][:, 0],
        labels.classes,
        labels.offsets,
        labels.class_weights,
        labels.offset_weight,
    )
    return loss, {"class_head": dlogits, "offset": doffsets[:, None]}


def backward(
    network: Network,
    tensors: Mapping[str, Array],
    kept: Mapping[str, Array],
    outputs: Mapping[str, Array],
    *,
    frozen: bool = False,
) -> tuple[Gradients, Gradients]:
    """Read the flat list upwards: gradients of a number, from its gradient with respect to some activations.

    Parameters
    ----------
    network : Network
    tensors : mapping of str to ndarray
    kept : mapping of str to ndarray
        Every activation by name, ``input`` among them.
    outputs : mapping of str to ndarray
        Where the gradient comes from, as a rule ``class_head`` (B, n_classes, T / S) and ``offset``
        (B, 1, T / S). What they do not depend on has no gradient.
    frozen : bool
        The normalisations' statistics are constants, not the batch's own.

    Returns
    -------
    of_tensors, of_activations : dict of str to ndarray
    """
    arriving, gradients = dict(outputs), {}
    for step in reversed(network.steps):
        if step.name not in arriving:
            continue
        dy = arriving[step.name]
        own = {part: tensors[f"{step.name}.{part}"] for part in _parts(step)}
        dinputs, dtensors = _backward(step, dy, kept, own, frozen)
        gradients.update({f"{step.name}.{part}": value for part, value in dtensors.items()})
        for source, dx in zip(step.inputs, dinputs, strict=True):
            arriving[source] = arriving[source] + dx if source in arriving else dx
    return {name: gradients[name] for name in network.trainable_names() if name in gradients}, arriving


def _backward(
    step: Step, dy: Array, kept: Mapping[str, Array], own: Gradients, frozen: bool
) -> tuple[list[Array], Gradients]:
    """Gradients of a step's inputs, and of its tensors."""
    x = kept[step.inputs[0]]
    n_times = x.shape[2]
    bias = {"bias": dy.sum(axis=(0, 2))} if "bias" in own else {}
    match step.op:
        case ops.Pointwise():
            dweight = reference.pointwise_dweight(dy, x)
            return [reference.pointwise_dinput(dy, own["weight"])], {"weight": dweight, **bias}
        case ops.Depthwise(kernel=kernel, stride=stride):
            dweight = reference.depthwise_dweight(dy, x, kernel, stride)
            return [reference.depthwise_dinput(dy, own["weight"], stride, n_times)], {"weight": dweight}
        case ops.DenseConv(kernel=kernel, stride=stride):
            dweight = reference.dense_conv_dweight(dy, x, kernel, stride)
            dx = reference.dense_conv_dinput(dy, own["weight"], stride, n_times)
            return [dx], {"weight": dweight, **bias}
        case ops.BatchNorm(eps=eps):
            mean, var = own["running_mean"], own["running_var"]
            if not frozen:
                mean, var = reference.batch_statistics(x)
            dx, dgain, dshift = reference.batch_norm_backward(dy, x, own["weight"], mean, var, eps, frozen)
            return [dx], {"weight": dgain, "bias": dshift}
        case ops.ReLU():
            return [reference.relu_dinput(dy, x)], {}
        case ops.Add():
            return [dy, dy], {}
        case ops.Upsample(mode="linear"):
            return [reference.upsample_linear_dinput(dy)], {}
        case ops.Upsample():
            return [reference.upsample_nearest_dinput(dy)], {}
        case ops.Concat():
            return [dy[:, : x.shape[1]], dy[:, x.shape[1] :]], {}
        case ops.Sigmoid():
            return [reference.sigmoid_dinput(dy, kept[step.name])], {}
        case ops.Scale(factor=factor):
            return [reference.scale(dy, factor)], {}
    raise NotImplementedError(f"no gradient of {step.op}")


def _parts(step: Step) -> tuple[str, ...]:
    return (*step.op.parameter_shapes(), *step.op.statistic_shapes())


def _statistics(network: Network, kept: Gradients, frozen: bool) -> dict[str, tuple[Array, Array]]:
    if frozen:
        return {}
    norms = [step for step in network.steps if isinstance(step.op, ops.BatchNorm)]
    return {step.name: reference.batch_statistics(kept[step.inputs[0]].astype(np.float64)) for step in norms}

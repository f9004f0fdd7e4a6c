"""Which input samples an activation depends on: arithmetic on the layer list, nothing is computed."""

from __future__ import annotations

from lppn_np.network import ops
from lppn_np.network.network import Network

#: First and last sample, both included.
Interval = tuple[int, int]
#: Segments of the window that :func:`span` begins with.
_SEGMENTS = 128


def reach(network: Network, name: str, index: int, n_samples: int) -> Interval:
    """Return the first and the last input sample that one value of an activation depends on.

    Parameters
    ----------
    network : Network
    name : str
        Of the activation, such as ``features.0.expand`` or ``class_head``.
    index : int
        Of the value in time, 0 the first.
    n_samples : int
        Length of the window; its ends cut the interval off.
    """
    times = {name: n_times for name, (_, n_times) in network.activation_shapes(n_samples).items()}
    needed = {name: (index, index)}
    for step in reversed(network.steps):
        if step.name not in needed:
            continue
        for source in step.inputs:
            first, last = _behind(step.op, *needed[step.name], times[source])
            if source in needed:
                first, last = min(first, needed[source][0]), max(last, needed[source][1])
            needed[source] = (max(first, 0), min(last, times[source] - 1))
    return needed["input"]


def span(network: Network, name: str) -> int:
    """Receptive field in samples: of a value in the middle of a window so long that no end cuts it off.

    Linear upsampling with aligned corners moves what lies behind a value a little along the window, so that
    behind it the span depends on the place by a few values; the middle stands for all.
    """
    n_samples = _SEGMENTS * network.heads.stride
    while True:
        n_times = network.activation_shapes(n_samples)[name][1]
        first, last = reach(network, name, n_times // 2, n_samples)
        if first > 0 and last < n_samples - 1:
            return last - first + 1
        n_samples *= 2


def _behind(op: ops.Op, first: int, last: int, n_times: int) -> Interval:
    """Values of an op's input, of length ``n_times``, behind its outputs first to last."""
    match op:
        case ops.Depthwise() | ops.DenseConv():
            padding = op.kernel // 2
            return op.stride * first - padding, op.stride * last - padding + op.kernel - 1
        case ops.Upsample(mode="nearest"):
            return first // 2, last // 2
        case ops.Upsample():  # output i stands at i (n - 1) / (2 n - 1) of the input, between two values
            scale = 2 * n_times - 1
            return first * (n_times - 1) // scale, -(-last * (n_times - 1) // scale)
    return first, last

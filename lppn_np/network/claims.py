"""What Yu and Wang (2022) say of their network, as figures that follow from the layer list."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lppn_np.config import PAPER_STRIDES, LPPNConfig
from lppn_np.network import ops
from lppn_np.network.network import Network, build_network
from lppn_np.network.receptive_field import span
from lppn_np.network.tables import markdown_table

#: Features of the published weights, and the window that they were trained on.
_FEATURES, _SAMPLES = (4, 8, 16), 3072

_TEXT = """\
# The paper's claims, counted

<!-- Written by `lppn-np summary --claims -o docs/claims.md`; a test compares the two. -->

Two things make LPPN light: depthwise separable convolutions, and one answer for every S samples instead of
one for every sample. The figures below are counted on the layer lists of [architecture.md](architecture.md)
for one window of {samples} samples, 30.72 s at 100 Hz. Multiply-adds are those of convolutions, with batch
normalisation folded into them.

## Parameters saved by separation

Every inverted residual filters its hidden channels with a depthwise convolution of K taps and mixes them with
a pointwise one: K + Co weights a hidden channel. One ordinary convolution from the hidden channels to the
block's output takes K Co. With that in place of the two in all blocks (the normalisation between them goes
as well), the network would have:

{separation}

The pointwise expansions and the dense convolutions after the upsamplings stay what they are, which is why the
whole network does not shrink by the factor K = 3.

## Output size

For T samples there are T/S segments with three class logits and one offset each, 4 T/S numbers. A picker with
three probabilities a sample, such as PhaseNet, gives 3 T.

{outputs}

## Cost against stride and features

Million multiply-adds a window, and how many times fewer than with stride 8. The number of parameters depends
on n alone. The cost falls with S, because the features are computed on fewer values, and grows nearly with
the square of n.

{costs}
"""


@dataclass(frozen=True)
class Separation:
    """Parameters and multiply-adds of a network as it is, and with ordinary convolutions instead.

    Attributes
    ----------
    parameters, multiply_adds : int
        As it is.
    dense_parameters, dense_multiply_adds : int
        With one ordinary convolution in place of every depthwise and the pointwise one after it.
    """

    parameters: int
    multiply_adds: int
    dense_parameters: int
    dense_multiply_adds: int


def separation(network: Network, n_samples: int) -> Separation:
    """Count what separating the convolutions of the inverted residuals saves."""
    shapes = network.activation_shapes(n_samples)
    parameters = sum(math.prod(shape) for name, shape in network.tensor_shapes().items() if _trained(name))
    multiply_adds = _multiply_adds(network, n_samples)
    dense_parameters, dense_multiply_adds = parameters, multiply_adds
    for depthwise, project, time in _pairs(network, shapes):
        taps, hidden, out = depthwise.kernel, depthwise.channels, project.out_channels
        one = taps * hidden * out
        # Taps and normalisation of the hidden channels (a scale and a shift each), then the mixing.
        dense_parameters += one - hidden * (taps + 2 + out)
        dense_multiply_adds += time * (one - hidden * (taps + out))
    return Separation(parameters, multiply_adds, dense_parameters, dense_multiply_adds)


def claims_page() -> str:
    """The tables and the words around them, in Markdown."""
    tables = {"separation": _separation(), "outputs": _outputs(), "costs": _costs()}
    return _TEXT.format(samples=_SAMPLES, **tables)


def _separation() -> str:
    rows = []
    for n in _FEATURES:
        found = separation(_network(16, n), _SAMPLES)
        row = [f"{n}"]
        row += [f"{count:,}" for count in (found.parameters, found.dense_parameters)]
        row += [f"{found.dense_parameters / found.parameters:.2f}"]
        row += [f"{count / 1e6:.1f} M" for count in (found.multiply_adds, found.dense_multiply_adds)]
        row += [f"{found.dense_multiply_adds / found.multiply_adds:.2f}"]
        rows.append(row)
    header = ("n (S = 16)", "parameters", "ordinary", "times", "multiply-adds", "ordinary", "times")
    return markdown_table(header, rows)


def _outputs() -> str:
    rows = []
    for stride in PAPER_STRIDES:
        segments = _SAMPLES // stride
        numbers = 4 * segments
        rows.append(
            (
                f"{stride}",
                f"{segments}",
                f"{numbers:,}",
                f"{3 * _SAMPLES / numbers:.0f}",
                f"{stride / 100:.2f}",
            )
        )
    header = ("S", "segments", "numbers", "times fewer than 3 T", "a segment (s)")
    return markdown_table(header, rows)


def _costs() -> str:
    rows = []
    most = [_multiply_adds(_network(PAPER_STRIDES[0], n), _SAMPLES) / 1e6 for n in _FEATURES]
    for stride in PAPER_STRIDES:
        costs = [_multiply_adds(_network(stride, n), _SAMPLES) / 1e6 for n in _FEATURES]
        words = [f"{cost:.1f} ({top / cost:.1f}x)" for cost, top in zip(costs, most, strict=True)]
        seen = span(_network(stride, 8), "class_head")
        rows.append((f"{stride}", *words, f"{seen:,} ({seen / 100:.1f} s)"))
    counts = [f"{separation(_network(8, n), _SAMPLES).parameters:,}" for n in _FEATURES]
    rows.append(("parameters", *counts, ""))
    return markdown_table(("S", *(f"n = {n}" for n in _FEATURES), "receptive field (samples)"), rows)


def _network(stride: int, features: int) -> Network:
    return build_network(LPPNConfig(stride=stride, features=features))


def _trained(name: str) -> bool:
    return name.endswith((".weight", ".bias"))


def _multiply_adds(network: Network, n_samples: int) -> int:
    shapes = network.activation_shapes(n_samples)
    return sum(
        step.op.multiply_adds(shapes[step.name]) for step in network.steps if not step.op.statistic_shapes()
    )


def _pairs(
    network: Network, shapes: dict[str, ops.Shape]
) -> Iterator[tuple[ops.Depthwise, ops.Pointwise, int]]:
    """Every depthwise convolution, the pointwise one that mixes its channels, and their output's length."""
    by_name = {step.name: step.op for step in network.steps}
    for name, op in by_name.items():
        if isinstance(op, ops.Depthwise):
            project = by_name[name.replace(".depthwise", ".project")]
            assert isinstance(project, ops.Pointwise)
            yield op, project, shapes[name][1]

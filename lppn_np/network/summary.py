"""The table of layers: shapes, parameters, multiply-adds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lppn_np.network.network import Network


@dataclass(frozen=True)
class SummaryRow:
    """One block or head of the network."""

    name: str
    kind: str
    output_shape: tuple[int, int]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Summary:
    """Rows for one window, and their totals; ``str`` gives a table."""

    n_samples: int
    rows: tuple[SummaryRow, ...]

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one window, batch normalisation counted as folded into the convolutions."""
        return sum(row.multiply_adds for row in self.rows)

    def __str__(self) -> str:
        line = "{:<20} {:<18} {:>12} {:>11} {:>14}".format
        text = [line("layer", "kind", "output (C, T)", "parameters", "multiply-adds")]
        for row in self.rows:
            shape = "{}, {}".format(*row.output_shape)
            text.append(line(row.name, row.kind, shape, f"{row.parameters:,}", f"{row.multiply_adds:,}"))
        total = line(
            "total", f"{self.n_samples} samples", "", f"{self.parameters:,}", f"{self.multiply_adds:,}"
        )
        return "\n".join([*text, total])


def summarise(network: Network, n_samples: int) -> Summary:
    """Table of a network for one window of ``n_samples``."""
    shapes = network.activation_shapes(n_samples)
    rows = []
    for name in (*network.blocks, "class_head", "offset_head"):
        steps = [step for step in network.steps if step.name == name or step.name.startswith(f"{name}.")]
        kind = type(network.blocks[name]).__name__ if name in network.blocks else "Pointwise"
        parameters = sum(math.prod(s) for step in steps for s in step.op.parameter_shapes().values())
        costs = [step.op.multiply_adds(shapes[step.name]) for step in steps if not step.op.statistic_shapes()]
        rows.append(SummaryRow(name, kind, shapes[steps[-1].name], parameters, sum(costs)))
    return Summary(n_samples, tuple(rows))

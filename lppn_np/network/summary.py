"""The table of layers: shapes, parameters, multiply-adds, receptive field, memory."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lppn_np.errors import InputError
from lppn_np.network.blocks import Step
from lppn_np.network.network import Network
from lppn_np.network.ops import Concat, Shape
from lppn_np.network.receptive_field import span
from lppn_np.network.tables import markdown_table, text_table

#: Activations are float32.
_BYTES = 4
_HEADER = (
    "layer", "kind", "input (C, T)", "output (C, T)", "parameters", "multiply-adds",
    "field (samples)", "field (s)", "activations (bytes)",
)  # fmt: skip


@dataclass(frozen=True)
class SummaryRow:
    """One block, head or single layer of the network.

    Attributes
    ----------
    name, kind : str
    input_shape, output_shape : (int, int)
        Channels and values in time, of one window.
    parameters : int
        Trainable ones.
    multiply_adds : int
        Of one window, batch normalisation counted as folded into the convolutions.
    receptive_field : int
        Samples of the input behind one value, in the middle of a long window.
    receptive_field_seconds : float
    activation_bytes : int
        Of one window in float32: every output in it, as :meth:`lppn_np.LPPN.trace` keeps them.
    """

    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    multiply_adds: int
    receptive_field: int
    receptive_field_seconds: float
    activation_bytes: int


@dataclass(frozen=True)
class Summary:
    """Rows for one window, and their totals; ``str`` gives a table.

    Attributes
    ----------
    n_samples : int
        Of the window.
    sampling_rate : float
        Hz.
    rows : tuple of SummaryRow
    """

    n_samples: int
    sampling_rate: float
    rows: tuple[SummaryRow, ...]

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one window, batch normalisation counted as folded into the convolutions."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of all activations of one window; picking needs less, as it drops what has been read."""
        return sum(row.activation_bytes for row in self.rows)

    @property
    def receptive_field(self) -> int:
        """Samples of the input behind one class probability."""
        return self.rows[-1].receptive_field

    def __str__(self) -> str:
        return text_table(_HEADER, self._cells(), left=2)

    def to_markdown(self) -> str:
        """The table in Markdown."""
        return markdown_table(_HEADER, self._cells(), left=2)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values: the window, the totals, and one entry a row."""
        totals = ("n_samples", "sampling_rate", "parameters", "multiply_adds", "activation_bytes")
        found: dict[str, Any] = {name: getattr(self, name) for name in (*totals, "receptive_field")}
        return {**found, "rows": [asdict(row) for row in self.rows]}

    def to_json(self) -> str:
        """:meth:`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=2)

    def _cells(self) -> list[Sequence[str]]:
        rows = [_cells_of(row) for row in self.rows]
        length = f"{self.n_samples} samples"
        numbers = f"{self.parameters:,}", f"{self.multiply_adds:,}"
        field = f"{self.receptive_field:,}", f"{self.receptive_field / self.sampling_rate:.2f}"
        return [*rows, ("total", length, "", "", *numbers, *field, f"{self.activation_bytes:,}")]


def summarise(network: Network, n_samples: int, sampling_rate: float, depth: str = "blocks") -> Summary:
    """Table of a network for one window.

    Parameters
    ----------
    network : Network
    n_samples : int
        Of the window.
    sampling_rate : float
        Hz.
    depth : {"blocks", "layers"}
        A row a block and head, or a row a layer.

    Raises
    ------
    InputError
        Another depth.
    """
    if depth not in ("blocks", "layers"):
        raise InputError(f"depth is {depth!r}; 'blocks' or 'layers' is expected")
    shapes = network.activation_shapes(n_samples)
    groups = _blocks(network) if depth == "blocks" else {step.name: [step] for step in network.steps}
    rows = []
    for name, steps in groups.items():
        field = span(network, steps[-1].name)
        rows.append(
            SummaryRow(
                name=name,
                kind=_kind(network, name, steps),
                input_shape=_entering(steps, shapes),
                output_shape=shapes[steps[-1].name],
                parameters=sum(math.prod(s) for step in steps for s in step.op.parameter_shapes().values()),
                multiply_adds=sum(
                    step.op.multiply_adds(shapes[step.name])
                    for step in steps
                    if not step.op.statistic_shapes()
                ),
                receptive_field=field,
                receptive_field_seconds=field / sampling_rate,
                activation_bytes=_BYTES * sum(math.prod(shapes[step.name]) for step in steps),
            )
        )
    return Summary(n_samples, sampling_rate, tuple(rows))


def _blocks(network: Network) -> dict[str, list[Step]]:
    """Steps of every block and head; what the offset head still has to go through belongs to it."""
    groups: dict[str, list[Step]] = {}
    for step in network.steps:
        block = step.name.rpartition(".")[0]
        name = block if block in network.blocks else step.name
        groups.setdefault("offset_head" if name.startswith("offset") else name, []).append(step)
    return groups


def _kind(network: Network, name: str, steps: list[Step]) -> str:
    return type(network.blocks[name] if name in network.blocks else steps[0].op).__name__


def _entering(steps: list[Step], shapes: dict[str, Shape]) -> Shape:
    """Shape of what the first step reads; two activations side by side count together."""
    parents = [shapes[source] for source in steps[0].inputs]
    if isinstance(steps[0].op, Concat):
        return (sum(channels for channels, _ in parents), parents[0][1])
    return parents[0]


def _cells_of(row: SummaryRow) -> Sequence[str]:
    shapes = ("{}, {}".format(*shape) for shape in (row.input_shape, row.output_shape))
    numbers = (f"{n:,}" for n in (row.parameters, row.multiply_adds, row.receptive_field))
    seconds = f"{row.receptive_field_seconds:.2f}"
    return (row.name, row.kind, *shapes, *numbers, seconds, f"{row.activation_bytes:,}")

"""The primitive operations that every LPPN is made of, with their shapes and costs.

An op says *what* is computed; :mod:`lppn_np.engines` says how. A network's layer list
(:mod:`.blocks`) is lowered to a flat list of named ops, which the forward pass reads downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int, int]  # channels, time


@dataclass(frozen=True)
class Op:
    """An operation on activations (B, C, T); by default it keeps the shape and has no tensors."""

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Trainable tensors by name."""
        return {}

    def statistic_shapes(self) -> dict[str, tuple[int, ...]]:
        """Tensors that are kept but not trained: the running statistics."""
        return {}

    def output_shape(self, *inputs: Shape) -> Shape:
        """Channels and time that come out, given those that go in."""
        return inputs[0]

    def multiply_adds(self, output: Shape) -> int:
        """Multiply-adds of one window for an output of that shape."""
        return 0


@dataclass(frozen=True)
class Pointwise(Op):
    """Convolution of one tap: mixes channels, sample by sample."""

    in_channels: int
    out_channels: int
    bias: bool = False

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """``weight`` (Co, Ci) and, with a bias, ``bias`` (Co,)."""
        shapes: dict[str, tuple[int, ...]] = {"weight": (self.out_channels, self.in_channels)}
        return {**shapes, "bias": (self.out_channels,)} if self.bias else shapes

    def output_shape(self, *inputs: Shape) -> Shape:
        """Co channels, the same time."""
        return (self.out_channels, inputs[0][1])

    def multiply_adds(self, output: Shape) -> int:
        """One a weight and sample."""
        return self.in_channels * self.out_channels * output[1]


@dataclass(frozen=True)
class Depthwise(Op):
    """Convolution of each channel with its own K taps, zero padding (K - 1) / 2."""

    channels: int
    kernel: int
    stride: int

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """``weight`` (C, K)."""
        return {"weight": (self.channels, self.kernel)}

    def output_shape(self, *inputs: Shape) -> Shape:
        """The same channels, time divided by the stride (rounded up)."""
        return (self.channels, -(-inputs[0][1] // self.stride))

    def multiply_adds(self, output: Shape) -> int:
        """One a tap, channel and output sample."""
        return self.channels * self.kernel * output[1]


@dataclass(frozen=True)
class DenseConv(Op):
    """Ordinary convolution, every output from every input channel, zero padding (K - 1) / 2."""

    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    bias: bool = False

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """``weight`` (Co, Ci, K) and, with a bias, ``bias`` (Co,)."""
        shapes: dict[str, tuple[int, ...]] = {"weight": (self.out_channels, self.in_channels, self.kernel)}
        return {**shapes, "bias": (self.out_channels,)} if self.bias else shapes

    def output_shape(self, *inputs: Shape) -> Shape:
        """Co channels, time divided by the stride (rounded up)."""
        return (self.out_channels, -(-inputs[0][1] // self.stride))

    def multiply_adds(self, output: Shape) -> int:
        """One a weight and output sample."""
        return self.in_channels * self.out_channels * self.kernel * output[1]


@dataclass(frozen=True)
class BatchNorm(Op):
    """Batch normalisation over windows and time; momentum and epsilon are PyTorch's defaults."""

    channels: int
    eps: float = 1e-5
    momentum: float = 0.1

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """``weight`` (the scale) and ``bias``, both (C,)."""
        return {"weight": (self.channels,), "bias": (self.channels,)}

    def statistic_shapes(self) -> dict[str, tuple[int, ...]]:
        """``running_mean`` and ``running_var``, both (C,)."""
        return {"running_mean": (self.channels,), "running_var": (self.channels,)}

    def multiply_adds(self, output: Shape) -> int:
        """One a value; none once it is folded into the convolution."""
        return output[0] * output[1]


@dataclass(frozen=True)
class ReLU(Op):
    """max(x, 0)."""


@dataclass(frozen=True)
class Add(Op):
    """The residual connection: the sum of two activations of one shape."""


@dataclass(frozen=True)
class Upsample(Op):
    """Twice the time: ``"linear"`` with aligned corners (PyTorch's UpsamplingBilinear2d) or ``"nearest"``."""

    mode: str

    def output_shape(self, *inputs: Shape) -> Shape:
        """The same channels, time doubled."""
        return (inputs[0][0], 2 * inputs[0][1])


@dataclass(frozen=True)
class Concat(Op):
    """Channels of the first activation, then of the second."""

    def output_shape(self, *inputs: Shape) -> Shape:
        """The sum of the channels."""
        return (sum(channels for channels, _ in inputs), inputs[0][1])


@dataclass(frozen=True)
class Sigmoid(Op):
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True)
class Scale(Op):
    """Multiply by a constant: segments to samples for the offset."""

    factor: float

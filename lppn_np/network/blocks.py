"""The layer specs of LPPN's tables and how each is lowered to primitive ops.

A network *is* a list of these. To add a layer, add a spec here with its ``lower``; see CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lppn_np.network.ops import (
    Add,
    BatchNorm,
    Concat,
    DenseConv,
    Depthwise,
    Op,
    Pointwise,
    ReLU,
    Scale,
    Sigmoid,
    Upsample,
)


@dataclass(frozen=True)
class Step:
    """One line of the flat forward list: ``name = op(*inputs)``; the name is the activation's name too."""

    name: str
    op: Op
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class InvertedResidual:
    """Expand, filter each channel, project (MobileNetV2, Sandler et al. 2018); hidden width twice Ci.

    The zero padding of the depthwise convolution is of the hidden signal, after its ReLU.
    """

    in_channels: int
    out_channels: int
    stride: int
    kernel: int = 3
    upsample: str | None = None

    @property
    def hidden(self) -> int:
        """Channels between expansion and projection."""
        return 2 * self.in_channels

    @property
    def residual(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.stride == 1 and self.in_channels == self.out_channels

    def lower(self, name: str, source: str) -> Iterator[Step]:
        """Yield the block's steps; the last one is its output."""
        chain = _Chain(name, source)
        if self.upsample:
            yield chain.step("upsample", Upsample(self.upsample))
        entry = chain.last
        yield chain.step("expand", Pointwise(self.in_channels, self.hidden))
        yield chain.step("expand_norm", BatchNorm(self.hidden))
        yield chain.step("expand_relu", ReLU())
        yield chain.step("depthwise", Depthwise(self.hidden, self.kernel, self.stride))
        yield chain.step("depthwise_norm", BatchNorm(self.hidden))
        yield chain.step("depthwise_relu", ReLU())
        yield chain.step("project", Pointwise(self.hidden, self.out_channels))
        yield chain.step("project_norm", BatchNorm(self.out_channels))
        if self.residual:
            yield chain.step("add", Add(), entry)


@dataclass(frozen=True)
class ConvBlock:
    """Dense convolution, batch normalisation, ReLU; optionally upsampled before and added to its input after.

    ``skip=True`` adds the input (after the ReLU) wherever stride and channels allow it, as in the
    successor "large".
    """

    in_channels: int
    out_channels: int
    stride: int
    kernel: int
    bias: bool = False
    skip: bool = False
    upsample: str | None = None

    @property
    def residual(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.skip and self.stride == 1 and self.in_channels == self.out_channels

    def lower(self, name: str, source: str) -> Iterator[Step]:
        """Yield the block's steps; the last one is its output."""
        chain = _Chain(name, source)
        if self.upsample:
            yield chain.step("upsample", Upsample(self.upsample))
        entry = chain.last
        conv = DenseConv(self.in_channels, self.out_channels, self.kernel, self.stride, self.bias)
        yield chain.step("conv", conv)
        yield chain.step("norm", BatchNorm(self.out_channels))
        yield chain.step("relu", ReLU())
        if self.residual:
            yield chain.step("add", Add(), entry)


@dataclass(frozen=True)
class Heads:
    """Class logits and the offset in samples, from the features beside their wider context."""

    in_channels: int
    n_classes: int
    stride: int
    sigmoid: bool

    def lower(self, features: str, context: str) -> Iterator[Step]:
        """Yield the steps; the results are ``class_head`` and ``offset``."""
        yield Step("concat", Concat(), (features, context))
        yield Step("class_head", Pointwise(self.in_channels, self.n_classes, bias=True), ("concat",))
        yield Step("offset_head", Pointwise(self.in_channels, 1, bias=True), ("concat",))
        source = "offset_head"
        if self.sigmoid:
            yield Step("offset_sigmoid", Sigmoid(), (source,))
            source = "offset_sigmoid"
        yield Step("offset", Scale(float(self.stride)), (source,))


Block = InvertedResidual | ConvBlock


class _Chain:
    """Names a block's steps and threads each one's output into the next."""

    def __init__(self, name: str, source: str) -> None:
        self._name = name
        self.last = source

    def step(self, part: str, op: Op, *more_inputs: str) -> Step:
        step = Step(f"{self._name}.{part}", op, (self.last, *more_inputs))
        self.last = step.name
        return step

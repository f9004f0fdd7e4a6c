"""The networks as plain PyTorch modules: what tests, parity reports and benchmarks compare with.

A second description of the architecture, independent of `lppn_np.network` on purpose: they agree only if both
are right. The published state dicts load with ``strict=True``, hence the attribute names and the 2-D
convolutions of height 1. The package imports this file only to compare with PyTorch.
"""

from collections.abc import Callable

import torch
from torch import nn

_PAPER_STRIDES = {8: "1121212", 16: "2121212", 32: "2221212", 64: "2222212", 128: "2222222"}
_PAPER_CHANNELS = (1, 2, 2, 3, 3, 4, 5)  # output channels of the seven feature blocks, in units of `features`

# halvings and doublings of the receptive-field part
_LEVELS = {"paper": 3, "deep": 5}

# variant -> features, classes, taps of the first convolution, taps of the others, channels as above
_SUCCESSORS = {
    "tiny": (4, 3, 3, 3, (1, 2, 2, 3, 3, 4, 4)),
    "medium": (8, 7, 5, 5, (1, 2, 2, 3, 3, 4, 4)),
    "large": (16, 3, 3, 5, (1, 2, 2, 4, 4, 8, 8)),
}

_DEPTHWISE = ("depthwise", "depthwise_norm", "depthwise_relu")
_INVERTED_STEPS = ("expand", "expand_norm", "expand_relu", *_DEPTHWISE, "project", "project_norm", "add")
_DENSE_STEPS = ("conv", "norm", "relu", "add")


def _conv(ci: int, co: int, taps: int = 1, stride: int = 1, groups: int = 1, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(ci, co, (1, taps), (1, stride), (0, taps // 2), groups=groups, bias=bias)


class _Join(nn.Module):  # type: ignore[misc]
    """Residual sum or concatenation of two tensors: a module, so that a hook can record it."""

    def __init__(self, join: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.join = join

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return self.join(a, b)


class _Residual(nn.Module):  # type: ignore[misc]
    """The layers in `conv`, plus the input where its shape is kept (stride 1 and ci = co)."""

    def __init__(self, ci: int, co: int, stride: int, *conv: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Sequential(*conv)
        self.add = _Join(torch.add) if stride == 1 and ci == co else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        return y if self.add is None else self.add(x, y)


class _InvertedResidual(_Residual):
    """Pointwise expansion to 2 ci, depthwise convolution, pointwise projection without activation."""

    def __init__(self, ci: int, co: int, stride: int, taps: int) -> None:
        h = 2 * ci
        expand = nn.Sequential(_conv(ci, h), nn.BatchNorm2d(h), nn.ReLU())
        depthwise = nn.Sequential(_conv(h, h, taps, stride, groups=h), nn.BatchNorm2d(h), nn.ReLU())
        super().__init__(ci, co, stride, expand, depthwise, _conv(h, co), nn.BatchNorm2d(co))


class _DenseResidual(_Residual):
    """The large network's block: one dense convolution, its ReLU before the residual is added."""

    def __init__(self, ci: int, co: int, stride: int, taps: int) -> None:
        super().__init__(ci, co, stride, _conv(ci, co, taps, stride), nn.BatchNorm2d(co), nn.ReLU())


class _ReferenceLPPN(nn.Module):  # type: ignore[misc]
    """Features, receptive field (one child a block, `c` channels each), the two heads on both."""

    def __init__(self, layers: list[nn.Module], wider: list[nn.Module], c: int, n_classes: int) -> None:
        super().__init__()
        self.layers, self.class_encoder = nn.Sequential(*layers), nn.Sequential(*wider)
        self.concat = _Join(lambda a, b: torch.cat((a, b), dim=1))
        self.cl, self.tm = _conv(2 * c, n_classes, bias=True), _conv(2 * c, 1, bias=True)
        self.stride, self.sigmoid_offset = 8, True

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.layers(x.unsqueeze(2))
        both = self.concat(features, self.class_encoder(features))
        logits, head = self.cl(both).squeeze(2), self.tm(both)[:, 0, 0]
        return logits, self.stride * (head.sigmoid() if self.sigmoid_offset else head)


def _paper(stride: int, features: int, levels: int) -> nn.Module:
    steps = [int(digit) for digit in _PAPER_STRIDES[stride]]
    widths = [3, *(k * features for k in _PAPER_CHANNELS)]
    c = widths[-1]
    layers = [_InvertedResidual(widths[i], widths[i + 1], steps[i], 3) for i in range(7)]
    down = [_InvertedResidual(c, c, 2, 3) for _ in range(levels)]
    up = []
    for _ in range(levels):
        linear = nn.UpsamplingBilinear2d(scale_factor=(1, 2))  # align_corners=True
        up.append(nn.Sequential(linear, _conv(c, c, 5, bias=True), nn.BatchNorm2d(c), nn.ReLU()))
    network = _ReferenceLPPN(layers, [*down, *up], c, 3)
    network.stride, network.sigmoid_offset = stride, False
    return network


def _successor(variant: str) -> nn.Module:
    features, n_classes, first_taps, taps, multiples = _SUCCESSORS[variant]
    block = _DenseResidual if variant == "large" else _InvertedResidual
    widths = [k * features for k in multiples]
    c = widths[-1]
    first = nn.Sequential(_conv(3, features, first_taps), nn.BatchNorm2d(features), nn.ReLU())
    layers = [block(widths[i], widths[i + 1], (2, 1)[i % 2], taps) for i in range(6)]
    down = [block(c, c, 2, taps) for _ in range(3)]
    up = [nn.Sequential(nn.UpsamplingNearest2d(scale_factor=(1, 2)), block(c, c, 1, taps)) for _ in range(3)]
    return _ReferenceLPPN([first, *layers], [*down, *up], c, n_classes)


def build_reference(variant: str, stride: int, features: int) -> nn.Module:
    """Build a freshly initialised network, in training mode like any new PyTorch module.

    Parameters
    ----------
    variant : {"paper", "deep", "tiny", "medium", "large"}
        The paper's network, the same with five halvings, or one of its three successors.
    stride : int
        Samples of a segment: 8, 16, 32, 64 or 128; the successors have 8.
    features : int
        Size of the network: any for paper and deep, 4, 8, 16 for tiny, medium, large.

    Returns
    -------
    torch.nn.Module
        Maps x (B, 3, T), phase code included, T a multiple of 8 strides (deep: 32), to logits
        (B, n_classes, T / stride) and offsets (B, T / stride) in samples.

    Raises
    ------
    ValueError
        If there is no such network.
    """
    if variant in _LEVELS:
        if stride not in _PAPER_STRIDES or features < 1:
            raise ValueError(f"stride must be in {[*_PAPER_STRIDES]}, features > 0; got {stride}, {features}")
        return _paper(stride, features, _LEVELS[variant])
    if variant not in _SUCCESSORS:
        raise ValueError(f"variant must be one of {[*_LEVELS, *_SUCCESSORS]}, got {variant!r}")
    expected = (8, _SUCCESSORS[variant][0])
    if (stride, features) != expected:
        raise ValueError(f"{variant}: (stride, features) must be {expected}, got {(stride, features)}")
    return _successor(variant)


def _named_steps(module: nn.Module) -> dict[str, nn.Module]:
    """Our step name -> the module whose output it is, in the order they run, a block after its parts."""
    steps: dict[str, nn.Module] = {}
    for name, blocks in (("features", module.layers), ("receptive_field", module.class_encoder)):
        for i, block in enumerate(blocks):
            leaves = [m for m in block.modules() if next(m.children(), None) is None]
            inverted = any(isinstance(m, _InvertedResidual) for m in block.modules())
            upsample = ("upsample",) if isinstance(leaves[0], nn.Upsample) else ()
            parts = (*upsample, *(_INVERTED_STEPS if inverted else _DENSE_STEPS))
            # Where a block has no residual, "add" is left over.
            steps |= {f"{name}.{i}.{part}": leaf for part, leaf in zip(parts, leaves, strict=False)}
            steps[f"{name}.{i}"] = block
    return steps | {"concat": module.concat, "class_head": module.cl, "offset_head": module.tm}


def layer_outputs(module: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run the network and return the output of every block and of every step inside it.

    Parameters
    ----------
    module : torch.nn.Module
        What `build_reference` returned. In training mode its running statistics move, as in any forward.
    x : torch.Tensor, shape (B, 3, T)
        The network's input.

    Returns
    -------
    dict of str to torch.Tensor, shape (B, C, T)
        ``features.0.expand``, ..., ``features.0``, ..., ``class_head``, ``offset_head``, in running order.
        ``offset_head`` is the bare convolution, before sigmoid and stride. What follows in the network is
        computed from these very tensors, so that gradients reach them.
    """
    outputs: dict[str, torch.Tensor] = {}

    def recorder(name: str) -> Callable[..., torch.Tensor]:
        def record(_module: nn.Module, _inputs: object, y: torch.Tensor) -> torch.Tensor:
            outputs[name] = y.squeeze(2)
            return outputs[name].unsqueeze(2)  # pass on what was recorded, so that gradients reach it

        return record

    handles = [m.register_forward_hook(recorder(name)) for name, m in _named_steps(module).items()]
    try:
        module(x)
    finally:
        for handle in handles:
            handle.remove()
    return outputs

"""The layer lists: the paper's family, our deeper one, the three successors (see docs/architecture.md)."""

from __future__ import annotations

from lppn_np.config import LPPNConfig
from lppn_np.errors import ConfigError
from lppn_np.network.blocks import Block, ConvBlock, Heads, InvertedResidual

#: Strides of the seven feature blocks, for every total stride S (Yu and Wang 2022).
_PAPER_BLOCK_STRIDES = {
    8: (1, 1, 2, 1, 2, 1, 2),
    16: (2, 1, 2, 1, 2, 1, 2),
    32: (2, 2, 2, 1, 2, 1, 2),
    64: (2, 2, 2, 2, 2, 1, 2),
    128: (2, 2, 2, 2, 2, 2, 2),
}
_PAPER_WIDTHS = (1, 2, 2, 3, 3, 4, 5)  # channels out of each feature block, in units of n
_SUCCESSOR_WIDTHS = (1, 2, 2, 3, 3, 4, 4)
_LARGE_WIDTHS = (1, 2, 2, 4, 4, 8, 8)
_SUCCESSOR_STRIDES = (1, 2, 1, 2, 1, 2, 1)

Layers = tuple[tuple[Block, ...], tuple[Block, ...], Heads]


def layer_list(config: LPPNConfig) -> Layers:
    """Layers of a configuration: feature blocks, receptive-field blocks, heads."""
    builders = {
        "paper": _paper_family,
        "deep": _paper_family,
        "tiny": _depthwise_successor,
        "medium": _depthwise_successor,
        "large": _large,
    }
    if config.variant not in builders:
        raise ConfigError(f"no layer list for variant {config.variant!r}")
    return builders[config.variant](config)


def _paper_family(config: LPPNConfig) -> Layers:
    widths = [3, *(config.features * width for width in _PAPER_WIDTHS)]
    strides = _PAPER_BLOCK_STRIDES[config.stride]
    features = tuple(InvertedResidual(widths[i], widths[i + 1], strides[i]) for i in range(7))
    top = widths[-1]
    down = (InvertedResidual(top, top, 2),) * config.levels
    up = (ConvBlock(top, top, 1, kernel=5, bias=True, upsample="linear"),) * config.levels
    return features, (*down, *up), Heads(2 * top, config.n_classes, config.stride, sigmoid=False)


def _depthwise_successor(config: LPPNConfig) -> Layers:
    kernel = 5 if config.variant == "medium" else 3
    widths = [config.features * width for width in _SUCCESSOR_WIDTHS]
    stem = ConvBlock(3, widths[0], 1, kernel)
    features = tuple(
        InvertedResidual(widths[i - 1], widths[i], _SUCCESSOR_STRIDES[i], kernel) for i in range(1, 7)
    )
    top = widths[-1]
    down = (InvertedResidual(top, top, 2, kernel),) * 3
    up = (InvertedResidual(top, top, 1, kernel, upsample="nearest"),) * 3
    return (stem, *features), (*down, *up), Heads(2 * top, config.n_classes, config.stride, sigmoid=True)


def _large(config: LPPNConfig) -> Layers:
    widths = [config.features * width for width in _LARGE_WIDTHS]
    stem = ConvBlock(3, widths[0], 1, kernel=3)
    features = tuple(
        ConvBlock(widths[i - 1], widths[i], _SUCCESSOR_STRIDES[i], kernel=5, skip=True) for i in range(1, 7)
    )
    top = widths[-1]
    down = (ConvBlock(top, top, 2, kernel=5, skip=True),) * 3
    up = (ConvBlock(top, top, 1, kernel=5, skip=True, upsample="nearest"),) * 3
    return (stem, *features), (*down, *up), Heads(2 * top, config.n_classes, config.stride, sigmoid=True)

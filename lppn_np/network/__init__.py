"""The network as a list of layer specs: one description for engines, parameters, summary and importer."""

from lppn_np.network.blocks import Block, ConvBlock, Heads, InvertedResidual, Step
from lppn_np.network.network import Network, build_network

__all__ = ["Block", "ConvBlock", "Heads", "InvertedResidual", "Network", "Step", "build_network"]

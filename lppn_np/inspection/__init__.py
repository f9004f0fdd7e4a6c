"""Looking inside a network: every activation, every gradient, and what an arrival depends on."""

from lppn_np.inspection.layers import Layer
from lppn_np.inspection.trace import Trace

__all__ = ["Layer", "Trace"]

"""The two ways to compute a network: ``"numpy"`` (the textbook) and ``"numba"`` (compiled kernels).

An engine is a function ``apply(op, inputs, tensors, batch_statistics) -> activation``; :mod:`.forward`
walks the network's flat list of steps and calls it once a step. Numba is imported when its engine is
first asked for, not before.
"""

from lppn_np.engines.forward import ENGINES, forward, get_engine

__all__ = ["ENGINES", "forward", "get_engine"]

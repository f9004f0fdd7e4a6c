"""The ways to compute a network.

``"numba"`` is the fast one: a fused program (:mod:`lppn_np.inference`) wherever float32 windows are put
through a network whose statistics are fixed, and the kernels of ``"layers"`` for everything else.
``"layers"`` calls one compiled kernel a layer, ``"numpy"`` is the textbook.

An engine that can show every activation is a function
``apply(op, inputs, tensors, batch_statistics) -> activation``; :mod:`.forward` walks the network's flat list
of steps and calls it once a step. Numba is imported when its engine is first asked for, not before.
"""

from lppn_np.engines.forward import ENGINES, forward, get_engine

__all__ = ["ENGINES", "forward", "get_engine"]

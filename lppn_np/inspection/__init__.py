"""Looking inside a network: every activation, every gradient, and what an arrival depends on.

* :meth:`lppn_np.LPPN.trace` gives a :class:`Trace`.
* :func:`locate` finds the window and the segment of a pick; :func:`saliency` and :func:`occlusion` say which
  samples it depends on.
* :func:`effective_field` measures how far an output really sees.
"""

from lppn_np.inspection.fields import EffectiveField, effective_field
from lppn_np.inspection.layers import Layer
from lppn_np.inspection.sensitivity import Saliency, saliency
from lppn_np.inspection.silencing import Occlusion, occlusion
from lppn_np.inspection.targets import Place, Target, locate
from lppn_np.inspection.trace import Trace

__all__ = [
    "EffectiveField",
    "Layer",
    "Occlusion",
    "Place",
    "Saliency",
    "Target",
    "Trace",
    "effective_field",
    "locate",
    "occlusion",
    "saliency",
]

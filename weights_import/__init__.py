"""Weights from PyTorch without PyTorch, checks of parity with it, and the way back.

checkpoint file -> named tensors (:mod:`.checkpoint`) -> which network (:mod:`.recognise`) -> our names
(:mod:`.names`) -> :class:`~lppn_np.model.LPPN`. Only :mod:`.parity`, :mod:`.export` and
:mod:`.torch_reference` use PyTorch, where it is installed.
"""

from lppn_np.weights_import.checkpoint import Checkpoint, read_checkpoint
from lppn_np.weights_import.export import export_torch, to_state_dict
from lppn_np.weights_import.importer import import_checkpoint
from lppn_np.weights_import.parity import ParityReport, compare, read_with_torch

__all__ = [
    "Checkpoint",
    "ParityReport",
    "compare",
    "export_torch",
    "import_checkpoint",
    "read_checkpoint",
    "read_with_torch",
    "to_state_dict",
]

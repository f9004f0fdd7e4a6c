"""The fast engine: a network compiled to a flat program that :mod:`lppn_np.kernels.fused` runs.

:mod:`.folding` folds normalisations into convolutions, :mod:`.arena` gives every signal its place in one
array, :mod:`.tiling` cuts a signal into tiles, :mod:`.inverted_residual` and :mod:`.blocks` turn each layer
spec into steps, :mod:`.program` puts them together and :mod:`.runner` runs them.
"""

from lppn_np.inference.program import Program, compile_program
from lppn_np.inference.runner import Runner

__all__ = ["Program", "Runner", "compile_program"]

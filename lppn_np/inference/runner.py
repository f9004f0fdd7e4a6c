"""A model's programs, compiled when they are first needed, and their run in several threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.inference.program import Program, compile_program
from lppn_np.network import Network

Array = NDArray[Any]

#: Window lengths whose programs are kept; planning one takes 20 ms.
_KEPT = 8


class Runner:
    """Runs a network on batches; may be called from several threads at once.

    Parameters
    ----------
    network : Network
    tensors : mapping of str to ndarray, float32
        Copied into the programs: later changes have no effect.
    """

    def __init__(self, network: Network, tensors: Mapping[str, Array]) -> None:
        self._network, self._tensors = network, tensors
        self._lock = threading.Lock()
        self._programs: dict[int, Program] = {}
        #: Arenas that no run is using, by window length. Popping and appending are atomic.
        self._arenas: dict[int, list[NDArray[np.float32]]] = {}

    def __call__(self, x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits (B, n_classes, T / S) and offsets (B, T / S) of x (B, 3, T), in the calling thread."""
        program, arenas = self._program(x.shape[2])
        logits = np.empty((len(x), program.n_classes, program.n_segments), np.float32)
        offsets = np.empty((len(x), program.n_segments), np.float32)
        try:
            arena = arenas.pop()
        except IndexError:
            arena = program.new_arena()
        try:
            program.run(x, logits, offsets, arena)
        finally:
            arenas.append(arena)
        return logits, offsets

    def _program(self, n_samples: int) -> tuple[Program, list[NDArray[np.float32]]]:
        with self._lock:
            if n_samples not in self._programs:
                if len(self._programs) == _KEPT:
                    oldest = next(iter(self._programs))
                    del self._programs[oldest], self._arenas[oldest]
                self._programs[n_samples] = compile_program(self._network, self._tensors, n_samples)
                self._arenas[n_samples] = []
            return self._programs[n_samples], self._arenas[n_samples]

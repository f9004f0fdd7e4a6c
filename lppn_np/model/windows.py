"""What a model computes of batches of windows: the forward pass, gradients, every activation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.engines import forward, get_engine
from lppn_np.engines.threads import Team, count_threads, in_threads
from lppn_np.errors import InputError
from lppn_np.gradients.labels import check_labels
from lppn_np.model.checks import Array, check_batch
from lppn_np.model.stored import StoredModel
from lppn_np.network.summary import Summary, summarise

if TYPE_CHECKING:
    from lppn_np.inference import Runner
    from lppn_np.inspection import Trace

#: Windows that go through the network together: their activations stay in the L2 cache
#: (64 windows, S=16 n=8, all at once 118 ms, in fours 69 ms).
_WINDOWS_AT_ONCE = 4


class WindowModel(StoredModel):
    """A model that computes."""

    def forward(
        self, x: Array, engine: str = "numba", n_threads: int = 1, *, batch_statistics: bool = False
    ) -> tuple[Array, Array]:
        """Compute class logits and offsets of a batch of windows.

        Parameters
        ----------
        x : ndarray, shape (B, 3, T), float32 or float64
            Windows as the network sees them: normalised, phase code included
            (:func:`lppn_np.picking.preprocess.network_input`). T is a multiple of ``2**levels * stride``.
        engine : {"numba", "layers", "numpy"}
            The fast one; compiled kernels, one layer after the other; the textbook.
            ``"numba"`` is ``"layers"`` for float64 and for the statistics of a batch.
        n_threads : int
            Threads that share the windows; 0 takes every core. The result does not depend on it.
        batch_statistics : bool
            Normalise with the batch's mean and variance, as in training, instead of the running ones.
            The windows then depend on each other, and one thread computes them all.

        Returns
        -------
        logits : ndarray, shape (B, n_classes, T / stride)
        offsets : ndarray, shape (B, T / stride)
            Of the arrival after the start of its segment, in samples. Both in the dtype of ``x``.

        Raises
        ------
        InputError, ConfigError
            A wrong shape, dtype, length, engine or number of threads.
        """
        x = check_batch(x, self.config)
        count_threads(n_threads)
        if engine == "numba" and x.dtype == np.float32 and not batch_statistics:
            return _joined(in_threads(self._fused, x, n_threads))
        apply = get_engine(engine)
        tensors = self._tensors_as(x.dtype)

        def run(batch: Array) -> tuple[Array, Array]:
            kept = forward(self.network, tensors, batch, apply, batch_statistics=batch_statistics)
            return kept["class_head"], kept["offset"][:, 0]

        def run_in_pieces(batch: Array) -> list[tuple[Array, Array]]:
            starts = range(0, len(batch), _WINDOWS_AT_ONCE)
            return [run(batch[start : start + _WINDOWS_AT_ONCE]) for start in starts]

        if batch_statistics:
            return run(x)
        return _joined([part for parts in in_threads(run_in_pieces, x, n_threads) for part in parts])

    def loss_and_gradients(
        self,
        x: Array,
        classes: NDArray[np.integer[Any]],
        offsets: Array,
        *,
        engine: str = "numba",
        n_threads: int = 1,
        class_weights: Sequence[float] | None = None,
        frozen_norm: bool = False,
    ) -> tuple[float, dict[str, Array]]:
        """Compute the paper's loss of a batch and its gradient with respect to every trainable tensor.

        Cross-entropy summed over the labelled segments, plus 1/10 of the squared offset error (samples)
        summed over the segments that hold an arrival (Yu and Wang 2022). Running statistics stay as they are.

        Parameters
        ----------
        x : ndarray, shape (B, 3, T), float32 or float64
            As in :meth:`forward`.
        classes : ndarray of int, shape (B, T / stride)
            0 none, 1 P, 2 S (an index into :attr:`labels`); -1 unlabelled: the segment does not count.
        offsets : ndarray, shape (B, T / stride)
            Samples from the segment's start to the arrival; read where ``classes`` is above 0.
        engine : {"numba", "layers", "numpy"}
            Compiled units (both of the first two), or the textbook.
        n_threads : int
            Threads of the compiled units; 0 takes every core. The result does not depend on it.
        class_weights : sequence of float, optional
            Multiply the loss of a segment by the weight of its class. Default: ones.
        frozen_norm : bool
            Normalise with the running statistics, held constant, instead of the batch's.

        Returns
        -------
        loss : float
        gradients : dict of str to ndarray
            By tensor name, in the dtype of ``x``.

        Raises
        ------
        InputError, ConfigError
            Wrong shapes, classes, engine or number of threads.
        """
        x = check_batch(x, self.config)
        shape = (x.shape[0], x.shape[2] // self.config.stride)
        labels = check_labels(classes, offsets, class_weights, shape, self.config.n_classes)
        get_engine(engine)
        tensors = self._tensors_as(x.dtype)
        if engine == "numpy":
            from lppn_np.gradients.textbook import loss_and_gradients

            result = loss_and_gradients(self.network, tensors, x, labels, frozen=frozen_norm)
        else:
            from lppn_np.gradients.compiled import TrainingPass

            with Team(n_threads) as team:
                training = TrainingPass(self.network, x.shape[0], x.shape[2], x.dtype, team)
                result = training.run(tensors, x, labels, frozen=frozen_norm)
        return result.loss, result.gradients

    def trace(
        self,
        x: Array,
        engine: str = "numba",
        *,
        classes: NDArray[np.integer[Any]] | None = None,
        offsets: Array | None = None,
        batch_statistics: bool = False,
    ) -> Trace:
        """Compute every activation of a batch and, given labels, every gradient.

        Parameters
        ----------
        x : ndarray, shape (B, 3, T), float32 or float64
            As in :meth:`forward`.
        engine : {"numba", "layers", "numpy"}
            Compiled kernels, one a layer (both of the first two), or the textbook.
        classes : ndarray of int, shape (B, T / stride), optional
            Labels as in :meth:`loss_and_gradients`; with them come the gradients of the paper's loss.
        offsets : ndarray, shape (B, T / stride), optional
            Given with ``classes``.
        batch_statistics : bool
            Normalise with the batch's mean and variance, as in training, instead of the running ones; the
            gradients then pass through them.

        Returns
        -------
        Trace
            A mapping of activation names to (B, C, T) arrays, with gradients and the graph of layers.

        Raises
        ------
        InputError, ConfigError
            Wrong shapes, classes or engine, or one of ``classes`` and ``offsets`` without the other.
        """
        from lppn_np.inspection.tracing import make_trace

        x = check_batch(x, self.config)
        labels = None
        if (classes is None) != (offsets is None):
            raise InputError("classes and offsets belong together: give both or neither")
        if classes is not None:
            shape = (x.shape[0], x.shape[2] // self.config.stride)
            labels = check_labels(classes, offsets, None, shape, self.config.n_classes)
        tensors = self._tensors_as(x.dtype)
        return make_trace(self.network, tensors, x, labels, engine=engine, batch_statistics=batch_statistics)

    def summary(self, n_samples: int | None = None, *, depth: str = "blocks") -> Summary:
        """Layers with shapes, parameters, cost, receptive field and memory; ``print`` shows a table.

        Parameters
        ----------
        n_samples : int, optional
            Length of the window. Default: :attr:`in_samples`.
        depth : {"blocks", "layers"}
            A row a block, or a row a layer.

        Raises
        ------
        InputError, ConfigError
            Another depth, or a length that the network cannot halve.
        """
        n_samples = self.in_samples if n_samples is None else n_samples
        self.config.check_length(n_samples)
        return summarise(self.network, n_samples, self.sampling_rate, depth)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_fused"}

    @cached_property
    def _fused(self) -> Runner:
        """The fast engine; numba is imported here. Two threads may both make one: either serves."""
        from lppn_np.inference import Runner

        return Runner(self.network, self._tensors)

    @cached_property
    def _double(self) -> dict[str, Array]:
        return {name: tensor.astype(np.float64) for name, tensor in self._tensors.items()}

    def _tensors_as(self, dtype: np.dtype[Any]) -> dict[str, Array]:
        return self._tensors if dtype == np.float32 else self._double


def _joined(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([logits for logits, _ in parts]), np.concatenate([offsets for _, offsets in parts])

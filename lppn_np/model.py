"""The model a user holds: a configuration, its tensors, and what can be asked of them."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np import pretrained, weights_file
from lppn_np.config import LPPNConfig
from lppn_np.engines import forward, get_engine
from lppn_np.engines.threads import Team, count_threads, in_threads
from lppn_np.errors import InputError, WeightsError
from lppn_np.gradients.labels import check_labels
from lppn_np.network import Network, build_network
from lppn_np.network.initialise import initialise
from lppn_np.network.summary import Summary, summarise

if TYPE_CHECKING:
    from obspy import Stream

    from lppn_np.annotating import ClassifyOutput
    from lppn_np.inference import Runner
    from lppn_np.inspection import Trace

Array = NDArray[np.floating[Any]]
#: Windows that go through the network together: their activations stay in the L2 cache
#: (64 windows, S=16 n=8, all at once 118 ms, in fours 69 ms).
_WINDOWS_AT_ONCE = 4


class LPPN:
    """The Lightweight Phase Picking Network of Yu and Wang (2022), in NumPy and Numba.

    Parameters
    ----------
    config : LPPNConfig, optional
        Default: the paper's network, stride 16, 8 features.
    tensors : mapping of str to ndarray, optional
        Weights and running statistics by name (``model.network.tensor_shapes()`` lists them).
        Without them the network is drawn anew.
    seed : int
        Of the initialisation, when no tensors are given.
    metadata : mapping, optional
        JSON-ready remarks that travel with the weights: ``docstring``, ``licence``, ``source`` ...

    Raises
    ------
    WeightsError
        A tensor is missing, unknown, has the wrong shape, or holds NaN or infinity.

    Examples
    --------
    >>> import lppn_np
    >>> model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=8))
    >>> model.n_parameters
    60200
    """

    citation = (
        "Yu, Z. and Wang, W. (2022). LPPN: A Lightweight Network for Fast Phase Picking. "
        "Seismological Research Letters. https://doi.org/10.1785/0220210309"
    )

    def __init__(
        self,
        config: LPPNConfig | None = None,
        tensors: Mapping[str, Array] | None = None,
        *,
        seed: int = 0,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self._config = config or LPPNConfig()
        self._network = build_network(self._config)
        drawn = initialise(self._network, seed) if tensors is None else tensors
        self._tensors = _checked(self._network, drawn)
        self._double: dict[str, Array] | None = None
        self._runner: Runner | None = None
        self.metadata = dict(metadata or {})

    @property
    def name(self) -> str:
        """What the channels of :meth:`annotate` begin with."""
        return "LPPN"

    @property
    def config(self) -> LPPNConfig:
        """The frozen configuration."""
        return self._config

    @property
    def network(self) -> Network:
        """Layer list and flat forward list."""
        return self._network

    @property
    def tensors(self) -> dict[str, Array]:
        """Weights and running statistics by name, float32 and read-only."""
        views = {name: tensor.view() for name, tensor in self._tensors.items()}
        for view in views.values():
            view.flags.writeable = False
        return views

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names; the first is "no arrival"."""
        return self.config.labels

    @property
    def in_samples(self) -> int:
        """Samples in a window."""
        return self.config.in_samples

    @property
    def sampling_rate(self) -> float:
        """Samples per second of the input."""
        return self.config.sampling_rate

    @property
    def component_order(self) -> str:
        """Rows of the input."""
        return self.config.component_order

    @property
    def weights_docstring(self) -> str:
        """What the weights' author says about them."""
        return str(self.metadata.get("docstring", ""))

    @property
    def sha256(self) -> str:
        """Digest of the tensors, as in the weights file: which weights made these picks."""
        return weights_file.sha256(self._tensors)

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(self._tensors[name].size for name in self.network.trainable_names())

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
        x = self._checked_batch(x)
        count_threads(n_threads)
        if engine == "numba" and x.dtype == np.float32 and not batch_statistics:
            return _joined(in_threads(self._fused(), x, n_threads))
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

    def annotate(
        self,
        stream: Stream,
        copy: bool = True,
        *,
        overlap: float | None = None,
        blinding: int | tuple[int, int] | None = None,
        stacking: str = "max",
        batch_size: int = 64,
        strict: bool = False,
        flexible_horizontal_components: bool = True,
        zerophase_resample: bool = True,
        P_threshold: float | None = None,
        S_threshold: float | None = None,
        engine: str = "numba",
        n_threads: int = 1,
        explain: bool = False,
    ) -> Stream | tuple[Stream, dict[str, Any]]:
        """Compute the probabilities of P and S over time (docs/streams.md says what happens to the Stream).

        Parameters
        ----------
        stream : obspy.Stream
            Any number of stations, instruments and locations, sampled at any rate, with gaps and overlaps.
        copy : bool
            Taken for SeisBench's sake: the Stream is never changed, copied or not.
        overlap : float, optional
            Of neighbouring windows: samples, or below 1 a fraction of the window. Default: the model's own.
        blinding : int or pair of int, optional
            Samples at the inner edges of windows that are left to the neighbour, of a pair the larger.
            Default: the model's own, or as much as fits an ``overlap`` that is given.
        stacking : {"max", "avg"}
            What counts where windows overlap. (SeisBench's default is the mean.)
        batch_size : int
            Windows computed at once.
        strict : bool
            Leave out instruments that lack a component, instead of taking it for zeros.
        flexible_horizontal_components : bool
            Take component 1 for N and 2 for E where there is no N or E.
        zerophase_resample : bool
            Change sampling rates with a zero-phase filter, or else with a causal one.
        P_threshold, S_threshold : float, optional
            Taken so that one set of keywords serves both; probabilities do not depend on them.
        engine : {"numba", "layers", "numpy"}
            As in :meth:`forward`.
        n_threads : int
            Threads; 0 takes every core. The result does not depend on it.
        explain : bool
            Report what was dropped, filled, resampled and too short.

        Returns
        -------
        obspy.Stream
            For every stretch of data a trace a class: channels ``LPPN_N``, ``LPPN_P``, ``LPPN_S``, float32, a
            sample a segment of ``config.stride`` samples, timed at the segment's middle. Nothing in gaps, nor
            where gaps forbid picks. With ``explain`` a tuple: that, and a dict of ``StationReport`` by
            NET.STA.LOC.

        Raises
        ------
        LPPNError
            A Stream that cannot be used; the message says what was found and what is expected.
        """
        options = _annotating().Options.of(locals())
        annotations: Stream | tuple[Stream, dict[str, Any]] = _annotating().annotate_stream(
            self, stream, options
        )
        return annotations

    def classify(
        self,
        stream: Stream,
        *,
        P_threshold: float | None = None,
        S_threshold: float | None = None,
        copy: bool = True,
        overlap: float | None = None,
        blinding: int | tuple[int, int] | None = None,
        stacking: str = "max",
        batch_size: int = 64,
        strict: bool = False,
        flexible_horizontal_components: bool = True,
        zerophase_resample: bool = True,
        min_distance: float | None = None,
        amplitude: bool = False,
        engine: str = "numba",
        n_threads: int = 1,
        explain: bool = False,
    ) -> ClassifyOutput:
        """Pick every station of a Stream (docs/streams.md says what happens to it).

        Parameters
        ----------
        stream : obspy.Stream
            Any number of stations, instruments and locations, sampled at any rate, with gaps and overlaps.
        P_threshold, S_threshold : float, optional
            Least probability of a pick. Default: the model's own.
        copy : bool
            Taken for SeisBench's sake: the Stream is never changed, copied or not.
        overlap : float, optional
            Of neighbouring windows: samples, or below 1 a fraction of the window. Default: the model's own.
        blinding : int or pair of int, optional
            Samples at the inner edges of windows that are left to the neighbour, of a pair the larger.
            Default: the model's own, or as much as fits an ``overlap`` that is given.
        stacking : {"max", "avg"}
            Of windows that tell the same arrival, the most probable counts; or their mean must reach the
            threshold. (SeisBench's default is the mean.)
        batch_size : int
            Windows computed at once.
        strict : bool
            Leave out instruments that lack a component, instead of taking it for zeros.
        flexible_horizontal_components : bool
            Take component 1 for N and 2 for E where there is no N or E.
        zerophase_resample : bool
            Change sampling rates with a zero-phase filter, or else with a causal one.
        min_distance : float, optional
            Seconds within which the most probable of several picks of one kind wins. Default: the model's
            own.
        amplitude : bool
            Measure amplitudes, in the unit of the Stream (:class:`lppn_np.Pick`).
        engine : {"numba", "layers", "numpy"}
            As in :meth:`forward`.
        n_threads : int
            Threads; 0 takes every core. The picks do not depend on it.
        explain : bool
            Report what was dropped, filled, resampled and too short.

        Returns
        -------
        ClassifyOutput
            ``picks``, a PickList in order of time, as :func:`lppn_np.pick` returns; with ``explain`` also
            ``reports``, a dict of ``StationReport`` by NET.STA.LOC.

        Raises
        ------
        LPPNError
            A Stream that cannot be used; the message says what was found and what is expected.
        """
        options = _annotating().Options.of(locals())
        output: ClassifyOutput = _annotating().classify_stream(self, stream, options)
        return output

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
        x = self._checked_batch(x)
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

        x = self._checked_batch(x)
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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write configuration, tensors and metadata to one ``.npz`` (see docs/weights-file.md)."""
        weights_file.write(Path(path), self.config, self._tensors, self.metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LPPN:
        """Read what :meth:`save` wrote.

        Raises
        ------
        WeightsError
            The file is missing, damaged, foreign, or does not fit its own configuration.
        """
        config, tensors, metadata = weights_file.read(Path(path))
        return cls(config, tensors, metadata=metadata)

    @classmethod
    def from_pretrained(cls, name: str = "default") -> LPPN:
        """Load weights that come with the package; :meth:`list_pretrained` names them.

        Raises
        ------
        WeightsError
            No weights of that name.
        """
        return cls.load(pretrained.path_of(name))

    @staticmethod
    def list_pretrained(details: bool = False) -> list[str] | dict[str, dict[str, Any]]:
        """Weights that come with the package, by the names that :meth:`from_pretrained` takes.

        Parameters
        ----------
        details : bool
            Return more than the names.

        Returns
        -------
        list of str, or dict of str to dict
            With ``details`` by name: ``docstring``, ``licence``, ``bytes``, ``parameters``, ``config`` (as in
            :class:`LPPNConfig`), ``scores`` (F1 within 0.5 s by set of records) and ``sha256``.
        """
        return pretrained.details() if details else pretrained.names()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_runner": None}

    def __repr__(self) -> str:
        c = self.config
        return (
            f"LPPN({c.variant}, stride={c.stride}, features={c.features}, {self.n_parameters:,} parameters)"
        )

    def _checked_batch(self, x: Array) -> Array:
        if not isinstance(x, np.ndarray) or x.dtype not in (np.float32, np.float64):
            found = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
            raise InputError(f"x is {found}; a float32 or float64 array (windows, 3, samples) is expected")
        if x.ndim != 3 or x.shape[0] < 1 or x.shape[1] != 3:
            raise InputError(f"x has shape {x.shape}; (windows, 3, samples) is expected")
        self.config.check_length(x.shape[2])
        # Writeable too: a read-only array is another type for numba, and kernels would be compiled again.
        return np.require(x, requirements=["C", "W"])

    def _fused(self) -> Runner:
        """The fast engine; numba is imported here. Two threads may both make one: either serves."""
        if self._runner is None:
            from lppn_np.inference import Runner

            self._runner = Runner(self.network, self._tensors)
        return self._runner

    def _tensors_as(self, dtype: np.dtype[Any]) -> dict[str, Array]:
        if dtype == np.float32:
            return self._tensors
        if self._double is None:
            self._double = {name: tensor.astype(np.float64) for name, tensor in self._tensors.items()}
        return self._double


def _annotating() -> Any:
    # By name: what picks arrays imports this module, and must not need files and Streams.
    return importlib.import_module("lppn_np.annotating")


def _joined(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([logits for logits, _ in parts]), np.concatenate([offsets for _, offsets in parts])


def _checked(network: Network, tensors: Mapping[str, Array]) -> dict[str, Array]:
    shapes = network.tensor_shapes()
    problems = [f"{name} is missing" for name in shapes if name not in tensors]
    problems += [f"{name} is not part of this network" for name in tensors if name not in shapes]
    for name, shape in shapes.items():
        if name in tensors and tensors[name].shape != shape:
            problems.append(f"{name} has shape {tensors[name].shape}, expected {shape}")
        elif name in tensors and not np.isfinite(tensors[name]).all():
            problems.append(f"{name} holds NaN or infinity")
    if problems:
        more = f" (and {len(problems) - 8} more)" if len(problems) > 8 else ""
        raise WeightsError("the tensors do not fit the network: " + "; ".join(problems[:8]) + more)
    return {name: np.array(tensors[name], dtype=np.float32, order="C") for name in shapes}

"""The model a user holds: what its bases say, and Streams to probabilities and picks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lppn_np.model.windows import WindowModel

if TYPE_CHECKING:
    from obspy import Stream

    from lppn_np.annotating import ClassifyOutput


class LPPN(WindowModel):
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

    @property
    def name(self) -> str:
        """What the channels of :meth:`annotate` begin with."""
        return "LPPN"

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
        from lppn_np.annotating import Options, annotate_stream

        return annotate_stream(self, stream, Options.of(locals()))

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
        from lppn_np.annotating import Options, classify_stream

        return classify_stream(self, stream, Options.of(locals()))
